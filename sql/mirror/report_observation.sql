-- What the two reports of a flow say of the countries that made them: distance and weight
--
-- The distance of a matched flow is |ln M' - ln X|; flows weigh by ln(X + M'), so that large
-- ones count more, but not in proportion. Confidential flows are of other goods on the two
-- sides, and say nothing. Logarithms are floating point: this is an estimate.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code
-- view:   yes

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    left(commodity_code, 2) as product,
    year,
    ln(cast(export_value + import_value_fob as double)) as weight,
    abs(ln(cast(import_value_fob as double)) - ln(cast(export_value as double))) as distance
from mirror_cell
where class = 'matched'
    and is_in_span
    and level > 0
    and import_value_fob > 0
    -- a flow of a dollar or less would have no weight
    and export_value + import_value_fob > 1
    and not export_is_confidential
    and not import_is_confidential
