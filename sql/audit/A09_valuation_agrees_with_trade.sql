-- Values by the way they were found add up to trade, and FOB is never above CIF
--
-- The same items stand in `value_difference` by source and in `trade_by_partner` by
-- partner; per month, flow and trade system both must give the same items, value, FOB
-- value and value with estimated freight. An export has its FOB value already.
--
-- method: R-1.30, R-1.36

with by_source as (

    select
        period,
        flow,
        in_general,
        in_special_relaxed,
        in_special_strict,
        sum(item_count) as item_count,
        sum(statistical_value) as statistical_value,
        sum(fob_value) as fob_value,
        sum(freight_estimated_value) as freight_estimated_value
    from value_difference
    group by
        period,
        flow,
        in_general,
        in_special_relaxed,
        in_special_strict

),

by_partner as (

    select
        period,
        flow,
        in_general,
        in_special_relaxed,
        in_special_strict,
        sum(item_count) as item_count,
        sum(statistical_value) as statistical_value,
        sum(fob_value) as fob_value,
        sum(freight_estimated_value) as freight_estimated_value
    from trade_by_partner
    group by
        period,
        flow,
        in_general,
        in_special_relaxed,
        in_special_strict

)

select
    coalesce(by_source.period, by_partner.period) as period,
    coalesce(by_source.flow, by_partner.flow) as flow,
    by_source.item_count as items_by_source,
    by_partner.item_count as items_by_partner,
    by_source.statistical_value as value_by_source,
    by_partner.statistical_value as value_by_partner,
    by_source.fob_value as fob_by_source,
    by_partner.fob_value as fob_by_partner
from by_source
full join by_partner
    on by_partner.period = by_source.period
    and by_partner.flow = by_source.flow
    and by_partner.in_general = by_source.in_general
    and by_partner.in_special_relaxed = by_source.in_special_relaxed
    and by_partner.in_special_strict = by_source.in_special_strict
where (by_source.item_count is distinct from by_partner.item_count)
    or (by_source.statistical_value is distinct from by_partner.statistical_value)
    or (by_source.fob_value is distinct from by_partner.fob_value)
    or (by_source.freight_estimated_value is distinct from by_partner.freight_estimated_value)
    or by_source.fob_value > by_source.statistical_value
    or (by_source.flow = 'X' and by_source.fob_value <> by_source.statistical_value)
