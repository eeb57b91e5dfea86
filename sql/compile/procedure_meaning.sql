-- What a customs procedure means for the statistics, by where the goods are from
--
-- The pair of requested and previous procedure decides the flow, the class (include,
-- exclude, separate) and which of the three trade systems records the movement; it
-- is counted once a system. Where the list changes within the compiled days, the
-- newest meaning holds. `-` is a movement without a flow (transit, temporary).
-- Goods that were put in free circulation and leave again are a re-export if their
-- origin is foreign, and domestic goods if it is not; without an origin, or with one that
-- no list has, the pair alone counts, and the item is listed as undecided.
-- Procedures that mean the same share a `meaning_no`; `first_key` leaves room behind
-- it for every special category, see `item_scope`.
-- Older declarations have a regime of two digits: it is the requested procedure with
-- nothing before it, so what came out of a warehouse cannot be told from what came
-- straight in.
--
-- imts:   2.17, 2.19, 2.20
-- method: R-1.20, R-1.22, R-1.60, R-1.62
-- grain:  procedure_code, goods_origin
-- view:   yes

with in_force as (

    select
        procedure_code,
        coalesce(flow, '-') as flow,
        coalesce(category, '-') as category,
        record_class,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        coalesce(origin_decides, false) and flow = 'X' and record_class = 'include' as origin_decides,
        row_number() over (partition by procedure_code order by valid_from desc) as newest_first
    from procedure
    where valid_from <= $last_day
        and valid_to >= $first_day

),

origin as (

    select 'own' as goods_origin

    union all

    select 'foreign' as goods_origin

    union all

    select 'unstated' as goods_origin

),

meaning as (

    select
        in_force.procedure_code,
        origin.goods_origin,
        in_force.flow,
        case
            when in_force.origin_decides and origin.goods_origin = 'foreign' then 'RX'
            else in_force.category
        end as category,
        in_force.record_class,
        case
            when in_force.record_class <> 'include' then in_force.procedure_code
            when in_force.origin_decides and origin.goods_origin = 'unstated' then 'undecided'
            else '-'
        end as reason,
        in_force.in_general,
        in_force.in_special_relaxed,
        in_force.in_special_strict,
        in_force.is_reexport or coalesce(in_force.origin_decides and origin.goods_origin = 'foreign', false) as is_reexport,
        in_force.is_reimport
    from in_force
    cross join origin
    where in_force.newest_first = 1

),

width as (

    select count(*) + 1 as keys
    from category_in_force

),

numbered as (

    select
        procedure_code,
        goods_origin,
        flow,
        category,
        record_class,
        reason,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        cast(
            dense_rank() over (
                order by
                    flow,
                    category,
                    record_class,
                    reason,
                    in_general,
                    in_special_relaxed,
                    in_special_strict,
                    is_reexport,
                    is_reimport
            ) as int
        ) as meaning_no
    from meaning

)

select
    numbered.procedure_code,
    numbered.goods_origin,
    numbered.meaning_no,
    cast(numbered.meaning_no * width.keys as int) as first_key,
    numbered.flow,
    numbered.category,
    numbered.record_class,
    numbered.reason,
    numbered.in_general,
    numbered.in_special_relaxed,
    numbered.in_special_strict,
    numbered.is_reexport,
    numbered.is_reimport
from numbered
cross join width
