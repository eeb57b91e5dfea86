-- Every accepted item with its statistical value, in both currencies, and its FOB value
--
-- The declared statistical value. Where it is missing or not positive, what the invoice
-- or customs gives (`costed_item`), divided by the day's rate of the statistical
-- currency, flagged. The FOB value of an import is its value less the carriage beyond
-- the border of the exporting country; an export has its FOB value already. The national
-- value is the declared one at the rate of the day, or the amount that was computed.
--
-- This is the one place where values are rounded, half to even to six decimals: the
-- engine's own rounding takes halves away from zero, so a half whose even neighbour lies
-- below is brought down by one unit.
--
-- imts:   4.1, 4.8
-- method: R-1.30, R-1.31, R-1.36
-- grain:  batch_id, line_no
-- view:   yes

with divided as (

    select
        batch_id,
        line_no,
        period,
        recording_date,
        recording_date_is_fallback,
        acceptance_period,
        release_period,
        arrival_period,
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
        customs_value,
        computed_national,
        customs_exceeds,
        value_source,
        freight_source,
        insurance_source,
        freight_is_estimated,
        rate,
        source_national,
        source_national / rate as source_value,
        case when declared_value > 0 then declared_value * rate else source_national end as told_national,
        carriage_national,
        carriage_national / rate as told_carriage,
        carriage_share,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from costed_item

),

valued as (

    select
        batch_id,
        line_no,
        period,
        recording_date,
        recording_date_is_fallback,
        acceptance_period,
        release_period,
        arrival_period,
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
        customs_value,
        computed_national,
        customs_exceeds,
        value_source,
        freight_source,
        insurance_source,
        freight_is_estimated,
        rate,
        case
            when declared_value > 0 then cast(declared_value as decimal(24, 6))
            when cast(source_value as decimal(24, 6)) - source_value = cast('0.0000005' as decimal(7, 7))
                and cast(source_value as decimal(24, 6)) % cast('0.000002' as decimal(6, 6)) <> 0
                -- the quotient has fourteen decimals; it is a true half only if it multiplies back
                and source_value * rate = source_national
                then cast(cast(source_value as decimal(24, 6)) - cast('0.000001' as decimal(6, 6)) as decimal(24, 6))
            else cast(source_value as decimal(24, 6))
        end as statistical_value,
        told_national,
        carriage_national,
        told_carriage,
        carriage_share,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from divided

),

carried as (

    select
        batch_id,
        line_no,
        period,
        recording_date,
        recording_date_is_fallback,
        acceptance_period,
        release_period,
        arrival_period,
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
        customs_value,
        computed_national,
        customs_exceeds,
        value_source,
        freight_source,
        insurance_source,
        freight_is_estimated,
        rate,
        statistical_value,
        told_national,
        carriage_national,
        told_carriage,
        -- a product with a share of eight decimals is exact
        case
            when carriage_national is null then cast(statistical_value * carriage_share as decimal(38, 14))
            else told_carriage
        end as carriage_value,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from valued

),

rounded as (

    select
        batch_id,
        line_no,
        period,
        recording_date,
        recording_date_is_fallback,
        acceptance_period,
        release_period,
        arrival_period,
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
        customs_value,
        computed_national,
        customs_exceeds,
        value_source,
        freight_source,
        insurance_source,
        freight_is_estimated,
        rate,
        statistical_value,
        told_national,
        case
            when cast(carriage_value as decimal(24, 6)) - carriage_value = cast('0.0000005' as decimal(7, 7))
                and cast(carriage_value as decimal(24, 6)) % cast('0.000002' as decimal(6, 6)) <> 0
                and (carriage_national is null or told_carriage * rate = carriage_national)
                then cast(cast(carriage_value as decimal(24, 6)) - cast('0.000001' as decimal(6, 6)) as decimal(24, 6))
            else cast(carriage_value as decimal(24, 6))
        end as carriage_value,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from carried

)

select
    batch_id,
    line_no,
    period,
    recording_date,
    recording_date_is_fallback,
    acceptance_period,
    release_period,
    arrival_period,
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
        when cast(told_national as decimal(32, 6)) - told_national = cast('0.0000005' as decimal(7, 7))
            and cast(told_national as decimal(32, 6)) % cast('0.000002' as decimal(6, 6)) <> 0
            then cast(cast(told_national as decimal(32, 6)) - cast('0.000001' as decimal(6, 6)) as decimal(32, 6))
        else cast(told_national as decimal(32, 6))
    end as value_national,
    cast(case when flow = 'M' then statistical_value - carriage_value else statistical_value end as decimal(24, 6)) as fob_value,
    coalesce(declared_value <= 0, true) as value_is_estimated,
    declared_value,
    customs_value,
    computed_national,
    customs_exceeds,
    value_source,
    freight_source,
    insurance_source,
    freight_is_estimated,
    rate,
    gross_mass_kg,
    net_mass_kg,
    supplementary_unit,
    supplementary_quantity,
    customs_office,
    border_transport_mode,
    delivery_terms,
    invoice_currency
from rounded
