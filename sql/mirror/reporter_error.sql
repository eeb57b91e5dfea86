-- The spread of each country's own errors as exporter and as importer, in logarithms
--
-- `report_variance` gives each country the mean square of its distance from partners,
-- which has their errors in it too. How much of it the other side adds on average cannot
-- be seen from differences alone. It is taken from the best of either role, as many as the
-- method says: they have next to no errors of their own, so what is left of their distance
-- is the other side's. The two parts are scaled to add up to the mean square. What a
-- country has above the other side's part is its own; `error` is the root of it.
--
-- A few flows that agree by chance prove little: each country's variance is drawn towards
-- the median one, as if so many flows more as the method asks for at least had shown that.
-- A country with fewer, or whose trade cannot be compared with that of the others, gets
-- the median, and `is_own` says so. A variance below the bound of the method is put at the
-- bound. Estimates in floating point, rounded once.
--
-- method: R-4.1
-- grain:  reporter, role

with bound as (

    select
        max(value) filter (where name = 'reliability_connected_min') as observations_min,
        cast(max(value) filter (where name = 'reliability_variance_min') as double) as variance_min,
        cast(max(value) filter (where name = 'reliability_best_share') as double) as best_share
    from parameter
    where $last_day between valid_from and valid_to

),

of_country as (

    select
        exporter as reporter,
        'exporter' as role,
        sum(observation_count) as observation_count,
        max(exporter_mean) as mean_square
    from report_variance
    group by exporter

    union all

    select
        importer as reporter,
        'importer' as role,
        sum(observation_count) as observation_count,
        max(importer_mean) as mean_square
    from report_variance
    group by importer

),

judged as (

    select
        reporter,
        role,
        observation_count,
        mean_square,
        observation_count >= (select max(observations_min) from bound) and mean_square is not null as is_own
    from of_country

),

ranked as (

    select
        role,
        -- decimal, so that their mean does not depend on the order in which they come
        cast(mean_square as decimal(38, 12)) as mean_square,
        percent_rank() over (partition by role order by mean_square) as place
    from judged
    where is_own

),

best as (

    -- a mean square of nil would leave nothing to share
    select
        greatest(cast(avg(case when role = 'exporter' then mean_square end) as double), (select max(variance_min) from bound)) as exporter_square,
        greatest(cast(avg(case when role = 'importer' then mean_square end) as double), (select max(variance_min) from bound)) as importer_square
    from ranked
    where place <= (select max(best_share) from bound)

),

whole as (

    select cast(sum(weighted_distance) as double) / nullif(cast(sum(weight) as double), 0) as mean_square
    from report_variance
    where status = 'fitted'

),

-- what the other side adds to the square of a report
other_side as (

    select
        'exporter' as role,
        whole.mean_square * best.exporter_square / (best.exporter_square + best.importer_square) as square
    from whole
    cross join best

    union all

    select
        'importer' as role,
        whole.mean_square * best.importer_square / (best.exporter_square + best.importer_square) as square
    from whole
    cross join best

),

measured as (

    select
        judged.reporter,
        judged.role,
        judged.observation_count,
        judged.is_own,
        greatest(judged.mean_square - other_side.square, 0) as variance
    from judged
    join other_side
        on judged.role = other_side.role

),

typical as (

    select median(variance) as variance
    from measured
    where is_own

),

drawn as (

    select
        measured.reporter,
        measured.role,
        measured.observation_count,
        measured.is_own,
        case
            when measured.is_own
                then (cast(measured.observation_count as double) * measured.variance + cast((select max(observations_min) from bound) as double) * typical.variance)
                    / cast(measured.observation_count + (select max(observations_min) from bound) as double)
            else typical.variance
        end as variance
    from measured
    cross join typical

)

select
    reporter,
    role,
    cast(observation_count as bigint) as observation_count,
    is_own,
    cast(round(sqrt(greatest(variance, (select max(variance_min) from bound))), 6) as decimal(18, 6)) as error
from drawn
