-- Cells of trade that may be published, in the trade system of the profile
--
-- Confidentiality is not applied yet: no cell is hidden, and every release says so.
-- Tables read nothing that lies before this relation.
--
-- method: R-1.20, R-1.70
-- grain:  period, flow, partner, hs6, supplementary_unit

select
    period,
    flow,
    partner,
    hs6,
    hs2,
    supplementary_unit,
    sum(statistical_value) as statistical_value,
    sum(value_national) as value_national,
    sum(estimated_value) as estimated_value,
    coalesce(sum(statistical_value) filter (where is_reexport or is_reimport), 0) as returned_value,
    sum(net_mass_kg) as net_mass_kg,
    sum(net_mass_missing_count) as net_mass_missing_count,
    sum(net_mass_missing_value) as net_mass_missing_value,
    sum(supplementary_quantity) as supplementary_quantity,
    sum(quantity_missing_count) as quantity_missing_count,
    sum(item_count) as item_count,
    false as is_confidential
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
