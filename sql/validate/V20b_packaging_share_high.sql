-- Packaging weighs more than the goods can need
--
-- The packaging, gross less net, is a larger share of the gross mass than the parameter
-- packaging_share_max allows. Usual cause: a decimal sign lost in one of the masses. An
-- item V20 objects to is not asked again.
--
-- severity: warning
-- field:    gross_mass_kg
-- method:   R-1.40

select
    declaration_id,
    item_no,
    gross_mass_kg as observed
from described_item
where net_mass_kg > 0
    and gross_mass_kg - net_mass_kg > gross_mass_kg * packaging_share_max
