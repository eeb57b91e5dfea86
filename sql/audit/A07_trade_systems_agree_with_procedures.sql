-- General less special trade is what the procedure pairs say that only one of them counts
--
-- Imports or exports of the general system less those of a special one = the pairs that
-- the list puts in the general system only, less those it puts in the special one only.
-- The totals are those of the border, the pairs those of the items, and the systems of
-- each pair come from the list and not from what compile made of it. No pair can be
-- forgotten, because the list is read whole; a pair without a row is named, and so is
-- one that was counted in other systems than its row says.
--
-- method: R-1.20, R-1.60, R-1.61

with month as (

    select distinct
        period,
        cast(period + interval '1 month' - interval '1 day' as date) as last_day
    from movement_by_procedure

),

listed as (

    select
        month.period,
        procedure.procedure_code,
        procedure.in_general,
        procedure.in_special_relaxed,
        procedure.in_special_strict,
        row_number() over (partition by month.period, procedure.procedure_code order by procedure.valid_from desc) as newest_first
    from month
    join procedure
        on procedure.valid_from <= month.last_day
        and procedure.valid_to >= month.period

),

pair as (

    select
        movement_by_procedure.period,
        movement_by_procedure.flow,
        movement_by_procedure.procedure_code,
        movement_by_procedure.statistical_value,
        movement_by_procedure.in_general as counted_in_general,
        movement_by_procedure.in_special_relaxed as counted_in_special_relaxed,
        movement_by_procedure.in_special_strict as counted_in_special_strict,
        listed.procedure_code is not null as is_listed,
        listed.in_general,
        listed.in_special_relaxed,
        listed.in_special_strict
    from movement_by_procedure
    left join listed
        on listed.period = movement_by_procedure.period
        and listed.procedure_code = movement_by_procedure.procedure_code
        and listed.newest_first = 1
    where movement_by_procedure.record_class = 'include'

),

pair_side as (

    select
        period,
        flow,
        coalesce(sum(statistical_value) filter (where in_general and not in_special_strict), 0)
            - coalesce(sum(statistical_value) filter (where in_special_strict and not in_general), 0) as less_strict,
        coalesce(sum(statistical_value) filter (where in_general and not in_special_relaxed), 0)
            - coalesce(sum(statistical_value) filter (where in_special_relaxed and not in_general), 0) as less_relaxed
    from pair
    group by
        period,
        flow

),

total_side as (

    select
        period,
        flow,
        coalesce(sum(statistical_value) filter (where in_general), 0)
            - coalesce(sum(statistical_value) filter (where in_special_strict), 0) as less_strict,
        coalesce(sum(statistical_value) filter (where in_general), 0)
            - coalesce(sum(statistical_value) filter (where in_special_relaxed), 0) as less_relaxed
    from movement_at_border
    where record_class = 'include'
    group by
        period,
        flow

)

select
    coalesce(total_side.period, pair_side.period) as period,
    coalesce(total_side.flow, pair_side.flow) as flow,
    'general less special strict' as problem,
    null as procedure_code,
    total_side.less_strict as difference,
    pair_side.less_strict as difference_of_pairs
from total_side
full join pair_side
    on pair_side.period = total_side.period
    and pair_side.flow = total_side.flow
where total_side.less_strict is distinct from pair_side.less_strict

union all

select
    coalesce(total_side.period, pair_side.period) as period,
    coalesce(total_side.flow, pair_side.flow) as flow,
    'general less special relaxed' as problem,
    null as procedure_code,
    total_side.less_relaxed as difference,
    pair_side.less_relaxed as difference_of_pairs
from total_side
full join pair_side
    on pair_side.period = total_side.period
    and pair_side.flow = total_side.flow
where total_side.less_relaxed is distinct from pair_side.less_relaxed

union all

select
    period,
    flow,
    case when is_listed then 'pair counted otherwise than listed' else 'pair that no list has' end as problem,
    procedure_code,
    sum(statistical_value) as difference,
    null as difference_of_pairs
from pair
where not is_listed
    or counted_in_general <> in_general
    or counted_in_special_relaxed <> in_special_relaxed
    or counted_in_special_strict <> in_special_strict
group by
    period,
    flow,
    is_listed,
    procedure_code
