-- What a customs procedure means for the statistics
--
-- The pair of requested and previous procedure decides the flow, the class (include,
-- exclude, separate) and which of the three trade systems records the movement; it
-- is counted once a system. Where the list changes within the compiled days, the
-- newest meaning holds.
-- Pairs that mean the same share a `scope_no`: items are grouped by that one
-- number and get its meaning back afterwards, which costs a tenth of grouping by
-- nine columns. `-` is a movement without a flow (transit, temporary).
--
-- imts:   2.17
-- method: R-1.20, R-1.60
-- grain:  procedure_code
-- view:   yes

with in_force as (

    select
        procedure_code,
        coalesce(flow, '-') as flow,
        coalesce(category, '-') as category,
        record_class,
        case
            when record_class = 'include' then '-'
            else procedure_code
        end as reason,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        row_number() over (partition by procedure_code order by valid_from desc) as newest_first
    from procedure
    where valid_from <= $last_day
        and valid_to >= $first_day

)

select
    procedure_code,
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
    ) as scope_no,
    flow,
    category,
    record_class,
    reason,
    in_general,
    in_special_relaxed,
    in_special_strict,
    is_reexport,
    is_reimport
from in_force
where newest_first = 1
