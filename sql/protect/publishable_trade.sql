-- Cells of trade that may be published, in the trade system of the profile
--
-- Confidentiality is not applied yet: no cell is hidden, and every release says so.
-- Tables read nothing that lies before this relation. A figure of a cell is called
-- estimated where goods worth more than the share `estimated_share_max` of its value
-- were estimated in it; its value, mass and quantity are judged apart.
--
-- method: R-1.20, R-1.40, R-1.70
-- grain:  period, flow, partner, hs6, supplementary_unit

with setting as (

    select max(value) as share_max
    from parameter
    where name = 'estimated_share_max'
        and $last_day between valid_from and valid_to

),

cell as (

    select
        period,
        flow,
        partner,
        hs6,
        hs2,
        supplementary_unit,
        sum(statistical_value) as statistical_value,
        sum(value_national) as value_national,
        -- an older run may not have counted them
        coalesce(sum(value_national_missing_count), 0) as value_national_missing_count,
        sum(estimated_value) as estimated_value,
        coalesce(sum(statistical_value) filter (where is_reexport or is_reimport), 0) as returned_value,
        coalesce(sum(estimated_value) filter (where is_reexport or is_reimport), 0) as returned_estimated_value,
        sum(net_mass_kg) as net_mass_kg,
        sum(net_mass_missing_count) as net_mass_missing_count,
        sum(net_mass_missing_value) as net_mass_missing_value,
        sum(net_mass_estimated_kg) as net_mass_estimated_kg,
        sum(net_mass_estimated_value) as net_mass_estimated_value,
        sum(supplementary_quantity) as supplementary_quantity,
        sum(quantity_missing_count) as quantity_missing_count,
        sum(quantity_missing_value) as quantity_missing_value,
        sum(quantity_estimated) as quantity_estimated,
        sum(quantity_estimated_value) as quantity_estimated_value,
        sum(item_count) as item_count
    from trade_by_partner
    where case $trade_system
            when 'special_relaxed' then in_special_relaxed
            when 'special_strict' then in_special_strict
            else in_general
        end
    group by
        period,
        flow,
        partner,
        hs6,
        hs2,
        supplementary_unit

)

select
    cell.period,
    cell.flow,
    cell.partner,
    cell.hs6,
    cell.hs2,
    cell.supplementary_unit,
    cell.statistical_value,
    cell.value_national,
    cell.value_national_missing_count,
    cell.estimated_value,
    coalesce(cell.estimated_value > setting.share_max * cell.statistical_value, false) as value_is_estimated,
    cell.returned_value,
    cell.returned_estimated_value,
    cell.net_mass_kg,
    cell.net_mass_missing_count,
    cell.net_mass_missing_value,
    cell.net_mass_estimated_kg,
    cell.net_mass_estimated_value,
    coalesce(cell.net_mass_estimated_value > setting.share_max * cell.statistical_value, false) as net_mass_is_estimated,
    cell.supplementary_quantity,
    cell.quantity_missing_count,
    cell.quantity_missing_value,
    cell.quantity_estimated,
    cell.quantity_estimated_value,
    coalesce(cell.quantity_estimated_value > setting.share_max * cell.statistical_value, false) as quantity_is_estimated,
    cell.item_count,
    false as is_confidential
from setting
cross join cell
