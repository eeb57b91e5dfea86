-- The invoice amount is negative
--
-- Usual causes: a correction entered as a separate item, or a return booked with a minus
-- sign. It gives no statistical value; a declared one stands.
--
-- severity: warning
-- field:    invoice_amount
-- method:   R-1.30

select
    declaration_id,
    item_no,
    invoice_amount as observed
from described_item
where invoice_amount < 0
