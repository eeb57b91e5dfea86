-- Headline figures of foreign trade
--
-- Re-exports and re-imports are in the totals and shown of them. Turnover is exports
-- plus imports, the balance exports less imports, where both have the same months; a
-- balance has no change in percent.
-- Turnover is an estimate where more than `estimated_share_max` of it is estimated, a
-- balance where one of its flows is.
--
-- grain:    indicator
-- unit:     thousand_usd
-- decimals: 1

with setting as (

    select max(value) as share_max
    from parameter
    where name = 'estimated_share_max'
        and $period between valid_from and valid_to

),

flow_total as (

    select
        dimension,
        export_month,
        export_month_year_before,
        export_to_date,
        export_to_date_year_before,
        import_month,
        import_month_year_before,
        import_to_date,
        import_to_date_year_before,
        export_month_estimated,
        export_month_year_before_estimated,
        export_to_date_estimated,
        export_to_date_year_before_estimated,
        import_month_estimated,
        import_month_year_before_estimated,
        import_to_date_estimated,
        import_to_date_year_before_estimated,
        export_month_flag,
        export_month_year_before_flag,
        export_to_date_flag,
        export_to_date_year_before_flag,
        import_month_flag,
        import_month_year_before_flag,
        import_to_date_flag,
        import_to_date_year_before_flag
    from compared_row
    where dimension in ('total', 'returned')

),

headline as (

    select
        case dimension when 'total' then 1 else 2 end as row_order,
        case dimension when 'total' then 'exports' else 'reexports' end as indicator,
        export_month as month,
        export_month_year_before as month_year_before,
        export_to_date as to_date,
        export_to_date_year_before as to_date_year_before,
        export_month_flag as month_flag,
        export_month_year_before_flag as month_year_before_flag,
        export_to_date_flag as to_date_flag,
        export_to_date_year_before_flag as to_date_year_before_flag
    from flow_total

    union all

    select
        case dimension when 'total' then 3 else 4 end as row_order,
        case dimension when 'total' then 'imports' else 'reimports' end as indicator,
        import_month as month,
        import_month_year_before as month_year_before,
        import_to_date as to_date,
        import_to_date_year_before as to_date_year_before,
        import_month_flag as month_flag,
        import_month_year_before_flag as month_year_before_flag,
        import_to_date_flag as to_date_flag,
        import_to_date_year_before_flag as to_date_year_before_flag
    from flow_total

    union all

    select
        5 as row_order,
        'turnover' as indicator,
        case when compared_flow.has_both_month then flow_total.export_month + flow_total.import_month end as month,
        case when compared_flow.has_both_month_year_before then flow_total.export_month_year_before + flow_total.import_month_year_before end as month_year_before,
        case when compared_flow.has_both_to_date then flow_total.export_to_date + flow_total.import_to_date end as to_date,
        case when compared_flow.has_both_to_date_year_before then flow_total.export_to_date_year_before + flow_total.import_to_date_year_before end as to_date_year_before,
        case
            when compared_flow.has_both_month
                and flow_total.export_month_estimated + flow_total.import_month_estimated
                    > setting.share_max * (flow_total.export_month + flow_total.import_month)
                then 'e'
            else ''
        end as month_flag,
        case
            when compared_flow.has_both_month_year_before
                and flow_total.export_month_year_before_estimated + flow_total.import_month_year_before_estimated
                    > setting.share_max * (flow_total.export_month_year_before + flow_total.import_month_year_before)
                then 'e'
            else ''
        end as month_year_before_flag,
        case
            when compared_flow.has_both_to_date
                and flow_total.export_to_date_estimated + flow_total.import_to_date_estimated
                    > setting.share_max * (flow_total.export_to_date + flow_total.import_to_date)
                then 'e'
            else ''
        end as to_date_flag,
        case
            when compared_flow.has_both_to_date_year_before
                and flow_total.export_to_date_year_before_estimated + flow_total.import_to_date_year_before_estimated
                    > setting.share_max * (flow_total.export_to_date_year_before + flow_total.import_to_date_year_before)
                then 'e'
            else ''
        end as to_date_year_before_flag
    from setting
    cross join compared_flow
    cross join flow_total
    where flow_total.dimension = 'total'

    union all

    select
        6 as row_order,
        'balance' as indicator,
        case when compared_flow.has_both_month then flow_total.export_month - flow_total.import_month end as month,
        case when compared_flow.has_both_month_year_before then flow_total.export_month_year_before - flow_total.import_month_year_before end as month_year_before,
        case when compared_flow.has_both_to_date then flow_total.export_to_date - flow_total.import_to_date end as to_date,
        case when compared_flow.has_both_to_date_year_before then flow_total.export_to_date_year_before - flow_total.import_to_date_year_before end as to_date_year_before,
        case when compared_flow.has_both_month then greatest(flow_total.export_month_flag, flow_total.import_month_flag) else '' end
            as month_flag,
        case when compared_flow.has_both_month_year_before then greatest(flow_total.export_month_year_before_flag, flow_total.import_month_year_before_flag) else '' end
            as month_year_before_flag,
        case when compared_flow.has_both_to_date then greatest(flow_total.export_to_date_flag, flow_total.import_to_date_flag) else '' end
            as to_date_flag,
        case when compared_flow.has_both_to_date_year_before then greatest(flow_total.export_to_date_year_before_flag, flow_total.import_to_date_year_before_flag) else '' end
            as to_date_year_before_flag
    from compared_flow
    cross join flow_total
    where flow_total.dimension = 'total'

)

select
    headline.row_order,
    case when headline.indicator in ('reexports', 'reimports') then 'row' else 'group' end as row_kind,
    headline.indicator,
    coalesce(label.en, headline.indicator) as name,
    headline.month,
    headline.month_year_before,
    case
        when headline.indicator <> 'balance'
            then cast(
                (headline.month - headline.month_year_before) * 100 / nullif(headline.month_year_before, 0) as decimal(28, 6)
            )
    end as month_growth,
    headline.to_date,
    headline.to_date_year_before,
    case
        when headline.indicator <> 'balance'
            then cast(
                (headline.to_date - headline.to_date_year_before) * 100 / nullif(headline.to_date_year_before, 0) as decimal(28, 6)
            )
    end as to_date_growth,
    headline.month_flag,
    headline.month_year_before_flag,
    headline.to_date_flag,
    headline.to_date_year_before_flag,
    headline.to_date_flag as flag
from label
right join headline
    on label.list = 'column'
    and label.code = headline.indicator
order by headline.row_order
