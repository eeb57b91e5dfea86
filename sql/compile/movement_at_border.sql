-- Every accepted item by month, scope, chapter, customs office and mode of transport
--
-- Counted, excluded and separately recorded movements together, so that nothing is
-- lost from here on: `account` and the tables by mode and office read it. A mode that
-- no list knows, or an empty office, is `unspecified`. Two-digit modes of box 25 are
-- put under the one-digit mode of the same Comtrade code.
--
-- method: R-1.20, R-1.55, R-1.56, R-1.60
-- grain:  period, flow, category, special_category, record_class, reason, in_general, in_special_relaxed, in_special_strict,
--         is_reexport, is_reimport, hs2, customs_office, border_transport_mode

with movement as (

    select
        period,
        scope_no,
        hs2,
        arrow_cast(customs_office, 'Utf8View') as customs_office,
        arrow_cast(border_transport_mode, 'Utf8View') as border_transport_mode,
        sum(declared_value) as declared_value,
        sum(statistical_value) as statistical_value,
        sum(statistical_value) filter (where value_is_estimated) as estimated_value,
        sum(net_mass_kg) as net_mass_kg,
        count(*) - count(statistical_value) as value_missing_count,
        count(*) filter (where recording_date_is_fallback) as fallback_date_count,
        count(*) as item_count
    from measured_item
    group by
        period,
        scope_no,
        hs2,
        arrow_cast(customs_office, 'Utf8View'),
        arrow_cast(border_transport_mode, 'Utf8View')

)

select
    movement.period,
    coalesce(scope.flow, '-') as flow,
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
    coalesce(movement.customs_office, 'unspecified') as customs_office,
    coalesce(known_mode.main_mode, 'unspecified') as border_transport_mode,
    sum(movement.declared_value) as declared_value,
    sum(movement.statistical_value) as statistical_value,
    coalesce(sum(movement.estimated_value), 0) as estimated_value,
    sum(movement.net_mass_kg) as net_mass_kg,
    sum(movement.value_missing_count) as value_missing_count,
    sum(movement.fallback_date_count) as fallback_date_count,
    sum(movement.item_count) as item_count
from known_mode
right join (
    scope
    right join movement
        on scope.scope_no = movement.scope_no
)
    on known_mode.mode = movement.border_transport_mode
group by
    movement.period,
    scope.flow,
    scope.category,
    scope.special_category,
    scope.record_class,
    scope.reason,
    scope.in_general,
    scope.in_special_relaxed,
    scope.in_special_strict,
    scope.is_reexport,
    scope.is_reimport,
    movement.hs2,
    movement.customs_office,
    known_mode.main_mode
