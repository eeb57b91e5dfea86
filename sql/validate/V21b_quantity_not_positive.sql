-- The supplementary quantity is zero or negative
--
-- It does not count, and is estimated with a flag. Usual causes: a cell filled to please
-- the form, the sign of a correction.
--
-- severity: warning
-- field:    supplementary_quantity
-- method:   R-1.40

select
    declaration_id,
    item_no,
    supplementary_quantity as observed
from described_item
where supplementary_quantity <= 0
