-- Import over export by subheading, where too few flows allow a regression
--
-- The median over the records of the same goods of all pairs of the year. Too few flows
-- give none, and neither does a median that no freight can be: imports below the exports,
-- or dearer by more than the upper bound, tell of another cause. What lies below the lower
-- bound counts as that.
--
-- method: R-4.1
-- grain:  year, edition, commodity_code

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
        edition,
        commodity_code,
        median(cast(ratio as decimal(18, 10))) as median_ratio,
        count(*) as flow_count
    from cif_fob_record
    group by
        year,
        edition,
        commodity_code

)

select
    year,
    edition,
    commodity_code,
    cast(greatest((select max(lowest) from bound), median_ratio) as decimal(18, 10)) as cif_fob_factor,
    median_ratio,
    flow_count
from middle
where flow_count >= (select max(flows_min) from bound)
    and median_ratio >= 1
    and median_ratio <= (select max(highest) from bound)
