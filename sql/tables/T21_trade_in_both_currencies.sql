-- Monthly trade in the statistical and in the national currency
--
-- Both values of an item are made with the rate of its day, so a month in the national
-- currency is no month's sum times one rate. After a devaluation the two series part;
-- growth in one says nothing about growth in the other. A month without data has no row.
-- Where a rate of a day is not listed, what was declared that day has no national value,
-- and the flow's month has none: the sum of the rest is not the month.
-- The two values of a flow are estimated together; a balance where one of its flows is.
--
-- method:   R-1.31, R-1.76
-- grain:    period
-- unit:     thousand
-- decimals: 1

with monthly as (

    select
        publishable_trade.period,
        coalesce(sum(publishable_trade.statistical_value) filter (where publishable_trade.flow = 'X'), 0) as export_statistical,
        case
            when sum(publishable_trade.value_national_missing_count) filter (where publishable_trade.flow = 'X') > 0 then null
            else coalesce(sum(publishable_trade.value_national) filter (where publishable_trade.flow = 'X'), 0)
        end as export_national,
        coalesce(sum(publishable_trade.statistical_value) filter (where publishable_trade.flow = 'M'), 0) as import_statistical,
        case
            when sum(publishable_trade.value_national_missing_count) filter (where publishable_trade.flow = 'M') > 0 then null
            else coalesce(sum(publishable_trade.value_national) filter (where publishable_trade.flow = 'M'), 0)
        end as import_national,
        coalesce(sum(publishable_trade.estimated_value) filter (where publishable_trade.flow = 'X'), 0) as export_estimated,
        coalesce(sum(publishable_trade.estimated_value) filter (where publishable_trade.flow = 'M'), 0) as import_estimated
    from published_month
    join publishable_trade
        on publishable_trade.period = published_month.period
    where publishable_trade.period <= $period
    group by publishable_trade.period

),

numbered as (

    select
        period,
        export_statistical,
        export_national,
        import_statistical,
        import_national,
        export_estimated,
        import_estimated,
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
    row_number() over (order by numbered.period) as row_order,
    'row' as row_kind,
    numbered.period,
    case when compared_flow.has_exports then numbered.export_statistical end as export_statistical,
    case when compared_flow.has_exports then numbered.export_national end as export_national,
    case when compared_flow.has_imports then numbered.import_statistical end as import_statistical,
    case when compared_flow.has_imports then numbered.import_national end as import_national,
    case when compared_flow.has_exports and compared_flow.has_imports then numbered.export_statistical - numbered.import_statistical end
        as balance_statistical,
    case when compared_flow.has_exports and compared_flow.has_imports then numbered.export_national - numbered.import_national end
        as balance_national,
    case when numbered.export_estimated > setting.share_max * numbered.export_statistical then 'e' else '' end as export_statistical_flag,
    case
        when numbered.export_national is not null and numbered.export_estimated > setting.share_max * numbered.export_statistical then 'e'
        else ''
    end as export_national_flag,
    case when numbered.import_estimated > setting.share_max * numbered.import_statistical then 'e' else '' end as import_statistical_flag,
    case
        when numbered.import_national is not null and numbered.import_estimated > setting.share_max * numbered.import_statistical then 'e'
        else ''
    end as import_national_flag,
    case
        when numbered.export_estimated > setting.share_max * numbered.export_statistical
            or numbered.import_estimated > setting.share_max * numbered.import_statistical
            then 'e'
        else ''
    end as balance_statistical_flag,
    case
        when numbered.export_national is null or numbered.import_national is null then ''
        when numbered.export_estimated > setting.share_max * numbered.export_statistical
            or numbered.import_estimated > setting.share_max * numbered.import_statistical
            then 'e'
        else ''
    end as balance_national_flag,
    case
        when numbered.export_estimated > setting.share_max * numbered.export_statistical
            or numbered.import_estimated > setting.share_max * numbered.import_statistical
            then 'e'
        else ''
    end as flag
from setting
cross join compared_flow
join numbered
    on numbered.newest_first <= setting.months
order by row_order
