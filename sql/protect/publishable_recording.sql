-- Trade by the month each date would put it in, that may be published
--
-- In the trade system of the profile. Confidentiality is not applied yet: no cell is
-- hidden, and every release says so.
--
-- method: R-1.10, R-1.70
-- grain:  period, flow, recorded_by, other_period

select
    period,
    flow,
    recorded_by,
    other_period,
    sum(statistical_value) as statistical_value,
    sum(estimated_value) as estimated_value,
    sum(item_count) as item_count,
    false as is_confidential
from recording_effect
where case $trade_system
        when 'special_relaxed' then in_special_relaxed
        when 'special_strict' then in_special_strict
        else in_general
    end
group by
    period,
    flow,
    recorded_by,
    other_period
