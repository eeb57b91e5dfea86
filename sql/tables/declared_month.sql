-- Months in which a flow was declared, and whether these are its data
--
-- A flow has data of a month where its goods were declared in it, whether counted,
-- excluded or recorded apart. Where the files of a month are missing, a few of its goods
-- still come with those of the months beside it. So a month with fewer items than the
-- share `month_items_share_min` of the usual month counts as one without data, and the
-- release names it. The usual month is the one of the middle item: a few goods here and
-- there do not make it smaller, in however many months. A month that is published alone
-- is shown as it is. A flow that no month has may not be handed in at all: it has no row.
--
-- method: R-1.28
-- grain:  period, flow

with item as (

    select
        publishable_category.period,
        publishable_category.flow,
        sum(publishable_category.item_count) as item_count
    from published_month
    join publishable_category
        on publishable_category.period = published_month.period
    where publishable_category.period <= $period
    group by
        publishable_category.period,
        publishable_category.flow

),

ordered as (

    select
        flow,
        item_count,
        sum(item_count) over (partition by flow order by item_count, period) as items_up_to_it,
        sum(item_count) over (partition by flow) as items
    from item

),

usual as (

    select
        flow,
        min(case when items_up_to_it >= items - items_up_to_it then item_count end) as item_count
    from ordered
    group by flow

),

setting as (

    select max(value) as share_min
    from parameter
    where name = 'month_items_share_min'
        and $period between valid_from and valid_to

),

expected as (

    select
        published_month.period,
        usual.flow,
        usual.item_count as usual_item_count,
        usual.item_count * setting.share_min as item_count_min
    from setting
    cross join published_month
    cross join usual
    where published_month.period <= $period

)

select
    expected.period,
    expected.flow,
    case when item.period is null then 0 else item.item_count end as item_count,
    expected.usual_item_count,
    item.period is not null
        and (
            (expected.period = $period and expected.period = $first_day)
            or coalesce(item.item_count >= expected.item_count_min, true)
        ) as has_data
from expected
left join item
    on item.period = expected.period
    and item.flow = expected.flow
