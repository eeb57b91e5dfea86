-- How reliable each country is as exporter and as importer; small is good
--
-- `sigma` is the adjusted mean distance between its reports and those of its partners,
-- from the analysis of variance in `report_distance`. A country with too few flows, or
-- whose trade cannot be compared with that of the others, gets the median of the rest,
-- and `is_own` says so. A variance below the bound of the method is put at the bound,
-- because two reports that agree by chance are not without error.
--
-- method: R-4.1
-- grain:  reporter, role

with bound as (

    select
        max(value) filter (where name = 'reliability_connected_min') as observations_min,
        max(value) filter (where name = 'reliability_variance_min') as variance_min
    from parameter
    where $last_day between valid_from and valid_to

),

of_country as (

    select
        exporter as reporter,
        'exporter' as role,
        sum(observation_count) as observation_count,
        max(exporter_mean) as mean_distance,
        min(status) as status
    from report_distance
    group by exporter

    union all

    select
        importer as reporter,
        'importer' as role,
        sum(observation_count) as observation_count,
        max(importer_mean) as mean_distance,
        min(status) as status
    from report_distance
    group by importer

),

judged as (

    select
        reporter,
        role,
        observation_count,
        status,
        observation_count >= (select max(observations_min) from bound) and mean_distance is not null as is_own,
        greatest(
            cast(round(mean_distance, 6) as decimal(18, 6)),
            cast(round(sqrt(cast((select max(variance_min) from bound) as double)), 6) as decimal(18, 6))
        ) as sigma
    from of_country

),

typical as (

    select median(sigma) as sigma
    from judged
    where is_own

)

select
    reporter,
    role,
    cast(observation_count as bigint) as observation_count,
    status,
    is_own,
    case when is_own then sigma else (select max(sigma) from typical) end as sigma
from judged
