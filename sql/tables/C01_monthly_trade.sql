-- Monthly exports, imports and balance
--
-- The months of the chart, ending with the published one. A month without data has no
-- row, and a flow without data of the month no figure: its line breaks there. A balance
-- is an estimate where one of its flows is.
--
-- grain:    period
-- unit:     thousand_usd
-- decimals: 1
-- chart:    monthly_trade

with flow_month as (

    select
        declared_month.period,
        declared_month.flow,
        coalesce(sum(publishable_trade.statistical_value), 0) as value,
        coalesce(sum(publishable_trade.estimated_value), 0) as estimated
    from declared_month
    left join publishable_trade
        on publishable_trade.period = declared_month.period
        and publishable_trade.flow = declared_month.flow
    where declared_month.has_data
        and declared_month.flow <> '-'
        and declared_month.period <= $period
    group by
        declared_month.period,
        declared_month.flow

),

monthly as (

    select
        period,
        sum(value) filter (where flow = 'X') as exports,
        sum(value) filter (where flow = 'M') as imports,
        coalesce(sum(estimated) filter (where flow = 'X'), 0) as exports_estimated,
        coalesce(sum(estimated) filter (where flow = 'M'), 0) as imports_estimated
    from flow_month
    group by period

),

numbered as (

    select
        period,
        exports,
        imports,
        exports_estimated,
        imports_estimated,
        row_number() over (order by period desc) as newest_first
    from monthly

),

setting as (

    select
        max(value) filter (where name = 'chart_months') as months,
        max(value) filter (where name = 'estimated_share_max') as share_max
    from parameter
    where $period between valid_from and valid_to

)

select
    numbered.period,
    numbered.exports,
    numbered.imports,
    numbered.exports - numbered.imports as balance,
    case when numbered.exports_estimated > setting.share_max * numbered.exports then 'e' else '' end as exports_flag,
    case when numbered.imports_estimated > setting.share_max * numbered.imports then 'e' else '' end as imports_flag,
    case
        when numbered.exports is null or numbered.imports is null then ''
        when numbered.exports_estimated > setting.share_max * numbered.exports
            or numbered.imports_estimated > setting.share_max * numbered.imports
            then 'e'
        else ''
    end as balance_flag
from setting
join numbered
    on numbered.newest_first <= setting.months
order by numbered.period
