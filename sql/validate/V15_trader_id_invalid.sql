-- The number of the trader is not a valid one
--
-- Length or check digit is wrong. This is judged when the file is read, before the number
-- becomes a pseudonym; the pseudonym is shown.
--
-- severity: warning
-- field:    trader_key

select
    declaration_id,
    item_no,
    trader_key as observed
from described_item
where not trader_id_is_valid
