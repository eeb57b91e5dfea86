-- Exports and imports side by side, with growth and share
--
-- The one place where a missing span, and a flow without any data, become null and an
-- absent trade becomes zero, and where change and share are computed. Change is in
-- percent of the same span a year before; without a base, or with a base of zero, there
-- is none. Share is the part of the flow's total in the year to date, 0 to 1. Each value
-- has a flag of its own, `e` where more than `estimated_share_max` of it is estimated: a
-- month says nothing of the year, nor exports of imports. `flag` is that of the row, in
-- the year to date.
--
-- grain: dimension, code
-- view:  yes

with spread as (

    select
        dimension,
        code,
        sum(month) filter (where flow = 'X') as export_month,
        sum(month_year_before) filter (where flow = 'X') as export_month_year_before,
        sum(to_date) filter (where flow = 'X') as export_to_date,
        sum(to_date_year_before) filter (where flow = 'X') as export_to_date_year_before,
        sum(month) filter (where flow = 'M') as import_month,
        sum(month_year_before) filter (where flow = 'M') as import_month_year_before,
        sum(to_date) filter (where flow = 'M') as import_to_date,
        sum(to_date_year_before) filter (where flow = 'M') as import_to_date_year_before,
        sum(estimated_month) filter (where flow = 'X') as export_month_estimated,
        sum(estimated_month_year_before) filter (where flow = 'X') as export_month_year_before_estimated,
        sum(estimated_to_date) filter (where flow = 'X') as export_to_date_estimated,
        sum(estimated_to_date_year_before) filter (where flow = 'X') as export_to_date_year_before_estimated,
        sum(estimated_month) filter (where flow = 'M') as import_month_estimated,
        sum(estimated_month_year_before) filter (where flow = 'M') as import_month_year_before_estimated,
        sum(estimated_to_date) filter (where flow = 'M') as import_to_date_estimated,
        sum(estimated_to_date_year_before) filter (where flow = 'M') as import_to_date_year_before_estimated
    from compared_cell
    group by
        dimension,
        code

),

filled as (

    select
        spread.dimension,
        spread.code,
        case when compared_flow.has_export_month then coalesce(spread.export_month, 0) end as export_month,
        case when compared_flow.has_export_month_year_before then coalesce(spread.export_month_year_before, 0) end
            as export_month_year_before,
        case when compared_flow.has_export_to_date then coalesce(spread.export_to_date, 0) end as export_to_date,
        case when compared_flow.has_export_to_date_year_before then coalesce(spread.export_to_date_year_before, 0) end
            as export_to_date_year_before,
        case when compared_flow.has_import_month then coalesce(spread.import_month, 0) end as import_month,
        case when compared_flow.has_import_month_year_before then coalesce(spread.import_month_year_before, 0) end
            as import_month_year_before,
        case when compared_flow.has_import_to_date then coalesce(spread.import_to_date, 0) end as import_to_date,
        case when compared_flow.has_import_to_date_year_before then coalesce(spread.import_to_date_year_before, 0) end
            as import_to_date_year_before,
        coalesce(spread.export_month_estimated, 0) as export_month_estimated,
        coalesce(spread.export_month_year_before_estimated, 0) as export_month_year_before_estimated,
        coalesce(spread.export_to_date_estimated, 0) as export_to_date_estimated,
        coalesce(spread.export_to_date_year_before_estimated, 0) as export_to_date_year_before_estimated,
        coalesce(spread.import_month_estimated, 0) as import_month_estimated,
        coalesce(spread.import_month_year_before_estimated, 0) as import_month_year_before_estimated,
        coalesce(spread.import_to_date_estimated, 0) as import_to_date_estimated,
        coalesce(spread.import_to_date_year_before_estimated, 0) as import_to_date_year_before_estimated
    from compared_flow
    cross join spread

),

setting as (

    select max(value) as share_max
    from parameter
    where name = 'estimated_share_max'
        and $period between valid_from and valid_to

),

whole as (

    select
        sum(to_date) filter (where flow = 'X') as export_to_date,
        sum(to_date) filter (where flow = 'M') as import_to_date
    from compared_trade

)

select
    filled.dimension,
    filled.code,
    filled.export_month,
    filled.export_month_year_before,
    cast(
        (filled.export_month - filled.export_month_year_before) * 100 / nullif(filled.export_month_year_before, 0) as decimal(28, 6)
    ) as export_month_growth,
    filled.export_to_date,
    filled.export_to_date_year_before,
    cast(
        (filled.export_to_date - filled.export_to_date_year_before) * 100 / nullif(filled.export_to_date_year_before, 0) as decimal(28, 6)
    ) as export_to_date_growth,
    cast(filled.export_to_date / nullif(whole.export_to_date, 0) as decimal(18, 10)) as export_share,
    filled.import_month,
    filled.import_month_year_before,
    cast(
        (filled.import_month - filled.import_month_year_before) * 100 / nullif(filled.import_month_year_before, 0) as decimal(28, 6)
    ) as import_month_growth,
    filled.import_to_date,
    filled.import_to_date_year_before,
    cast(
        (filled.import_to_date - filled.import_to_date_year_before) * 100 / nullif(filled.import_to_date_year_before, 0) as decimal(28, 6)
    ) as import_to_date_growth,
    cast(filled.import_to_date / nullif(whole.import_to_date, 0) as decimal(18, 10)) as import_share,
    coalesce(filled.export_to_date, 0) + coalesce(filled.import_to_date, 0) as turnover_to_date,
    filled.export_month_estimated,
    filled.export_month_year_before_estimated,
    filled.export_to_date_estimated,
    filled.export_to_date_year_before_estimated,
    filled.import_month_estimated,
    filled.import_month_year_before_estimated,
    filled.import_to_date_estimated,
    filled.import_to_date_year_before_estimated,
    case when filled.export_month_estimated > setting.share_max * filled.export_month then 'e' else '' end
        as export_month_flag,
    case when filled.export_month_year_before_estimated > setting.share_max * filled.export_month_year_before then 'e' else '' end
        as export_month_year_before_flag,
    case when filled.export_to_date_estimated > setting.share_max * filled.export_to_date then 'e' else '' end
        as export_to_date_flag,
    case when filled.export_to_date_year_before_estimated > setting.share_max * filled.export_to_date_year_before then 'e' else '' end
        as export_to_date_year_before_flag,
    case when filled.import_month_estimated > setting.share_max * filled.import_month then 'e' else '' end
        as import_month_flag,
    case when filled.import_month_year_before_estimated > setting.share_max * filled.import_month_year_before then 'e' else '' end
        as import_month_year_before_flag,
    case when filled.import_to_date_estimated > setting.share_max * filled.import_to_date then 'e' else '' end
        as import_to_date_flag,
    case when filled.import_to_date_year_before_estimated > setting.share_max * filled.import_to_date_year_before then 'e' else '' end
        as import_to_date_year_before_flag,
    case
        when filled.export_to_date_estimated > setting.share_max * filled.export_to_date
            or filled.import_to_date_estimated > setting.share_max * filled.import_to_date
            then 'e'
        else ''
    end as flag
from setting
cross join whole
cross join filled
