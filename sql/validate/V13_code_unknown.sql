-- Mode of transport, delivery terms, currency or unit is unknown
--
-- The item is counted, with the unknown code shown as unspecified. An empty unit is
-- nothing to look up (V21 asks whether one is needed); with any other of the four
-- empty the item cannot be judged, unless one of the others is unknown.
--
-- severity: warning
-- field:    border_transport_mode, delivery_terms, invoice_currency, supplementary_unit

select
    declaration_id,
    item_no,
    concat_ws(
        ' ',
        case when not mode_is_known then border_transport_mode end,
        case when not terms_is_known then delivery_terms end,
        case when not currency_is_known then invoice_currency end,
        case when not unit_is_known then supplementary_unit end
    ) as observed
from described_item
where not mode_is_known
    or not terms_is_known
    or not currency_is_known
    or (supplementary_unit is not null and not unit_is_known)
