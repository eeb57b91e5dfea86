-- The value of an export is not its price without carriage
--
-- For an export the statistical value is FOB: the invoice, less the freight and
-- insurance its delivery terms include. Values of exports are verified less than those
-- of imports. FOB may not be lower than that price, but for the tolerance of the rates;
-- above it there is room for the way to our border, up to cif_fob_max_ratio. Both are
-- compared in national currency.
--
-- severity: warning
-- field:    statistical_value
-- list:     exchange_rate
-- method:   R-1.32, R-1.35

select
    declaration_id,
    item_no,
    statistical_value as observed
from described_item
where flow = 'X'
    and national_value > 0
    and national_price_without_carriage > 0
    and (
        national_value < national_price_without_carriage * (1 - rate_tolerance)
        or national_value > national_price_without_carriage * cif_fob_max_ratio
    )
