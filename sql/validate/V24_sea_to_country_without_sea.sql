-- By sea to or from a country without a sea
--
-- The mode is that of the crossing of our border. Goods may have gone on from a port
-- elsewhere; then the country of consignment is often that of the port.
--
-- severity: warning
-- field:    border_transport_mode
-- list:     country

select
    declaration_id,
    item_no,
    border_transport_mode as observed
from described_item
where mode_is_sea
    and partner_has_no_sea
