-- Trade by special category that may be published: counted, excluded and recorded apart
--
-- Counted goods in the trade system of the profile; excluded and separate goods are in
-- none and stand beside it. Confidentiality is not applied yet: no cell is hidden, and
-- every release says so.
--
-- method: R-1.01, R-1.70
-- grain:  period, flow, special_category, record_class

select
    period,
    flow,
    special_category,
    case when reason = 'undecided' then 'undecided' else record_class end as record_class,
    coalesce(sum(statistical_value), 0) as statistical_value,
    coalesce(sum(estimated_value), 0) as estimated_value,
    sum(item_count) as item_count,
    false as is_confidential
from movement_by_procedure
where record_class <> 'include'
    or case $trade_system
        when 'special_relaxed' then in_special_relaxed
        when 'special_strict' then in_special_strict
        else in_general
    end
group by
    period,
    flow,
    special_category,
    case when reason = 'undecided' then 'undecided' else record_class end
