-- The exchange rate is not the official one of the day
--
-- Usual causes: the rate of another day or currency, or one given for 100 units. The
-- difference allowed is the parameter rate_tolerance.
--
-- severity: warning
-- field:    exchange_rate
-- list:     exchange_rate
-- method:   R-1.31

select
    declaration_id,
    item_no,
    exchange_rate as observed
from described_item
where abs(exchange_rate - official_rate) > official_rate * rate_tolerance
