-- Freight or insurance is negative
--
-- A negative cost counts as missing: where the value at the border needs it, it is
-- estimated.
--
-- severity: warning
-- field:    freight_cost, insurance_cost
-- method:   R-1.32

select
    declaration_id,
    item_no,
    concat_ws(' ', freight_cost, insurance_cost) as observed
from described_item
where freight_cost < 0
    or insurance_cost < 0
