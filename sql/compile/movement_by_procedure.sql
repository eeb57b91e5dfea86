-- Every accepted item by month, procedure, scope, chapter, and the months of its three dates
--
-- What the trade systems differ by, and what the choice of the recording date does, are
-- both read from here: `system_difference`, `recording_effect`, and the audit of the
-- identities between the systems. A pair that no list has is of class `unknown`. The
-- months are those of acceptance (lodgement), release and arrival; an empty one is a
-- date that was not declared, or lies more than a year away.
--
-- imts:   1.4, 2.17
-- method: R-1.10, R-1.20, R-1.60
-- grain:  period, flow, procedure_code, category, special_category, record_class, reason, in_general, in_special_relaxed,
--         in_special_strict, is_reexport, is_reimport, hs2, acceptance_period, release_period, arrival_period

with movement as (

    select
        period,
        scope_no,
        arrow_cast(procedure_code, 'Utf8View') as procedure_code,
        hs2,
        acceptance_period,
        release_period,
        arrival_period,
        sum(declared_value) as declared_value,
        sum(statistical_value) as statistical_value,
        sum(statistical_value) filter (where value_is_estimated) as estimated_value,
        count(*) as item_count
    from measured_item
    group by
        period,
        scope_no,
        arrow_cast(procedure_code, 'Utf8View'),
        hs2,
        acceptance_period,
        release_period,
        arrival_period

)

select
    movement.period,
    coalesce(scope.flow, '-') as flow,
    movement.procedure_code,
    coalesce(scope.category, '-') as category,
    coalesce(scope.special_category, '-') as special_category,
    coalesce(scope.record_class, 'unknown') as record_class,
    coalesce(scope.reason, '-') as reason,
    coalesce(scope.in_general, false) as in_general,
    coalesce(scope.in_special_relaxed, false) as in_special_relaxed,
    coalesce(scope.in_special_strict, false) as in_special_strict,
    coalesce(scope.is_reexport, false) as is_reexport,
    coalesce(scope.is_reimport, false) as is_reimport,
    movement.hs2,
    movement.acceptance_period,
    movement.release_period,
    movement.arrival_period,
    movement.declared_value,
    movement.statistical_value,
    coalesce(movement.estimated_value, 0) as estimated_value,
    movement.item_count
from scope
right join movement
    on scope.scope_no = movement.scope_no
