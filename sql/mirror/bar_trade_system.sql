-- Bar: the two sides count in different trade systems
--
-- Evidence: own declarations counted once more in the partner's trade system. The bar
-- is what the own figure has beyond that: goods in and out of warehouses and zones. It
-- is the own half of the difference only; what the partner's warehouses hold is not
-- known here. Countries with one published figure give no evidence.
--
-- imts:   2.17
-- method: R-1.12, R-1.20, R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    coalesce(import_beyond_value, 0) as import_amount,
    coalesce(export_beyond_value, 0) as export_amount,
    coalesce(import_beyond_value, 0) - coalesce(export_beyond_value, 0) as amount
from mirror_cell
where class in ('matched', 'orphaned')
    and (import_beyond_value <> 0 or export_beyond_value <> 0)
