-- What became of the accepted items, as the account of a release says it
--
-- In declared statistical value. Goods that only the other trade systems count have a
-- term of their own, because the tables beside the account do not hold them. Goods that
-- are not counted stand by their special category, which is why. Confidentiality is not
-- applied yet: no cell is hidden, and every release says so.
--
-- method: R-1.20, R-1.70
-- grain:  period, flow, term, reason

with movement as (

    select
        period,
        flow,
        case
            when record_class <> 'include' then record_class
            when case $trade_system
                when 'special_relaxed' then in_special_relaxed
                when 'special_strict' then in_special_strict
                else in_general
            end then 'counted'
            else 'other systems'
        end as term,
        case when record_class = 'include' then '-' else special_category end as reason,
        declared_value,
        item_count
    from movement_at_border

)

select
    period,
    flow,
    case term when 'exclude' then 'excluded' else term end as term,
    reason,
    sum(declared_value) as declared_value,
    sum(item_count) as item_count,
    false as is_confidential
from movement
group by
    period,
    flow,
    case term when 'exclude' then 'excluded' else term end,
    reason
