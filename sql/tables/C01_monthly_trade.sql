-- Monthly exports, imports and balance
--
-- The months of the chart, ending with the published one. A month without data has no
-- row, so the line breaks there; a flow without any data has no line. A balance is an
-- estimate where one of its flows is.
--
-- grain:    period
-- unit:     thousand_usd
-- decimals: 1
-- chart:    monthly_trade

with monthly as (

    select
        publishable_trade.period,
        coalesce(sum(publishable_trade.statistical_value) filter (where publishable_trade.flow = 'X'), 0) as exports,
        coalesce(sum(publishable_trade.statistical_value) filter (where publishable_trade.flow = 'M'), 0) as imports,
        coalesce(sum(publishable_trade.estimated_value) filter (where publishable_trade.flow = 'X'), 0) as exports_estimated,
        coalesce(sum(publishable_trade.estimated_value) filter (where publishable_trade.flow = 'M'), 0) as imports_estimated
    from published_month
    join publishable_trade
        on publishable_trade.period = published_month.period
    where publishable_trade.period <= $period
    group by publishable_trade.period

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
    case when compared_flow.has_exports then numbered.exports end as exports,
    case when compared_flow.has_imports then numbered.imports end as imports,
    case when compared_flow.has_exports and compared_flow.has_imports then numbered.exports - numbered.imports end as balance,
    case when numbered.exports_estimated > setting.share_max * numbered.exports then 'e' else '' end as exports_flag,
    case when numbered.imports_estimated > setting.share_max * numbered.imports then 'e' else '' end as imports_flag,
    case
        when numbered.exports_estimated > setting.share_max * numbered.exports
            or numbered.imports_estimated > setting.share_max * numbered.imports
            then 'e'
        else ''
    end as balance_flag
from setting
cross join compared_flow
join numbered
    on numbered.newest_first <= setting.months
order by numbered.period
