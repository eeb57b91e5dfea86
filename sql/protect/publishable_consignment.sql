-- Trade by partner and country of consignment that may be published
--
-- In the trade system of the profile. The partner is the country of origin of imports
-- and of last known destination of exports; the country of consignment is the one goods
-- were sent from, or to, with no commercial act on the way. Confidentiality is not
-- applied yet: no cell is hidden, and every release says so.
--
-- method: R-1.50, R-1.51, R-1.70
-- grain:  period, flow, partner, partner_consignment

select
    period,
    flow,
    partner,
    partner_consignment,
    sum(statistical_value) as statistical_value,
    sum(estimated_value) as estimated_value,
    sum(item_count) as item_count,
    false as is_confidential
from trade
where case $trade_system
        when 'special_relaxed' then in_special_relaxed
        when 'special_strict' then in_special_strict
        else in_general
    end
group by
    period,
    flow,
    partner,
    partner_consignment
