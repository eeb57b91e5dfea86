-- A key field is empty
--
-- Without a commodity code an item can be placed in no table but the total. The
-- identifiers and the procedure are not asked here: a line without them is a fault
-- and never becomes an item. An empty partner is V11, an empty value V31, and a
-- declaration without a date V01b. Nothing is asked of a cancelled declaration.
--
-- severity: error
-- field:    commodity_code

select
    declaration_id,
    item_no,
    commodity_code as observed
from described_item
where is_in_force
    and commodity_code is null
