-- Trade by partner, trade at the border and the account are three views of one sum
--
-- The two stored aggregates group the same items by different columns; per month, flow
-- and trade system they must give the same value and the same number of items, and the
-- counted items of the account as many again.
--
-- method: R-1.20, R-1.60

with partner_side as (

    select
        period,
        flow,
        in_general,
        in_special_relaxed,
        in_special_strict,
        sum(item_count) as item_count,
        sum(statistical_value) as statistical_value
    from trade_by_partner
    group by
        period,
        flow,
        in_general,
        in_special_relaxed,
        in_special_strict

),

border_side as (

    select
        period,
        flow,
        in_general,
        in_special_relaxed,
        in_special_strict,
        sum(item_count) as item_count,
        sum(statistical_value) as statistical_value
    from movement_at_border
    where record_class = 'include'
    group by
        period,
        flow,
        in_general,
        in_special_relaxed,
        in_special_strict

),

account_side as (

    select
        period,
        flow,
        sum(item_count) as item_count,
        sum(statistical_value) as statistical_value
    from account
    where record_class = 'include'
    group by
        period,
        flow

),

partner_flow_side as (

    select
        period,
        flow,
        sum(item_count) as item_count,
        sum(statistical_value) as statistical_value
    from partner_side
    group by
        period,
        flow

)

select
    'border' as other,
    coalesce(partner_side.period, border_side.period) as period,
    coalesce(partner_side.flow, border_side.flow) as flow,
    partner_side.item_count as partner_items,
    border_side.item_count as other_items,
    partner_side.statistical_value as partner_value,
    border_side.statistical_value as other_value
from partner_side
full join border_side
    on border_side.period = partner_side.period
    and border_side.flow = partner_side.flow
    and border_side.in_general = partner_side.in_general
    and border_side.in_special_relaxed = partner_side.in_special_relaxed
    and border_side.in_special_strict = partner_side.in_special_strict
where (partner_side.item_count is distinct from border_side.item_count)
    or (partner_side.statistical_value is distinct from border_side.statistical_value)

union all

select
    'account' as other,
    coalesce(partner_flow_side.period, account_side.period) as period,
    coalesce(partner_flow_side.flow, account_side.flow) as flow,
    partner_flow_side.item_count as partner_items,
    account_side.item_count as other_items,
    partner_flow_side.statistical_value as partner_value,
    account_side.statistical_value as other_value
from partner_flow_side
full join account_side
    on account_side.period = partner_flow_side.period
    and account_side.flow = partner_flow_side.flow
where (partner_flow_side.item_count is distinct from account_side.item_count)
    or (partner_flow_side.statistical_value is distinct from account_side.statistical_value)
