-- Net mass for one unit lies outside the range of the commodity
--
-- Usual causes: thousands of pieces given as pieces, kilograms in the box of the
-- quantity. The ranges are those of the list quantity_range, widened on both ends by the
-- parameter quantity_ratio_tolerance.
--
-- severity: warning
-- field:    supplementary_quantity
-- list:     quantity_range
-- method:   R-1.40

select
    declaration_id,
    item_no,
    supplementary_quantity as observed
from described_item
where net_mass_kg < supplementary_quantity * kg_per_unit_low * (1 - quantity_ratio_tolerance)
    or net_mass_kg > supplementary_quantity * kg_per_unit_high * (1 + quantity_ratio_tolerance)
