-- Mode of transport, delivery terms, currency, unit or nature of transaction is unknown
--
-- The item is counted, with the unknown code shown as unspecified; what was observed names
-- the field of each unknown code. An unknown nature of transaction tells as little as none.
-- An empty unit or nature is nothing to look up (V21 asks whether a unit is needed); with
-- any other of the five empty the item cannot be judged, unless one of the others is unknown.
--
-- severity: warning
-- field:    border_transport_mode, delivery_terms, invoice_currency, supplementary_unit, transaction_nature

select
    declaration_id,
    item_no,
    concat_ws(
        ', ',
        case when not mode_is_known then concat('border_transport_mode: ', border_transport_mode) end,
        case when not terms_is_known then concat('delivery_terms: ', delivery_terms) end,
        case when not currency_is_known then concat('invoice_currency: ', invoice_currency) end,
        case when not unit_is_known then concat('supplementary_unit: ', supplementary_unit) end,
        case when not nature_is_known then concat('transaction_nature: ', transaction_nature) end
    ) as observed
from described_item
where not mode_is_known
    or not terms_is_known
    or not currency_is_known
    or (supplementary_unit is not null and not unit_is_known)
    or (transaction_nature is not null and not nature_is_known)
