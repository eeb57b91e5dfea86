-- Trade by the systems that count it and the customs procedure that makes the difference
--
-- What entered or left warehouses, free zones and premises for processing is in one
-- trade system and not in another. The procedure is that of UN Comtrade (C04 customs
-- warehouses, C05 free zones, C06 inward processing). The sum over the rows of a system
-- is its total.
--
-- imts:   2.17
-- method: R-1.20, R-1.59
-- grain:  period, flow, customs_procedure, in_general, in_special_relaxed, in_special_strict, hs2

with in_force as (

    select
        procedure_code,
        customs_procedure,
        row_number() over (partition by procedure_code order by valid_from desc) as newest_first
    from procedure
    where valid_from <= $last_day
        and valid_to >= $first_day

)

select
    movement_by_procedure.period,
    movement_by_procedure.flow,
    coalesce(in_force.customs_procedure, '-') as customs_procedure,
    movement_by_procedure.in_general,
    movement_by_procedure.in_special_relaxed,
    movement_by_procedure.in_special_strict,
    movement_by_procedure.hs2,
    sum(movement_by_procedure.statistical_value) as statistical_value,
    sum(movement_by_procedure.estimated_value) as estimated_value,
    sum(movement_by_procedure.item_count) as item_count
from movement_by_procedure
left join in_force
    on in_force.procedure_code = movement_by_procedure.procedure_code
    and in_force.newest_first = 1
where movement_by_procedure.record_class = 'include'
group by
    movement_by_procedure.period,
    movement_by_procedure.flow,
    in_force.customs_procedure,
    movement_by_procedure.in_general,
    movement_by_procedure.in_special_relaxed,
    movement_by_procedure.in_special_strict,
    movement_by_procedure.hs2
