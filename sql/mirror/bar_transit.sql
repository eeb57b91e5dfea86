-- Bar: goods that went through a country are its imports for one side only
--
-- Evidence: for one exporter and product, a country of transit imports less than was
-- exported there, while other countries import more from this exporter than was
-- exported to them. What compensates is moved from the hubs to the others, in
-- proportion to their gaps.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    amount
from compensated_gap
where hub_side = 'importer'
