-- The commodity does not move by this mode of transport
--
-- Pipelines and power lines carry few goods (list mode_commodity), and electricity moves
-- in no other way.
--
-- severity: warning
-- field:    border_transport_mode
-- list:     mode_commodity

select
    declaration_id,
    item_no,
    border_transport_mode as observed
from described_item
where (mode_is_fixed_installation and subheading_is_known and not goes_by_fixed_installation)
    or (not mode_is_fixed_installation and goes_only_by_fixed_installation)
