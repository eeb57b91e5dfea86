-- Import over export by pair of countries, where a subheading has too few flows
--
-- The median over the records of the same goods in all subheadings of the year. Too few
-- flows give none, and neither does a median that no freight can be: an import below the
-- export, or one dearer by more than the upper bound, tells of another cause. What lies
-- below the lower bound counts as that.
--
-- method: R-4.1
-- grain:  year, exporter, importer

with bound as (

    select
        max(value) filter (where name = 'cif_fob_reconcile_min') as lowest,
        max(value) filter (where name = 'cif_fob_reconcile_max') as highest,
        max(value) filter (where name = 'cif_median_flows_min') as flows_min
    from parameter
    where $last_day between valid_from and valid_to

),

middle as (

    select
        year,
        exporter,
        importer,
        median(cast(ratio as decimal(18, 10))) as median_ratio,
        count(*) as flow_count
    from cif_fob_record
    group by
        year,
        exporter,
        importer

)

select
    year,
    exporter,
    importer,
    cast(greatest((select max(lowest) from bound), median_ratio) as decimal(18, 10)) as cif_fob_factor,
    median_ratio,
    flow_count
from middle
where flow_count >= (select max(flows_min) from bound)
    and median_ratio >= 1
    and median_ratio <= (select max(highest) from bound)
