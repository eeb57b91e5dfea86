-- Monthly trade in the statistical and in the national currency
--
-- Both values of an item are made with the rate of its day, so a month in the national
-- currency is no month's sum times one rate. After a devaluation the two series part;
-- growth in one says nothing about growth in the other. A month without data has no row,
-- and a flow without data of the month no figure.
-- Where a rate of a day is not listed, what was declared that day has no national value,
-- and the flow's month has none: the sum of the rest is not the month.
-- The two values of a flow are estimated together; a balance where one of its flows is.
--
-- method:   R-1.31, R-1.76
-- grain:    period
-- unit:     thousand
-- decimals: 1
-- period:   chart_months

with flow_month as (

    select
        declared_month.period,
        declared_month.flow,
        coalesce(sum(publishable_trade.statistical_value), 0) as statistical,
        case
            when sum(publishable_trade.value_national_missing_count) > 0 then null
            else coalesce(sum(publishable_trade.value_national), 0)
        end as national,
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
        sum(statistical) filter (where flow = 'X') as export_statistical,
        sum(national) filter (where flow = 'X') as export_national,
        sum(statistical) filter (where flow = 'M') as import_statistical,
        sum(national) filter (where flow = 'M') as import_national,
        coalesce(sum(estimated) filter (where flow = 'X'), 0) as export_estimated,
        coalesce(sum(estimated) filter (where flow = 'M'), 0) as import_estimated
    from flow_month
    group by period

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
    numbered.export_statistical,
    numbered.export_national,
    numbered.import_statistical,
    numbered.import_national,
    numbered.export_statistical - numbered.import_statistical as balance_statistical,
    numbered.export_national - numbered.import_national as balance_national,
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
        when numbered.export_statistical is null or numbered.import_statistical is null then ''
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
join numbered
    on numbered.newest_first <= setting.months
order by row_order
