-- Net mass is not positive, or above gross mass
--
-- The net mass is set to null and estimated, with a flag. Usual causes: the two masses
-- exchanged, tonnes in one of them.
--
-- severity: warning
-- field:    net_mass_kg
-- method:   R-1.40

select
    declaration_id,
    item_no,
    net_mass_kg as observed
from described_item
where net_mass_kg <= 0
    or net_mass_kg > gross_mass_kg
