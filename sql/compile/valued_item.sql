-- Every accepted item with its statistical value, in both currencies
--
-- The declared statistical value. Where it is missing or not positive, the invoice
-- amount at the declared rate, divided by the day's rate of the statistical currency,
-- flagged. This is the one place where values are rounded, half to even to six
-- digits. The engine's own rounding takes halves away from zero, so a half whose even
-- neighbour lies below is brought down by one unit.
--
-- imts:   4.1, 4.8
-- method: R-1.30, R-1.31
-- grain:  batch_id, line_no
-- view:   yes

with invoiced as (

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
        declared_value,
        rate,
        -- only where the declared value is missing; an amount with more digits than the quotient has room for counts as missing
        case
            when declared_value > 0 then null
            when invoice_amount > 0 and exchange_rate > 0 then try_cast(invoice_amount * exchange_rate as decimal(26, 10))
        end as invoice_value,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from scoped_item

),

valued as (

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
        declared_value,
        rate,
        case
            when declared_value > 0 then cast(declared_value as decimal(24, 6))
            when cast(invoice_value / rate as decimal(24, 6)) - invoice_value / rate = cast('0.0000005' as decimal(7, 7))
                and cast(invoice_value / rate as decimal(24, 6)) % cast('0.000002' as decimal(6, 6)) <> 0
                -- the quotient has fourteen decimals; it is a true half only if it multiplies back
                and invoice_value / rate * rate = invoice_value
                then cast(cast(invoice_value / rate as decimal(24, 6)) - cast('0.000001' as decimal(6, 6)) as decimal(24, 6))
            else cast(invoice_value / rate as decimal(24, 6))
        end as statistical_value,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from invoiced

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
    case
        when cast(statistical_value * rate as decimal(32, 6)) - statistical_value * rate = cast('0.0000005' as decimal(7, 7))
            and cast(statistical_value * rate as decimal(32, 6)) % cast('0.000002' as decimal(6, 6)) <> 0
            then cast(cast(statistical_value * rate as decimal(32, 6)) - cast('0.000001' as decimal(6, 6)) as decimal(32, 6))
        else cast(statistical_value * rate as decimal(32, 6))
    end as value_national,
    coalesce(declared_value <= 0, true) as value_is_estimated,
    declared_value,
    gross_mass_kg,
    net_mass_kg,
    supplementary_unit,
    supplementary_quantity,
    customs_office,
    border_transport_mode,
    delivery_terms,
    invoice_currency
from valued
