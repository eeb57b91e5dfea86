-- Every accepted item with its month, flow, partners, commodity and what its procedure means
--
-- Time: the recording date of the profile; a declaration without it counts on the
-- day of its acceptance, and is flagged.
-- Partner: the country of origin of imports, the last known destination of
-- exports; a country that no list knows is `_X`, not specified.
-- Commodity: a subheading that was not in force that day stays in its chapter as
-- `<chapter>XXXX`.
-- Values, masses and quantities are still as declared: `valued_item` and
-- `measured_item` come after.
--
-- Lists stand on the left of every join, because that side is kept in memory, and
-- the items must not be. The casts to dictionaries and text views change no value:
-- a join of two dictionaries looks at each code once and not at each item, and
-- items are grouped by views several times faster than by dictionaries.
--
-- imts:   1.4, 2.17, 6.13, 6.18, 6.19
-- method: R-1.10, R-1.20, R-1.50, R-1.60
-- grain:  batch_id, line_no
-- view:   yes

with scope_of_procedure as (

    select
        arrow_cast(procedure_code, 'Dictionary(Int32, Utf8)') as procedure_code,
        scope_no,
        arrow_cast(flow, 'Dictionary(Int32, Utf8)') as flow,
        arrow_cast(record_class, 'Dictionary(Int32, Utf8)') as record_class
    from procedure_scope

),

known_country as (

    select distinct arrow_cast(country, 'Dictionary(Int32, Utf8)') as country
    from country
    where valid_from <= $last_day
        and valid_to >= $first_day

),

known_subheading as (

    select distinct arrow_cast(code, 'Dictionary(Int32, Utf8)') as hs6
    from commodity
    where level = 6
        and valid_from <= $last_day
        and valid_to >= $first_day

),

other_unit as (

    select
        arrow_cast(alias, 'Dictionary(Int32, Utf8)') as alias,
        arrow_cast(unit, 'Dictionary(Int32, Utf8)') as unit
    from unit_alias

),

dated as (

    select
        batch_id,
        line_no,
        case
            when $recording_date in ('acceptance', 'acceptance_else_release')
                then coalesce(acceptance_date, release_date, received_on)
            when $recording_date in ('arrival', 'arrival_else_release')
                then coalesce(arrival_date, release_date, acceptance_date, received_on)
            else coalesce(release_date, acceptance_date, received_on)
        end as recording_date,
        case
            when $recording_date in ('acceptance', 'acceptance_else_release') then acceptance_date is null
            when $recording_date in ('arrival', 'arrival_else_release') then arrival_date is null
            else release_date is null
        end as recording_date_is_fallback,
        procedure_code,
        customs_office,
        origin_country,
        destination_country,
        consignment_country,
        delivery_terms,
        invoice_currency,
        border_transport_mode,
        commodity_code,
        hs6,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        invoice_amount,
        exchange_rate,
        freight_cost,
        insurance_cost,
        statistical_value,
        customs_value
    from accepted_item

),

described as (

    select
        dated.batch_id,
        dated.line_no,
        statistical_rate.period,
        dated.recording_date,
        dated.recording_date_is_fallback,
        dated.procedure_code,
        scope_of_procedure.scope_no,
        scope_of_procedure.flow,
        scope_of_procedure.record_class,
        partner.country as partner,
        consignment.country as partner_consignment,
        dated.commodity_code,
        known_subheading.hs6,
        dated.statistical_value as declared_value,
        dated.customs_value,
        dated.invoice_amount,
        dated.exchange_rate,
        dated.freight_cost,
        dated.insurance_cost,
        statistical_rate.rate,
        dated.gross_mass_kg,
        dated.net_mass_kg,
        coalesce(other_unit.unit, dated.supplementary_unit) as supplementary_unit,
        dated.supplementary_quantity,
        dated.customs_office,
        dated.border_transport_mode,
        dated.delivery_terms,
        dated.invoice_currency
    from other_unit
    right join (
        known_subheading
        right join (
            known_country as consignment
            right join (
                known_country as partner
                right join (
                    scope_of_procedure
                    right join (
                        statistical_rate
                        right join dated
                            on dated.recording_date = statistical_rate.day
                    )
                        on dated.procedure_code = scope_of_procedure.procedure_code
                )
                    on partner.country
                        = case when scope_of_procedure.flow = 'M' then dated.origin_country else dated.destination_country end
            )
                on dated.consignment_country = consignment.country
        )
            on dated.hs6 = known_subheading.hs6
    )
        on dated.supplementary_unit = other_unit.alias

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
    coalesce(arrow_cast(partner, 'Utf8View'), '_X') as partner,
    coalesce(arrow_cast(partner_consignment, 'Utf8View'), '_X') as partner_consignment,
    case
        when hs6 is null then concat(left(commodity_code, 2), 'XXXX')
        else arrow_cast(commodity_code, 'Utf8View')
    end as commodity_code,
    case
        when hs6 is null then concat(left(commodity_code, 2), 'XXXX')
        else arrow_cast(hs6, 'Utf8View')
    end as hs6,
    left(arrow_cast(commodity_code, 'Utf8View'), 2) as hs2,
    declared_value,
    customs_value,
    invoice_amount,
    exchange_rate,
    freight_cost,
    insurance_cost,
    rate,
    gross_mass_kg,
    net_mass_kg,
    arrow_cast(supplementary_unit, 'Utf8View') as supplementary_unit,
    supplementary_quantity,
    customs_office,
    border_transport_mode,
    delivery_terms,
    invoice_currency
from described
