-- What the choice of the recording date does to the period
--
-- `recorded` is the period as published, by the date of the profile. By each of the three
-- dates, part of it would belong to an earlier period, part to a later one, and part has
-- no such date; and goods of other periods would come in. The period under that date is
-- what stays and what comes in; where none of the goods has the date, nobody knows. Goods
-- of months after the published ones come in when those months are compiled. A figure is
-- flagged `e` where more than `estimated_share_max` of it is estimated.
--
-- imts:     1.4
-- method:   R-1.10, R-1.12
-- grain:    flow, recorded_by
-- unit:     thousand_usd
-- decimals: 1

with published as (

    select
        period,
        flow,
        is_month
    from compared_month
    where is_month
    group by
        period,
        flow,
        is_month

),

recording as (

    select
        publishable_recording.flow,
        publishable_recording.recorded_by,
        publishable_recording.other_period,
        publishable_recording.statistical_value,
        publishable_recording.estimated_value,
        coalesce(published.is_month, false) as is_here,
        coalesce(publishable_recording.other_period between $first_day and $period, false) as is_there
    from published
    right join publishable_recording
        on published.period = publishable_recording.period
        and published.flow = publishable_recording.flow

),

cell as (


    select
        flow,
        recorded_by,
        coalesce(sum(statistical_value) filter (where is_here), 0) as recorded,
        coalesce(sum(statistical_value) filter (where is_here and is_there), 0) as same_month,
        coalesce(sum(statistical_value) filter (where is_here and other_period < $first_day), 0) as to_earlier_month,
        coalesce(sum(statistical_value) filter (where is_here and other_period > $period), 0) as to_later_month,
        coalesce(sum(statistical_value) filter (where is_here and other_period is null), 0) as without_date,
        coalesce(sum(statistical_value) filter (where not is_here and is_there), 0) as from_other_month,
        count(*) filter (where is_here and other_period is null) = 0
            or count(*) filter (where is_here and other_period is not null) > 0
            as has_date,
        count(*) filter (where other_period is null) = 0 or count(*) filter (where other_period is not null) > 0 as has_any_date,
        coalesce(sum(estimated_value) filter (where is_here), 0) as recorded_estimated,
        coalesce(sum(estimated_value) filter (where is_here and is_there), 0) as same_month_estimated,
        coalesce(sum(estimated_value) filter (where is_here and other_period < $first_day), 0) as to_earlier_month_estimated,
        coalesce(sum(estimated_value) filter (where is_here and other_period > $period), 0) as to_later_month_estimated,
        coalesce(sum(estimated_value) filter (where is_here and other_period is null), 0) as without_date_estimated,
        coalesce(sum(estimated_value) filter (where not is_here and is_there), 0) as from_other_month_estimated
    from recording
    where is_here
        or is_there
    group by
        flow,
        recorded_by

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
            case cell.flow when 'X' then 0 else 1 end,
            cell.recorded_by
    ) as row_order,
    'row' as row_kind,
    cell.flow,
    cell.recorded_by,
    coalesce(label.en, cell.recorded_by) as name,
    cell.recorded,
    case when cell.has_date then cell.same_month end as same_month,
    case when cell.has_date then cell.to_earlier_month end as to_earlier_month,
    case when cell.has_date then cell.to_later_month end as to_later_month,
    cell.without_date,
    case when cell.has_any_date then cell.from_other_month end as from_other_month,
    case when cell.has_date then cell.same_month + cell.from_other_month end as under_this_date,
    case when cell.recorded_estimated > estimated_bound.share_max * cell.recorded then 'e' else '' end as recorded_flag,
    case when cell.same_month_estimated > estimated_bound.share_max * cell.same_month then 'e' else '' end as same_month_flag,
    case when cell.to_earlier_month_estimated > estimated_bound.share_max * cell.to_earlier_month then 'e' else '' end as to_earlier_month_flag,
    case when cell.to_later_month_estimated > estimated_bound.share_max * cell.to_later_month then 'e' else '' end as to_later_month_flag,
    case when cell.without_date_estimated > estimated_bound.share_max * cell.without_date then 'e' else '' end as without_date_flag,
    case when cell.from_other_month_estimated > estimated_bound.share_max * cell.from_other_month then 'e' else '' end as from_other_month_flag,
    case
        when cell.same_month_estimated + cell.from_other_month_estimated
            > estimated_bound.share_max * (cell.same_month + cell.from_other_month)
            then 'e'
        else ''
    end as under_this_date_flag
from estimated_bound
cross join (
    label
    right join cell
        on label.list = 'recorded_by'
        and label.code = cell.recorded_by
)
order by row_order
