-- The delivery terms need a freight, and none is declared
--
-- An import bought without main carriage needs its freight to reach the value at our
-- border, and an export sold with it needs its freight taken out. Where declarations of
-- the store state freight in their header, an empty cell of the item is not judged.
--
-- severity: warning
-- field:    freight_cost
-- list:     delivery_term
-- method:   R-1.32

select
    declaration_id,
    item_no,
    concat_ws(' ', delivery_terms, freight_cost) as observed
from described_item
where ((flow = 'M' and not main_carriage_in_price) or (flow = 'X' and main_carriage_in_price))
    and (freight_cost = 0 or (freight_cost is null and not freight_stands_in_headers))
