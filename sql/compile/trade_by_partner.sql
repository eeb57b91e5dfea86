-- Foreign trade by month, flow, partner, subheading and unit
--
-- The detail that tables, indices and the comparison with partners need: the second
-- partner and the national digits of `trade` are added up. The partner is the
-- country of origin of imports and of last known destination of exports. Goods that
-- count in at least one trade system, for all three systems at once. Declared and
-- estimated mass and quantity stand apart, each with the value of its goods, so that a
-- unit value divides like by like.
--
-- imts:   2.17, 6.13
-- method: R-1.20, R-1.40, R-1.50
-- grain:  period, scope_no, partner, hs6, border_transport_mode

with part as (

    select
        period,
        scope_no,
        partner,
        hs6,
        border_transport_mode,
        supplementary_unit,
        statistical_value,
        value_national,
        value_national_missing_count,
        estimated_value,
        fob_value,
        freight_estimated_value,
        net_mass_kg,
        net_mass_missing_count,
        net_mass_missing_value,
        cast(0 as bigint) as net_mass_implausible_count,
        cast(null as decimal(28, 3)) as net_mass_replaced_kg,
        cast(null as decimal(28, 3)) as net_mass_estimated_kg,
        cast(0 as decimal(34, 6)) as net_mass_estimated_value,
        cast(null as bigint) as net_mass_level,
        supplementary_quantity,
        quantity_missing_count,
        quantity_missing_value,
        quantity_set_aside_count,
        cast(0 as bigint) as quantity_implausible_count,
        cast(null as decimal(34, 6)) as quantity_replaced,
        cast(null as decimal(28, 3)) as quantity_estimated,
        cast(0 as decimal(34, 6)) as quantity_estimated_value,
        cast(null as bigint) as quantity_level,
        item_count
    from trade

    union all

    -- what is estimated, and what it replaces
    select
        period,
        scope_no,
        partner,
        hs6,
        border_transport_mode,
        supplementary_unit,
        0 as statistical_value,
        0 as value_national,
        0 as value_national_missing_count,
        0 as estimated_value,
        0 as fob_value,
        0 as freight_estimated_value,
        -net_mass_replaced_kg as net_mass_kg,
        net_mass_replaced_count as net_mass_missing_count,
        net_mass_replaced_value as net_mass_missing_value,
        net_mass_implausible_count,
        net_mass_replaced_kg,
        net_mass_estimated_kg,
        net_mass_estimated_value,
        net_mass_level,
        -quantity_replaced as supplementary_quantity,
        quantity_replaced_count as quantity_missing_count,
        quantity_replaced_value as quantity_missing_value,
        0 as quantity_set_aside_count,
        quantity_implausible_count,
        quantity_replaced,
        quantity_estimated,
        quantity_estimated_value,
        quantity_level,
        0 as item_count
    from estimated_quantity

),

cell as (

    select
        period,
        scope_no,
        partner,
        hs6,
        border_transport_mode,
        max(supplementary_unit) as supplementary_unit,
        sum(statistical_value) as statistical_value,
        sum(value_national) as value_national,
        sum(value_national_missing_count) as value_national_missing_count,
        sum(estimated_value) as estimated_value,
        sum(fob_value) as fob_value,
        sum(freight_estimated_value) as freight_estimated_value,
        sum(net_mass_kg) as net_mass_kg,
        sum(net_mass_missing_count) as net_mass_missing_count,
        sum(net_mass_missing_value) as net_mass_missing_value,
        sum(net_mass_implausible_count) as net_mass_implausible_count,
        sum(net_mass_replaced_kg) as net_mass_replaced_kg,
        sum(net_mass_estimated_kg) as net_mass_estimated_kg,
        sum(net_mass_estimated_value) as net_mass_estimated_value,
        max(net_mass_level) as net_mass_level,
        sum(supplementary_quantity) as supplementary_quantity,
        sum(quantity_missing_count) as quantity_missing_count,
        sum(quantity_missing_value) as quantity_missing_value,
        sum(quantity_set_aside_count) as quantity_set_aside_count,
        sum(quantity_implausible_count) as quantity_implausible_count,
        sum(quantity_replaced) as quantity_replaced,
        sum(quantity_estimated) as quantity_estimated,
        sum(quantity_estimated_value) as quantity_estimated_value,
        max(quantity_level) as quantity_level,
        sum(item_count) as item_count
    from part
    group by
        period,
        scope_no,
        partner,
        hs6,
        border_transport_mode

)

select
    cell.period,
    cell.scope_no,
    scope.flow,
    scope.category,
    scope.special_category,
    scope.reason,
    scope.in_general,
    scope.in_special_relaxed,
    scope.in_special_strict,
    scope.is_reexport,
    scope.is_reimport,
    cell.partner,
    cell.hs6,
    case when cell.hs6 <> 'XXXX' then left(cell.hs6, 2) end as hs2,
    cell.border_transport_mode,
    cell.supplementary_unit,
    cell.statistical_value,
    cell.value_national,
    cell.value_national_missing_count,
    cell.estimated_value,
    cell.fob_value,
    cell.freight_estimated_value,
    cell.net_mass_kg,
    cell.net_mass_missing_count,
    cell.net_mass_missing_value,
    cell.net_mass_implausible_count,
    cell.net_mass_replaced_kg,
    cell.net_mass_estimated_kg,
    cell.net_mass_estimated_value,
    cell.net_mass_level,
    cell.supplementary_quantity,
    cell.quantity_missing_count,
    cell.quantity_missing_value,
    cell.quantity_set_aside_count,
    cell.quantity_implausible_count,
    cell.quantity_replaced,
    cell.quantity_estimated,
    cell.quantity_estimated_value,
    cell.quantity_level,
    cell.item_count
from scope
right join cell
    on cell.scope_no = scope.scope_no
