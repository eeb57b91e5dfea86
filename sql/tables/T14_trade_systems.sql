-- Trade in the general system and in the two special ones
--
-- All three are compiled at once from the customs procedures; the profile says which is
-- published. What all three count is one row; the others are goods of warehouses, free
-- zones and processing, by the customs procedure of UN Comtrade that sets the systems
-- apart. Each column adds up to the total of its system, and has a flag of its own: `e`
-- where more than `estimated_share_max` of a figure is estimated.
--
-- imts:     2.17
-- method:   R-1.20, R-1.59, R-1.80
-- grain:    movement
-- unit:     thousand_usd
-- decimals: 1

with cell as (

    select
        publishable_system.movement,
        publishable_system.flow,
        publishable_system.general_value,
        publishable_system.special_relaxed_value,
        publishable_system.special_strict_value,
        publishable_system.general_estimated_value,
        publishable_system.special_relaxed_estimated_value,
        publishable_system.special_strict_estimated_value,
        compared_month.is_month
    from compared_month
    join publishable_system
        on publishable_system.period = compared_month.period
        and publishable_system.flow = compared_month.flow
    where compared_month.is_to_date

),

line as (

    select
        'total' as movement,
        flow,
        general_value,
        special_relaxed_value,
        special_strict_value,
        general_estimated_value,
        special_relaxed_estimated_value,
        special_strict_estimated_value,
        is_month
    from cell

    union all

    select
        movement,
        flow,
        general_value,
        special_relaxed_value,
        special_strict_value,
        general_estimated_value,
        special_relaxed_estimated_value,
        special_strict_estimated_value,
        is_month
    from cell

),

summed as (

    select
        movement,
        coalesce(sum(general_value) filter (where flow = 'X' and is_month), 0) as export_general,
        coalesce(sum(special_relaxed_value) filter (where flow = 'X' and is_month), 0) as export_special_relaxed,
        coalesce(sum(special_strict_value) filter (where flow = 'X' and is_month), 0) as export_special_strict,
        coalesce(sum(general_value) filter (where flow = 'X'), 0) as export_general_to_date,
        coalesce(sum(special_relaxed_value) filter (where flow = 'X'), 0) as export_special_relaxed_to_date,
        coalesce(sum(special_strict_value) filter (where flow = 'X'), 0) as export_special_strict_to_date,
        coalesce(sum(general_value) filter (where flow = 'M' and is_month), 0) as import_general,
        coalesce(sum(special_relaxed_value) filter (where flow = 'M' and is_month), 0) as import_special_relaxed,
        coalesce(sum(special_strict_value) filter (where flow = 'M' and is_month), 0) as import_special_strict,
        coalesce(sum(general_value) filter (where flow = 'M'), 0) as import_general_to_date,
        coalesce(sum(special_relaxed_value) filter (where flow = 'M'), 0) as import_special_relaxed_to_date,
        coalesce(sum(special_strict_value) filter (where flow = 'M'), 0) as import_special_strict_to_date,
        sum(general_estimated_value) filter (where flow = 'X' and is_month) as export_general_estimated,
        sum(special_relaxed_estimated_value) filter (where flow = 'X' and is_month) as export_special_relaxed_estimated,
        sum(special_strict_estimated_value) filter (where flow = 'X' and is_month) as export_special_strict_estimated,
        sum(general_estimated_value) filter (where flow = 'X') as export_general_to_date_estimated,
        sum(special_relaxed_estimated_value) filter (where flow = 'X') as export_special_relaxed_to_date_estimated,
        sum(special_strict_estimated_value) filter (where flow = 'X') as export_special_strict_to_date_estimated,
        sum(general_estimated_value) filter (where flow = 'M' and is_month) as import_general_estimated,
        sum(special_relaxed_estimated_value) filter (where flow = 'M' and is_month) as import_special_relaxed_estimated,
        sum(special_strict_estimated_value) filter (where flow = 'M' and is_month) as import_special_strict_estimated,
        sum(general_estimated_value) filter (where flow = 'M') as import_general_to_date_estimated,
        sum(special_relaxed_estimated_value) filter (where flow = 'M') as import_special_relaxed_to_date_estimated,
        sum(special_strict_estimated_value) filter (where flow = 'M') as import_special_strict_to_date_estimated
    from line
    group by movement

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
            case summed.movement when 'total' then 0 when 'same' then 1 else 2 end,
            summed.movement
    ) as row_order,
    case summed.movement when 'total' then 'total' else 'row' end as row_kind,
    summed.movement,
    coalesce(label.en, summed.movement) as name,
    case when compared_flow.has_export_month then summed.export_general end as export_general,
    case when compared_flow.has_export_month then summed.export_special_relaxed end as export_special_relaxed,
    case when compared_flow.has_export_month then summed.export_special_strict end as export_special_strict,
    case when compared_flow.has_export_to_date then summed.export_general_to_date end as export_general_to_date,
    case when compared_flow.has_export_to_date then summed.export_special_relaxed_to_date end as export_special_relaxed_to_date,
    case when compared_flow.has_export_to_date then summed.export_special_strict_to_date end as export_special_strict_to_date,
    case when compared_flow.has_import_month then summed.import_general end as import_general,
    case when compared_flow.has_import_month then summed.import_special_relaxed end as import_special_relaxed,
    case when compared_flow.has_import_month then summed.import_special_strict end as import_special_strict,
    case when compared_flow.has_import_to_date then summed.import_general_to_date end as import_general_to_date,
    case when compared_flow.has_import_to_date then summed.import_special_relaxed_to_date end as import_special_relaxed_to_date,
    case when compared_flow.has_import_to_date then summed.import_special_strict_to_date end as import_special_strict_to_date,
    case when summed.export_general_estimated > estimated_bound.share_max * summed.export_general then 'e' else '' end as export_general_flag,
    case when summed.export_special_relaxed_estimated > estimated_bound.share_max * summed.export_special_relaxed then 'e' else '' end as export_special_relaxed_flag,
    case when summed.export_special_strict_estimated > estimated_bound.share_max * summed.export_special_strict then 'e' else '' end as export_special_strict_flag,
    case when summed.export_general_to_date_estimated > estimated_bound.share_max * summed.export_general_to_date then 'e' else '' end as export_general_to_date_flag,
    case when summed.export_special_relaxed_to_date_estimated > estimated_bound.share_max * summed.export_special_relaxed_to_date then 'e' else '' end as export_special_relaxed_to_date_flag,
    case when summed.export_special_strict_to_date_estimated > estimated_bound.share_max * summed.export_special_strict_to_date then 'e' else '' end as export_special_strict_to_date_flag,
    case when summed.import_general_estimated > estimated_bound.share_max * summed.import_general then 'e' else '' end as import_general_flag,
    case when summed.import_special_relaxed_estimated > estimated_bound.share_max * summed.import_special_relaxed then 'e' else '' end as import_special_relaxed_flag,
    case when summed.import_special_strict_estimated > estimated_bound.share_max * summed.import_special_strict then 'e' else '' end as import_special_strict_flag,
    case when summed.import_general_to_date_estimated > estimated_bound.share_max * summed.import_general_to_date then 'e' else '' end as import_general_to_date_flag,
    case when summed.import_special_relaxed_to_date_estimated > estimated_bound.share_max * summed.import_special_relaxed_to_date then 'e' else '' end as import_special_relaxed_to_date_flag,
    case when summed.import_special_strict_to_date_estimated > estimated_bound.share_max * summed.import_special_strict_to_date then 'e' else '' end as import_special_strict_to_date_flag
from compared_flow
cross join estimated_bound
cross join (
    label
    right join summed
        on label.list = 'movement'
        and label.code = summed.movement
)
order by row_order
