-- Categories of goods with their rank: of several that an item has, the lowest counts
--
-- IMTS 2010 names categories to include, to exclude and to record separately, and one
-- item can have several: a leased aircraft is an aircraft and a lease. The priority of
-- the list decides, so that exactly one wins. `without_value_no` is the category that
-- such goods have when they have no value (waste).
--
-- imts:   1.9, 1.57
-- method: R-1.01
-- grain:  category_no
-- view:   yes

with in_force as (

    select
        special_category,
        record_class,
        priority,
        without_value,
        is_return,
        row_number() over (partition by special_category order by valid_from desc) as newest_first
    from special_category
    where valid_from <= $last_day
        and valid_to >= $first_day

),

ranked as (

    select
        cast(row_number() over (order by priority, special_category) as int) as category_no,
        special_category,
        record_class,
        without_value,
        is_return
    from in_force
    where newest_first = 1

)

select
    ranked.category_no,
    ranked.special_category,
    ranked.record_class,
    ranked.is_return,
    coalesce(without_value.category_no, ranked.category_no) as without_value_no
from ranked
left join ranked as without_value
    on without_value.special_category = ranked.without_value
