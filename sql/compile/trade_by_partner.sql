-- Foreign trade by month, flow, partner, subheading and unit
--
-- The detail that tables, indices and the comparison with partners need. The partner
-- is the country of origin of imports and of last known destination of exports. Goods
-- that count in at least one trade system, for all three systems at once. The value
-- of goods without a mass is kept apart, so that a unit value divides like by like.
--
-- imts:   2.17, 6.13
-- method: R-1.20, R-1.40, R-1.50
-- grain:  period, flow, category, in_general, in_special_relaxed, in_special_strict, is_reexport, is_reimport,
--         partner, hs6, supplementary_unit

with cell as (

    select
        period,
        scope_no,
        partner,
        hs6,
        hs2,
        supplementary_unit,
        sum(statistical_value) as statistical_value,
        sum(value_national) as value_national,
        sum(statistical_value) filter (where value_is_estimated) as estimated_value,
        sum(net_mass_kg) as net_mass_kg,
        count(*) filter (where net_mass_is_missing) as net_mass_missing_count,
        sum(statistical_value) filter (where net_mass_is_missing) as net_mass_missing_value,
        sum(supplementary_quantity) as supplementary_quantity,
        count(*) - count(supplementary_quantity) as quantity_missing_count,
        count(*) as item_count
    from measured_item
    group by
        period,
        scope_no,
        partner,
        hs6,
        hs2,
        supplementary_unit

)

select
    cell.period,
    scope.flow,
    scope.category,
    scope.in_general,
    scope.in_special_relaxed,
    scope.in_special_strict,
    scope.is_reexport,
    scope.is_reimport,
    cell.partner,
    cell.hs6,
    cell.hs2,
    cell.supplementary_unit,
    cell.statistical_value,
    cell.value_national,
    coalesce(cell.estimated_value, 0) as estimated_value,
    cell.net_mass_kg,
    cell.net_mass_missing_count,
    coalesce(cell.net_mass_missing_value, 0) as net_mass_missing_value,
    cell.supplementary_quantity,
    cell.quantity_missing_count,
    cell.item_count
from scope
join cell
    on cell.scope_no = scope.scope_no
where scope.record_class = 'include'
