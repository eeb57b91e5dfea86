-- Import over export by pair of countries and by subheading, where it is clear that there is one
--
-- The median over the records of the same goods of a year, by pair over all subheadings
-- (`kind` is pair) and by subheading over all pairs (subheading), where it is
-- clear that it is not the fixed rate of the day: clearly more records lie above that rate
-- than below it, or the reverse, than chance would put there (a sign test, exact enough for
-- the flows that are asked for). Differences without a reason give a median too, on either
-- side of the rate, and show no freight: of ten records that stray by a fifth the median
-- itself strays by more than rates differ. Too few flows give none. A median beyond a bound
-- of the method counts as the bound.
--
-- method: R-4.1
-- grain:  kind, year, exporter, importer, edition, commodity_code
-- view:   yes

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

-- a reader asks for one kind, and the engine leaves out the other
record as (

    select
        'pair' as kind,
        year,
        exporter,
        importer,
        cast(null as varchar) as edition,
        cast(null as varchar) as commodity_code,
        ratio
    from cif_fob_record

    union all

    select
        'subheading' as kind,
        year,
        cast(null as varchar) as exporter,
        cast(null as varchar) as importer,
        edition,
        commodity_code,
        ratio
    from cif_fob_record

),

counted as (

    select
        record.kind,
        record.year,
        record.exporter,
        record.importer,
        record.edition,
        record.commodity_code,
        median(cast(record.ratio as decimal(18, 10))) as median_ratio,
        count(*) as flow_count,
        count(*) filter (where record.ratio > bound.fixed_rate) as above_rate,
        count(*) filter (where record.ratio < bound.fixed_rate) as below_rate
    from bound
    cross join record
    group by
        record.kind,
        record.year,
        record.exporter,
        record.importer,
        record.edition,
        record.commodity_code

),

-- how far the counts are from halves, in standard deviations, less half a flow for steps
tested as (

    select
        kind,
        year,
        exporter,
        importer,
        edition,
        commodity_code,
        median_ratio,
        flow_count,
        (abs(above_rate - below_rate) - 1) / sqrt(cast(nullif(above_rate + below_rate, 0) as double)) as from_rate
    from counted

)

select
    kind,
    year,
    exporter,
    importer,
    edition,
    commodity_code,
    cast(
        greatest((select max(lowest) from bound), least((select max(highest) from bound), median_ratio)) as decimal(18, 10)
    ) as cif_fob_factor,
    median_ratio,
    flow_count
from tested
where flow_count >= (select max(flows_min) from bound)
    and from_rate >= (select max(deviations_min) from bound)
