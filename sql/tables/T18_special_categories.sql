-- Goods by the categories that are included, excluded or recorded separately
--
-- Every category of the list has a row: with what the declarations show of it, or empty
-- where no declared field shows it. Of goods that fit several categories the one with
-- the highest priority counts. `undecided` goods are counted, and their category is
-- open. Movements without a direction, as transit, stand in columns of their own.
-- A figure is flagged `e` where more than `estimated_share_max` of it is estimated.
--
-- imts:     1.9, 1.57
-- method:   R-1.01, R-1.80
-- grain:    special_category, record_class
-- unit:     thousand_usd
-- decimals: 1

with listed as (

    select
        special_category,
        case when is_observable then record_class else 'not_observable' end as record_class,
        priority,
        row_number() over (partition by special_category order by valid_from desc) as newest_first
    from special_category
    where valid_from <= $last_day
        and valid_to >= $first_day

),

cell as (

    select
        publishable_category.special_category,
        publishable_category.record_class,
        publishable_category.flow,
        publishable_category.statistical_value,
        publishable_category.estimated_value,
        compared_month.is_month
    from compared_month
    join publishable_category
        on publishable_category.period = compared_month.period
        and publishable_category.flow = compared_month.flow
    where compared_month.is_to_date

),

summed as (

    select
        special_category,
        record_class,
        sum(statistical_value) filter (where flow = 'X' and is_month) as export_month,
        sum(statistical_value) filter (where flow = 'X') as export_to_date,
        sum(statistical_value) filter (where flow = 'M' and is_month) as import_month,
        sum(statistical_value) filter (where flow = 'M') as import_to_date,
        sum(statistical_value) filter (where flow = '-' and is_month) as without_flow_month,
        sum(statistical_value) filter (where flow = '-') as without_flow_to_date,
        sum(estimated_value) filter (where flow = 'X' and is_month) as export_month_estimated,
        sum(estimated_value) filter (where flow = 'X') as export_to_date_estimated,
        sum(estimated_value) filter (where flow = 'M' and is_month) as import_month_estimated,
        sum(estimated_value) filter (where flow = 'M') as import_to_date_estimated,
        sum(estimated_value) filter (where flow = '-' and is_month) as without_flow_month_estimated,
        sum(estimated_value) filter (where flow = '-') as without_flow_to_date_estimated
    from cell
    group by
        special_category,
        record_class

),

described as (

    select
        coalesce(listed.special_category, summed.special_category) as special_category,
        coalesce(summed.record_class, listed.record_class) as record_class,
        listed.priority,
        case when listed.record_class = 'not_observable' then null else 0 end as nothing,
        summed.export_month,
        summed.export_to_date,
        summed.import_month,
        summed.import_to_date,
        summed.without_flow_month,
        summed.without_flow_to_date,
        summed.export_month_estimated,
        summed.export_to_date_estimated,
        summed.import_month_estimated,
        summed.import_to_date_estimated,
        summed.without_flow_month_estimated,
        summed.without_flow_to_date_estimated
    from listed
    full join summed
        on summed.special_category = listed.special_category
    where listed.newest_first = 1
        or listed.special_category is null

),

without_flow as (

    select
        coalesce(bool_or(has_month), false) as has_month,
        coalesce(bool_or(has_to_date), false) as has_to_date
    from comparison
    where flow = '-'

),

estimated_bound as (

    select max(value) as share_max
    from parameter
    where name = 'estimated_share_max'
        and $period between valid_from and valid_to

)

select
    row_number() over (
        order by
            described.priority,
            described.special_category,
            described.record_class
    ) as row_order,
    'row' as row_kind,
    described.special_category,
    described.record_class,
    coalesce(label.en, described.special_category) as name,
    case when compared_flow.has_export_month then coalesce(described.export_month, described.nothing) end as export_month,
    case when compared_flow.has_export_to_date then coalesce(described.export_to_date, described.nothing) end as export_to_date,
    case when compared_flow.has_import_month then coalesce(described.import_month, described.nothing) end as import_month,
    case when compared_flow.has_import_to_date then coalesce(described.import_to_date, described.nothing) end as import_to_date,
    case when without_flow.has_month then coalesce(described.without_flow_month, described.nothing) end as without_flow_month,
    case when without_flow.has_to_date then coalesce(described.without_flow_to_date, described.nothing) end as without_flow_to_date,
    case when described.export_month_estimated > estimated_bound.share_max * described.export_month then 'e' else '' end as export_month_flag,
    case when described.export_to_date_estimated > estimated_bound.share_max * described.export_to_date then 'e' else '' end as export_to_date_flag,
    case when described.import_month_estimated > estimated_bound.share_max * described.import_month then 'e' else '' end as import_month_flag,
    case when described.import_to_date_estimated > estimated_bound.share_max * described.import_to_date then 'e' else '' end as import_to_date_flag,
    case when described.without_flow_month_estimated > estimated_bound.share_max * described.without_flow_month then 'e' else '' end as without_flow_month_flag,
    case when described.without_flow_to_date_estimated > estimated_bound.share_max * described.without_flow_to_date then 'e' else '' end as without_flow_to_date_flag
from compared_flow
cross join without_flow
cross join estimated_bound
cross join (
    label
    right join described
        on label.list = 'special_category'
        and label.code = described.special_category
)
order by row_order
