-- Foreign trade in full detail: month, flow, partners, national code, unit and mode of transport
--
-- Goods that count in at least one trade system, for all three systems at once: an
-- `in_` column says which of them a row belongs to. Re-exports and re-imports are in
-- the totals and marked. What is published comes from `trade_by_partner`, which leaves
-- out the second partner and the national digits, and audits hold the two together.
-- The mode of transport is that at the border, as declared, `-` where it was not.
--
-- `scope_no` numbers the meanings of a run (`scope`): those of the columns from the flow
-- to `is_reimport`.
--
-- Mass and quantity are the declared ones. Of goods without them the value is kept, and
-- what else is known of them: the gross mass, else the quantity, for the mass; the mass,
-- for the quantity. Estimation needs no more, because it is linear (`estimated_quantity`).
-- Of goods with both, the quantity and the number of items stand apart (`complete_`); their
-- mass is the net mass less that of goods without a quantity. So do both masses of the goods
-- that have both, and their number (`packed_`). Goods of a day whose rate
-- no list has are missing from the national value, and counted. Where the standard unit
-- is the kilogram the quantity is the net mass.
--
-- imts:   2.17, 6.13, 6.18
-- method: R-1.20, R-1.40, R-1.50
-- grain:  period, scope_no, partner, partner_consignment, commodity_code, border_transport_mode

with cell as (

    select
        period,
        scope_no,
        partner,
        partner_consignment,
        commodity_code,
        arrow_cast(border_transport_mode, 'Utf8View') as border_transport_mode,
        sum(statistical_value) as statistical_value,
        sum(value_national) as value_national,
        count(*) - count(value_national) as value_national_missing_count,
        sum(statistical_value) filter (where value_is_estimated) as estimated_value,
        sum(fob_value) as fob_value,
        sum(statistical_value) filter (where freight_is_estimated) as freight_estimated_value,
        sum(net_mass_kg) as net_mass_kg,
        sum(net_mass_kg) filter (where gross_mass_kg is not null) as packed_net_kg,
        sum(gross_mass_kg) filter (where not net_mass_is_missing) as packed_gross_kg,
        count(gross_mass_kg) filter (where not net_mass_is_missing) as packed_count,
        count(*) filter (where net_mass_is_missing) as net_mass_missing_count,
        sum(statistical_value) filter (where net_mass_is_missing) as net_mass_missing_value,
        sum(gross_mass_kg) filter (where net_mass_is_missing) as gross_only_kg,
        sum(statistical_value) filter (where net_mass_is_missing and gross_mass_kg is not null) as gross_only_value,
        sum(supplementary_quantity) filter (where net_mass_is_missing and gross_mass_kg is null) as quantity_only,
        sum(statistical_value) filter (
            where net_mass_is_missing and gross_mass_kg is null and supplementary_quantity is not null
        ) as quantity_only_value,
        sum(supplementary_quantity) as supplementary_quantity,
        count(*) filter (where quantity_is_missing) as quantity_missing_count,
        sum(statistical_value) filter (where quantity_is_missing) as quantity_missing_value,
        sum(net_mass_kg) filter (where quantity_is_missing) as mass_only_kg,
        sum(statistical_value) filter (where quantity_is_missing and not net_mass_is_missing) as mass_only_value,
        sum(supplementary_quantity) filter (where not net_mass_is_missing) as complete_quantity,
        count(supplementary_quantity) filter (where not net_mass_is_missing) as complete_count,
        count(*) filter (where quantity_is_set_aside) as quantity_set_aside_count,
        count(*) as item_count
    from measured_item
    group by
        period,
        scope_no,
        partner,
        partner_consignment,
        commodity_code,
        arrow_cast(border_transport_mode, 'Utf8View')

),

-- The unit is that of the subheading, as for the items.
unit_of_subheading as (

    select
        arrow_cast(code, 'Utf8View') as hs6,
        arrow_cast(max(standard_unit), 'Utf8View') as supplementary_unit
    from commodity
    where level = 6
        and valid_from <= $last_day
        and valid_to >= $first_day
    group by code

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
    cell.partner_consignment,
    cell.commodity_code,
    left(cell.commodity_code, 6) as hs6,
    case when cell.commodity_code <> 'XXXX' then left(cell.commodity_code, 2) end as hs2,
    coalesce(cell.border_transport_mode, '-') as border_transport_mode,
    unit_of_subheading.supplementary_unit,
    cell.statistical_value,
    cell.value_national,
    cell.value_national_missing_count,
    coalesce(cell.estimated_value, 0) as estimated_value,
    cell.fob_value,
    coalesce(cell.freight_estimated_value, 0) as freight_estimated_value,
    cell.net_mass_kg,
    cell.packed_net_kg,
    cell.packed_gross_kg,
    cell.packed_count,
    cell.net_mass_missing_count,
    coalesce(cell.net_mass_missing_value, 0) as net_mass_missing_value,
    cell.gross_only_kg,
    coalesce(cell.gross_only_value, 0) as gross_only_value,
    cell.quantity_only,
    coalesce(cell.quantity_only_value, 0) as quantity_only_value,
    case
        when unit_of_subheading.supplementary_unit = 'kg' then cast(cell.net_mass_kg as decimal(34, 6))
        else cell.supplementary_quantity
    end as supplementary_quantity,
    case when unit_of_subheading.supplementary_unit = 'kg' then cell.net_mass_missing_count else cell.quantity_missing_count end
        as quantity_missing_count,
    coalesce(
        case when unit_of_subheading.supplementary_unit = 'kg' then cell.net_mass_missing_value else cell.quantity_missing_value end,
        0
    ) as quantity_missing_value,
    cell.mass_only_kg,
    coalesce(cell.mass_only_value, 0) as mass_only_value,
    cell.complete_quantity,
    cell.complete_count,
    cell.quantity_set_aside_count,
    cell.item_count
from unit_of_subheading
right join (
    scope
    join cell
        on cell.scope_no = scope.scope_no
)
    on unit_of_subheading.hs6 = left(cell.commodity_code, 6)
where scope.record_class = 'include'
