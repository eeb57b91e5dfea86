-- Import over export by subheading, where too few flows allow a regression
--
-- The median over all pairs of the year, kept within the bounds in which freight and
-- insurance lie. Too few flows give none.
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

)

select
    year,
    edition,
    commodity_code,
    cast(
        greatest(
            (select max(lowest) from bound),
            least((select max(highest) from bound), median(cast(import_value / export_value as decimal(38, 10))))
        ) as decimal(18, 10)
    ) as cif_fob_factor,
    median(cast(import_value / export_value as decimal(38, 10))) as median_ratio,
    count(*) as flow_count
from matched_flow
where class = 'matched'
    and is_in_span
    and level = 6
    and import_valuation = 'CIF'
    and not export_is_confidential
    and not import_is_confidential
group by
    year,
    edition,
    commodity_code
having count(*) >= (select max(flows_min) from bound)
