-- A supplementary quantity is missing, or was not asked for
--
-- The Harmonized System recommends a unit for each subheading. Where it is not the
-- kilogram, a supplementary quantity is needed; where it is, a quantity in another unit
-- stands in the wrong box or under the wrong code. A quantity without its unit says
-- nothing, whatever the subheading.
--
-- severity: warning
-- field:    supplementary_quantity
-- list:     commodity
-- method:   R-1.40, R-1.45

select
    declaration_id,
    item_no,
    concat_ws(' ', supplementary_quantity, supplementary_unit) as observed
from described_item
where (needs_supplementary_quantity and supplementary_quantity is null)
    or (not needs_supplementary_quantity and supplementary_quantity is not null and not unit_is_mass)
    or (supplementary_quantity is not null and supplementary_unit is null)
