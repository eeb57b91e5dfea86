-- Monthly exports, imports and balance
--
-- The months of the chart, ending with the published one. A month without data has no
-- row, so the line breaks there.
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
        sum(publishable_trade.estimated_value) as estimated_value
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
        estimated_value,
        row_number() over (order by period desc) as newest_first
    from monthly

)

select
    numbered.period,
    numbered.exports,
    numbered.imports,
    numbered.exports - numbered.imports as balance,
    case when numbered.estimated_value > 0 then 'e' else '' end as flag
from parameter
join numbered
    on numbered.newest_first <= parameter.value
where parameter.name = 'chart_months'
    and $period between parameter.valid_from and parameter.valid_to
order by numbered.period
