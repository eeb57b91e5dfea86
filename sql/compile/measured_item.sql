-- Every accepted item with its mass and quantity: the item as the statistics count it
--
-- A net mass that is not positive, or above the gross mass, is dropped and flagged; a
-- quantity counts only with a unit. What is dropped or missing is estimated later.
--
-- method: R-1.40
-- grain:  batch_id, line_no
-- view:   yes

with weighed as (

    select
        batch_id,
        line_no,
        period,
        recording_date,
        recording_date_is_fallback,
        procedure_code,
        scope_no,
        flow,
        record_class,
        partner,
        partner_consignment,
        commodity_code,
        hs6,
        hs2,
        statistical_value,
        value_national,
        value_is_estimated,
        declared_value,
        case
            when net_mass_kg > 0 and (gross_mass_kg is null or net_mass_kg <= gross_mass_kg) then net_mass_kg
        end as net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from valued_item

)

select
    batch_id,
    line_no,
    period,
    recording_date,
    recording_date_is_fallback,
    procedure_code,
    scope_no,
    flow,
    record_class,
    partner,
    partner_consignment,
    commodity_code,
    hs6,
    hs2,
    statistical_value,
    value_national,
    value_is_estimated,
    declared_value,
    net_mass_kg,
    net_mass_kg is null as net_mass_is_missing,
    supplementary_unit,
    case
        when supplementary_unit is not null and supplementary_quantity > 0 then supplementary_quantity
    end as supplementary_quantity,
    customs_office,
    border_transport_mode,
    delivery_terms,
    invoice_currency
from weighed
