-- Headline figures of foreign trade
--
-- Re-exports and re-imports are in the totals and shown of them. Turnover is exports
-- plus imports, the balance exports less imports; a balance has no change in percent.
--
-- grain:    indicator
-- unit:     thousand_usd
-- decimals: 1

with flow_total as (

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
        flag
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
        flag
    from flow_total

    union all

    select
        case dimension when 'total' then 3 else 4 end as row_order,
        case dimension when 'total' then 'imports' else 'reimports' end as indicator,
        import_month as month,
        import_month_year_before as month_year_before,
        import_to_date as to_date,
        import_to_date_year_before as to_date_year_before,
        flag
    from flow_total

    union all

    select
        5 as row_order,
        'turnover' as indicator,
        export_month + import_month as month,
        export_month_year_before + import_month_year_before as month_year_before,
        export_to_date + import_to_date as to_date,
        export_to_date_year_before + import_to_date_year_before as to_date_year_before,
        flag
    from flow_total
    where dimension = 'total'

    union all

    select
        6 as row_order,
        'balance' as indicator,
        export_month - import_month as month,
        export_month_year_before - import_month_year_before as month_year_before,
        export_to_date - import_to_date as to_date,
        export_to_date_year_before - import_to_date_year_before as to_date_year_before,
        flag
    from flow_total
    where dimension = 'total'

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
    headline.flag
from label
right join headline
    on label.list = 'column'
    and label.code = headline.indicator
order by headline.row_order
