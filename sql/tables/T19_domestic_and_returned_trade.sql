-- Domestic exports, re-exports, foreign imports and re-imports, by chapter
--
-- Re-exports are foreign goods that leave in the state in which they came, re-imports
-- own goods that come back in the state in which they left. Both are in the totals;
-- without them exports are domestic and imports are foreign. Goods whose return the
-- declaration leaves open count as domestic and as foreign, and are listed as undecided
-- in T18.
--
-- imts:     2.19, 2.20, 2.21
-- method:   R-1.22, R-1.23, R-1.71
-- grain:    chapter
-- unit:     thousand_usd
-- decimals: 1

with line as (

    select
        'TOTAL' as chapter,
        flow,
        month,
        returned_month,
        to_date,
        returned_to_date,
        estimated_month,
        estimated_to_date,
        returned_estimated_month,
        returned_estimated_to_date
    from compared_trade

    union all

    select
        hs2 as chapter,
        flow,
        month,
        returned_month,
        to_date,
        returned_to_date,
        estimated_month,
        estimated_to_date,
        returned_estimated_month,
        returned_estimated_to_date
    from compared_trade

),

summed as (

    select
        chapter,
        coalesce(sum(month - returned_month) filter (where flow = 'X'), 0) as export_domestic_month,
        coalesce(sum(returned_month) filter (where flow = 'X'), 0) as export_returned_month,
        coalesce(sum(to_date - returned_to_date) filter (where flow = 'X'), 0) as export_domestic_to_date,
        coalesce(sum(returned_to_date) filter (where flow = 'X'), 0) as export_returned_to_date,
        coalesce(sum(month - returned_month) filter (where flow = 'M'), 0) as import_foreign_month,
        coalesce(sum(returned_month) filter (where flow = 'M'), 0) as import_returned_month,
        coalesce(sum(to_date - returned_to_date) filter (where flow = 'M'), 0) as import_foreign_to_date,
        coalesce(sum(returned_to_date) filter (where flow = 'M'), 0) as import_returned_to_date,
        coalesce(sum(to_date), 0) as value_to_date,
        sum(estimated_month - returned_estimated_month) filter (where flow = 'X') as export_domestic_month_estimated,
        sum(returned_estimated_month) filter (where flow = 'X') as export_returned_month_estimated,
        sum(estimated_to_date - returned_estimated_to_date) filter (where flow = 'X') as export_domestic_to_date_estimated,
        sum(returned_estimated_to_date) filter (where flow = 'X') as export_returned_to_date_estimated,
        sum(estimated_month - returned_estimated_month) filter (where flow = 'M') as import_foreign_month_estimated,
        sum(returned_estimated_month) filter (where flow = 'M') as import_returned_month_estimated,
        sum(estimated_to_date - returned_estimated_to_date) filter (where flow = 'M') as import_foreign_to_date_estimated,
        sum(returned_estimated_to_date) filter (where flow = 'M') as import_returned_to_date_estimated
    from line
    group by chapter

),

setting as (

    select max(value) as share_max
    from parameter
    where name = 'estimated_share_max'
        and $period between valid_from and valid_to

)

select
    row_number() over (
        order by
            case summed.chapter when 'TOTAL' then 0 else 1 end,
            summed.chapter
    ) as row_order,
    case summed.chapter when 'TOTAL' then 'total' else 'row' end as row_kind,
    summed.chapter,
    coalesce(label.en, summed.chapter) as name,
    case when compared_flow.has_export_month then summed.export_domestic_month end as export_domestic_month,
    case when compared_flow.has_export_month then summed.export_returned_month end as export_returned_month,
    case when compared_flow.has_export_to_date then summed.export_domestic_to_date end as export_domestic_to_date,
    case when compared_flow.has_export_to_date then summed.export_returned_to_date end as export_returned_to_date,
    case when compared_flow.has_import_month then summed.import_foreign_month end as import_foreign_month,
    case when compared_flow.has_import_month then summed.import_returned_month end as import_returned_month,
    case when compared_flow.has_import_to_date then summed.import_foreign_to_date end as import_foreign_to_date,
    case when compared_flow.has_import_to_date then summed.import_returned_to_date end as import_returned_to_date,
    case when summed.export_domestic_month_estimated > setting.share_max * summed.export_domestic_month then 'e' else '' end
        as export_domestic_month_flag,
    case when summed.export_returned_month_estimated > setting.share_max * summed.export_returned_month then 'e' else '' end
        as export_returned_month_flag,
    case when summed.export_domestic_to_date_estimated > setting.share_max * summed.export_domestic_to_date then 'e' else '' end
        as export_domestic_to_date_flag,
    case when summed.export_returned_to_date_estimated > setting.share_max * summed.export_returned_to_date then 'e' else '' end
        as export_returned_to_date_flag,
    case when summed.import_foreign_month_estimated > setting.share_max * summed.import_foreign_month then 'e' else '' end
        as import_foreign_month_flag,
    case when summed.import_returned_month_estimated > setting.share_max * summed.import_returned_month then 'e' else '' end
        as import_returned_month_flag,
    case when summed.import_foreign_to_date_estimated > setting.share_max * summed.import_foreign_to_date then 'e' else '' end
        as import_foreign_to_date_flag,
    case when summed.import_returned_to_date_estimated > setting.share_max * summed.import_returned_to_date then 'e' else '' end
        as import_returned_to_date_flag,
    case
        when summed.export_domestic_to_date_estimated > setting.share_max * summed.export_domestic_to_date
            or summed.export_returned_to_date_estimated > setting.share_max * summed.export_returned_to_date
            or summed.import_foreign_to_date_estimated > setting.share_max * summed.import_foreign_to_date
            or summed.import_returned_to_date_estimated > setting.share_max * summed.import_returned_to_date
            then 'e'
        else ''
    end as flag
from setting
cross join compared_flow
cross join summed
left join label
    on label.list = case summed.chapter when 'TOTAL' then 'word' else 'hs2' end
    and label.code = case summed.chapter when 'TOTAL' then 'total' else summed.chapter end
where summed.value_to_date <> 0
    or summed.chapter = 'TOTAL'
order by row_order
