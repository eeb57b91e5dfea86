-- Cells of trade whose mass or quantity is missing or implausible
--
-- All others stand as declared and are not here, so that what is estimated costs little.
-- A unit value outside the published range of the subheading (`unit_value_range`, if it
-- rests on enough items) is laid to the mass or the quantity, never to the value. So are
-- kilograms a unit of the goods that tell both, where these are too many times the usual
-- ones and the mass is plausible. Cells are judged, because what matters to a published
-- figure is the cell; single items are pointed out by the rules. A power of ten is how far
-- the decimal sign is off, where the error is a whole one, to the parameter
-- `power_of_ten_tolerance`: grams as kilograms, thousands as pieces. The screen is
-- computed in floating point.
--
-- imts:   CM 15.19
-- method: R-1.41
-- grain:  period, scope_no, partner, partner_consignment, commodity_code, border_transport_mode

with bound as (

    select
        max(value) filter (where name = 'donor_min_items') as min_items,
        max(value) filter (where name = 'fao_median_ratio_max') as ratio_max,
        cast(max(value) filter (where name = 'power_of_ten_tolerance') as double) as tolerance
    from parameter
    where $last_day between valid_from and valid_to

),

mass_range as (

    select
        unit_value_range.period,
        unit_value_range.flow,
        unit_value_range.hs6,
        cast(unit_value_range.median as double) as median,
        cast(unit_value_range.low as double) as low,
        cast(unit_value_range.high as double) as high
    from bound
    join unit_value_range
        on unit_value_range.item_count >= bound.min_items
    where unit_value_range.unit = 'kg'

),

quantity_range_of_unit as (

    select
        unit_value_range.period,
        unit_value_range.flow,
        unit_value_range.hs6,
        unit_value_range.unit,
        cast(unit_value_range.median as double) as median,
        cast(unit_value_range.low as double) as low,
        cast(unit_value_range.high as double) as high,
        cast(unit_value_range.kg_per_unit as double) as kg_per_unit,
        cast(unit_value_range.kg_per_unit / bound.ratio_max as double) as kg_per_unit_low,
        cast(unit_value_range.kg_per_unit * bound.ratio_max as double) as kg_per_unit_high
    from bound
    join unit_value_range
        on unit_value_range.item_count >= bound.min_items
    where unit_value_range.unit <> 'kg'

),

compared as (

    select
        trade.period,
        trade.scope_no,
        trade.flow,
        trade.partner,
        trade.partner_consignment,
        trade.commodity_code,
        trade.border_transport_mode,
        trade.hs6,
        trade.hs2,
        trade.supplementary_unit,
        trade.statistical_value,
        trade.net_mass_kg,
        trade.net_mass_missing_count,
        trade.net_mass_missing_value,
        trade.gross_only_kg,
        trade.gross_only_value,
        trade.quantity_only,
        trade.quantity_only_value,
        trade.supplementary_quantity,
        trade.quantity_missing_count,
        trade.quantity_missing_value,
        trade.mass_only_kg,
        trade.mass_only_value,
        trade.quantity_set_aside_count,
        trade.item_count,
        cast(trade.statistical_value - trade.net_mass_missing_value as double) / cast(trade.net_mass_kg as double)
            as value_per_kg,
        mass_range.median as mass_median,
        mass_range.low as mass_low,
        mass_range.high as mass_high,
        case
            when trade.supplementary_unit <> 'kg'
                then cast(trade.statistical_value - trade.quantity_missing_value as double)
                    / cast(trade.supplementary_quantity as double)
        end as value_per_unit,
        quantity_range_of_unit.median as unit_median,
        quantity_range_of_unit.low as unit_low,
        quantity_range_of_unit.high as unit_high,
        case
            when trade.supplementary_unit <> 'kg'
                then cast(trade.net_mass_kg - coalesce(trade.mass_only_kg, 0) as double) / cast(trade.complete_quantity as double)
        end as kg_per_unit,
        quantity_range_of_unit.kg_per_unit as usual_kg_per_unit,
        quantity_range_of_unit.kg_per_unit_low,
        quantity_range_of_unit.kg_per_unit_high,
        bound.tolerance
    from bound
    cross join (
        quantity_range_of_unit
        right join (
            mass_range
            right join trade
                on mass_range.period = trade.period
                and mass_range.flow = trade.flow
                and mass_range.hs6 = trade.hs6
        )
            on quantity_range_of_unit.period = trade.period
            and quantity_range_of_unit.flow = trade.flow
            and quantity_range_of_unit.hs6 = trade.hs6
            and quantity_range_of_unit.unit = trade.supplementary_unit
    )

),

judged as (

    select
        period,
        scope_no,
        flow,
        partner,
        partner_consignment,
        commodity_code,
        border_transport_mode,
        hs6,
        hs2,
        supplementary_unit,
        statistical_value,
        net_mass_kg,
        net_mass_missing_count,
        net_mass_missing_value,
        gross_only_kg,
        gross_only_value,
        quantity_only,
        quantity_only_value,
        supplementary_quantity,
        quantity_missing_count,
        quantity_missing_value,
        mass_only_kg,
        mass_only_value,
        quantity_set_aside_count,
        item_count,
        case
            when value_per_kg < mass_low or value_per_kg > mass_high then log10(value_per_kg / mass_median)
        end as mass_decades,
        case
            -- a mass that is off itself says nothing about the quantity
            when (kg_per_unit < kg_per_unit_low or kg_per_unit > kg_per_unit_high)
                and not coalesce(value_per_kg < mass_low or value_per_kg > mass_high, false)
                then log10(kg_per_unit / usual_kg_per_unit)
            when value_per_unit < unit_low or value_per_unit > unit_high then log10(value_per_unit / unit_median)
        end as quantity_decades,
        tolerance
    from compared

)

select
    period,
    scope_no,
    flow,
    partner,
    partner_consignment,
    commodity_code,
    border_transport_mode,
    hs6,
    hs2,
    supplementary_unit,
    statistical_value,
    net_mass_kg,
    net_mass_missing_count,
    net_mass_missing_value,
    gross_only_kg,
    gross_only_value,
    quantity_only,
    quantity_only_value,
    mass_decades is not null as net_mass_is_implausible,
    case
        when abs(round(mass_decades)) >= 1 and abs(mass_decades - round(mass_decades)) <= tolerance
            then cast(round(mass_decades) as int)
    end as net_mass_power,
    supplementary_quantity,
    quantity_missing_count,
    quantity_missing_value,
    mass_only_kg,
    mass_only_value,
    quantity_set_aside_count,
    quantity_decades is not null as quantity_is_implausible,
    case
        when abs(round(quantity_decades)) >= 1 and abs(quantity_decades - round(quantity_decades)) <= tolerance
            then cast(round(quantity_decades) as int)
    end as quantity_power,
    item_count
from judged
where net_mass_missing_count > 0
    or quantity_missing_count > 0
    or mass_decades is not null
    or quantity_decades is not null
