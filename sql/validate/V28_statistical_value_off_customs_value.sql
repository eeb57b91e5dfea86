-- Statistical value and customs value differ
--
-- Box 46 in its currency, at the official rate of the day, should be box 45. The
-- difference allowed is the parameter customs_value_tolerance.
--
-- severity: warning
-- field:    statistical_value
-- list:     exchange_rate
-- method:   R-1.30, R-1.31

select
    declaration_id,
    item_no,
    statistical_value as observed
from described_item
where abs(national_value - customs_value) > customs_value * customs_value_tolerance
