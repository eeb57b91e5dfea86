-- Trade by customs office and mode of transport that may be published
--
-- Confidentiality is not applied yet: no cell is hidden, and every release says so.
--
-- method: R-1.20, R-1.70
-- grain:  period, flow, hs2, customs_office, border_transport_mode

select
    period,
    flow,
    hs2,
    customs_office,
    border_transport_mode,
    sum(statistical_value) as statistical_value,
    sum(estimated_value) as estimated_value,
    sum(net_mass_kg) as net_mass_kg,
    sum(item_count) as item_count,
    false as is_confidential
from movement_at_border
where record_class = 'include'
    and case $trade_system
        when 'special_relaxed' then in_special_relaxed
        when 'special_strict' then in_special_strict
        else in_general
    end
group by
    period,
    flow,
    hs2,
    customs_office,
    border_transport_mode
