-- Foreign trade in full detail: month, flow, partners, national code and unit
--
-- Goods that count in at least one trade system, for all three systems at once: an
-- `in_` column says which of them a row belongs to. Re-exports and re-imports are in
-- the totals and marked. What is published comes from `trade_by_partner`, which leaves
-- out the second partner and the national digits, and audits hold the two together.
--
-- imts:   2.17, 6.13, 6.18
-- method: R-1.20, R-1.40, R-1.50
-- grain:  period, flow, category, in_general, in_special_relaxed, in_special_strict, is_reexport, is_reimport,
--         partner, partner_consignment, commodity_code, supplementary_unit

with cell as (

    select
        period,
        scope_no,
        partner,
        partner_consignment,
        commodity_code,
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
        partner_consignment,
        commodity_code,
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
    cell.partner_consignment,
    cell.commodity_code,
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
