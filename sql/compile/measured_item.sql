-- Every accepted item with its mass and quantity: the item as the statistics count it
--
-- A net mass that is not positive, or above the gross mass, is dropped. A quantity
-- counts in the standard unit of the subheading, that of the edition in force, and is
-- converted where the declared unit measures the same thing (dozens and pieces, tonnes
-- and kilograms, litres and cubic metres); any other quantity, or one without a unit, is
-- set aside and flagged. Pairs are no pieces: shoes or gloves that are declared in pieces
-- may be pairs or single ones, and nothing on the declaration tells which.
-- Where the standard unit is the kilogram, the quantity is the net mass. A quantity in a
-- unit of mass, grams or carats of diamonds, stands in for a net mass that is missing: the
-- mass follows from it, to the gram, and needs no estimate. Less than half a gram is none
-- and stays missing. What is dropped, set aside or missing is estimated later, on cells
-- (`estimated_quantity`), never on items.
--
-- What is set aside serves no estimate: kilograms a unit (R-1.43) are of the standard
-- unit alone. A thousand cubic metres of gas, whose standard unit is the kilogram, tell
-- nothing of a mass that is missing; for that, cells would have to be kept by declared
-- unit too, and the value stands in.
--
-- Every factor of a unit has seven decimals at most, and no conversion rounds but that of
-- terajoules to megawatt-hours (277.777... each), to six decimals.
--
-- imts:   CM 15.18
-- method: R-1.40, R-1.43
-- grain:  batch_id, line_no
-- view:   yes

with subheading as (

    select
        code as hs6,
        max(standard_unit) as unit
    from commodity
    where level = 6
        and valid_from <= $last_day
        and valid_to >= $first_day
    group by code

),

standard as (

    select
        arrow_cast(subheading.hs6, 'Utf8View') as hs6,
        arrow_cast(quantity_unit.unit, 'Utf8View') as unit,
        arrow_cast(quantity_unit.base_unit, 'Utf8View') as base_unit,
        cast(quantity_unit.factor as decimal(11, 7)) as factor,
        case when quantity_unit.base_unit = 'kg' then cast(quantity_unit.factor as decimal(11, 7)) end as kg_per_unit
    from subheading
    join quantity_unit
        on quantity_unit.unit = subheading.unit

),

declared as (

    select
        arrow_cast(unit, 'Utf8View') as unit,
        arrow_cast(base_unit, 'Utf8View') as base_unit,
        cast(factor as decimal(11, 7)) as factor
    from quantity_unit

),

converted as (

    select
        valued_item.batch_id,
        valued_item.line_no,
        valued_item.period,
        valued_item.recording_date,
        valued_item.recording_date_is_fallback,
        valued_item.acceptance_period,
        valued_item.release_period,
        valued_item.arrival_period,
        valued_item.procedure_code,
        valued_item.scope_no,
        valued_item.flow,
        valued_item.record_class,
        valued_item.partner,
        valued_item.partner_consignment,
        valued_item.commodity_code,
        valued_item.hs6,
        valued_item.hs2,
        valued_item.statistical_value,
        valued_item.value_national,
        valued_item.value_is_estimated,
        valued_item.declared_value,
        valued_item.fob_value,
        valued_item.customs_value,
        valued_item.computed_national,
        valued_item.customs_exceeds,
        valued_item.value_source,
        valued_item.freight_source,
        valued_item.insurance_source,
        valued_item.freight_is_estimated,
        valued_item.rate,
        valued_item.gross_mass_kg,
        case
            when valued_item.net_mass_kg > 0
                and (valued_item.gross_mass_kg is null or valued_item.net_mass_kg <= valued_item.gross_mass_kg)
                then valued_item.net_mass_kg
        end as net_mass_kg,
        standard.unit as standard_unit,
        standard.unit <> 'kg' as has_own_unit,
        standard.kg_per_unit,
        valued_item.supplementary_quantity as declared_quantity,
        case
            when valued_item.supplementary_quantity > 0 and declared.base_unit = standard.base_unit
                then case
                    when standard.factor = 1
                        then cast(valued_item.supplementary_quantity * declared.factor as decimal(24, 6))
                    else cast(valued_item.supplementary_quantity * declared.factor / standard.factor as decimal(24, 6))
                end
        end as standard_quantity,
        valued_item.customs_office,
        valued_item.border_transport_mode,
        valued_item.delivery_terms,
        valued_item.invoice_currency
    from declared
    right join (
        standard
        right join valued_item
            on standard.hs6 = valued_item.hs6
    )
        on declared.unit = valued_item.supplementary_unit

),

weighed as (

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
        value_national,
        value_is_estimated,
        declared_value,
        fob_value,
        customs_value,
        computed_national,
        customs_exceeds,
        value_source,
        freight_source,
        insurance_source,
        freight_is_estimated,
        rate,
        case when gross_mass_kg > 0 then gross_mass_kg end as gross_mass_kg,
        case
            when net_mass_kg is not null then net_mass_kg
            when standard_quantity * kg_per_unit <= gross_mass_kg or gross_mass_kg is null
                then nullif(try_cast(standard_quantity * kg_per_unit as decimal(18, 3)), 0)
        end as net_mass_kg,
        standard_unit,
        has_own_unit,
        case when has_own_unit then standard_quantity end as supplementary_quantity,
        coalesce(declared_quantity > 0, false) and standard_quantity is null as quantity_is_set_aside,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from converted

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
    value_national,
    value_is_estimated,
    declared_value,
    fob_value,
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
    net_mass_kg is null as net_mass_is_missing,
    standard_unit as supplementary_unit,
    supplementary_quantity,
    coalesce(has_own_unit, false) and supplementary_quantity is null as quantity_is_missing,
    quantity_is_set_aside,
    customs_office,
    border_transport_mode,
    delivery_terms,
    invoice_currency
from weighed
