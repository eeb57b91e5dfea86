-- The value at our border is below the price of the goods, or far above
--
-- For an import the statistical value is CIF. The price without carriage and insurance
-- (FOB-type) comes from the invoice, less the freight and insurance its delivery terms
-- include. CIF may not be lower, but for the tolerance of the rates, nor higher than
-- cif_fob_max_ratio times. Both are compared in national currency.
--
-- severity: warning
-- field:    statistical_value
-- list:     exchange_rate
-- method:   R-1.30, R-1.32

select
    declaration_id,
    item_no,
    statistical_value as observed
from described_item
where flow = 'M'
    and national_value > 0
    and national_price_without_carriage > 0
    and (
        national_value < national_price_without_carriage * (1 - rate_tolerance)
        or national_value > national_price_without_carriage * cif_fob_max_ratio
    )
