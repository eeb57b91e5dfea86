-- Import over export by pair of countries, where a subheading has too few flows
--
-- The median over the records of the same goods in all subheadings of the year, where it is
-- clear that it is not the fixed rate of the day: clearly more records lie above that rate
-- than below it, or the reverse, than chance would put there (a sign test, exact enough for
-- the flows that are asked for). Differences without a reason give a median too, on either
-- side of the rate, and show no freight: of ten records that stray by a fifth the median
-- itself strays by more than rates differ. Too few flows give none. A median beyond a bound
-- of the method counts as the bound.
--
-- method: R-4.1
-- grain:  year, exporter, importer

with bound as (

    select
        cast(max(value) filter (where name = 'cif_fob_rate_imf') as double) as fixed_rate,
        max(value) filter (where name = 'cif_fob_reconcile_min') as lowest,
        max(value) filter (where name = 'cif_fob_reconcile_max') as highest,
        max(value) filter (where name = 'cif_median_flows_min') as flows_min,
        cast(max(value) filter (where name = 'cif_median_deviations_min') as double) as deviations_min
    from parameter
    where $last_day between valid_from and valid_to

),

counted as (

    select
        year,
        exporter,
        importer,
        median(cast(ratio as decimal(18, 10))) as median_ratio,
        count(*) as flow_count,
        count(*) filter (where ratio > bound.fixed_rate) as above_rate,
        count(*) filter (where ratio < bound.fixed_rate) as below_rate
    from bound
    cross join cif_fob_record
    group by
        year,
        exporter,
        importer

),

-- how far the counts are from halves, in standard deviations, less half a flow for steps
tested as (

    select
        year,
        exporter,
        importer,
        median_ratio,
        flow_count,
        (abs(above_rate - below_rate) - 1) / sqrt(cast(nullif(above_rate + below_rate, 0) as double)) as from_rate
    from counted

)

select
    year,
    exporter,
    importer,
    cast(
        greatest((select max(lowest) from bound), least((select max(highest) from bound), median_ratio)) as decimal(18, 10)
    ) as cif_fob_factor,
    median_ratio,
    flow_count
from tested
where flow_count >= (select max(flows_min) from bound)
    and from_rate >= (select max(deviations_min) from bound)
