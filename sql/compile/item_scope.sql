-- What a procedure and a special category mean together: flow, class, systems, reason
--
-- The procedure decides whether a movement is trade; a category can only take goods out
-- that the procedure counts (monetary gold, repairs), or name what stays in. A category
-- that the fields leave open changes nothing, and `undecided` is its reason. Returned
-- goods are re-imports when they come back and re-exports when they are sent back.
-- Keys that mean the same share a `scope_no`: items are grouped by that one number and
-- get its meaning back afterwards, which costs a tenth of grouping by ten columns.
--
-- imts:   1.23, 1.57, 2.17
-- method: R-1.01, R-1.20, R-1.21, R-1.22, R-1.60, R-1.2.11, R-1.3.01, R-1.3.02, R-1.3.03, R-1.3.04,
--         R-1.3.06, R-1.3.09, R-1.3.11, R-1.3.12, R-1.4.04, R-1.4.05, R-1.4.09, R-1.4.11
-- grain:  scope_key
-- view:   yes

with meaning as (

    select distinct
        first_key,
        flow,
        category,
        record_class,
        reason,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport
    from procedure_meaning

),

shown_category as (

    select
        category_no,
        special_category,
        record_class,
        is_return
    from category_in_force

    union all

    select
        0 as category_no,
        '-' as special_category,
        'include' as record_class,
        false as is_return

),

combined as (

    select
        cast(meaning.first_key + shown_category.category_no as int) as scope_key,
        meaning.flow,
        meaning.category,
        shown_category.special_category,
        meaning.record_class,
        meaning.reason,
        meaning.in_general,
        meaning.in_special_relaxed,
        meaning.in_special_strict,
        meaning.is_reexport,
        meaning.is_reimport,
        meaning.record_class = 'include' and shown_category.record_class in ('exclude', 'separate') as is_taken_out,
        meaning.record_class = 'include' and shown_category.record_class = 'undecided' as is_undecided,
        meaning.record_class = 'include' and shown_category.is_return and meaning.category in ('M', 'X') as is_returned,
        shown_category.record_class as record_class_of_category
    from meaning
    cross join shown_category

),

decided as (

    select
        scope_key,
        flow,
        case
            when is_taken_out then '-'
            when is_returned then concat('R', category)
            else category
        end as category,
        special_category,
        case when is_taken_out then record_class_of_category else record_class end as record_class,
        case
            when is_taken_out then special_category
            when is_undecided then 'undecided'
            else reason
        end as reason,
        in_general and not is_taken_out as in_general,
        in_special_relaxed and not is_taken_out as in_special_relaxed,
        in_special_strict and not is_taken_out as in_special_strict,
        (is_reexport or (is_returned and flow = 'X')) and not is_taken_out as is_reexport,
        (is_reimport or (is_returned and flow = 'M')) and not is_taken_out as is_reimport
    from combined

)

select
    scope_key,
    cast(
        dense_rank() over (
            order by
                flow,
                category,
                special_category,
                record_class,
                reason,
                in_general,
                in_special_relaxed,
                in_special_strict,
                is_reexport,
                is_reimport
        ) as int
    ) as scope_no,
    flow,
    category,
    special_category,
    record_class,
    reason,
    in_general,
    in_special_relaxed,
    in_special_strict,
    is_reexport,
    is_reimport
from decided
