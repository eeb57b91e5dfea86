-- The month that each of the three dates would put trade in
--
-- Trade is recorded by one date, the profile's, and stays in the month that date gives.
-- Here is the month that acceptance (lodgement), release and arrival would each give, so
-- that the size of the choice is seen. An empty month is a date that was not declared.
--
-- imts:   1.4
-- method: R-1.10, R-1.12
-- grain:  period, flow, recorded_by, other_period, in_general, in_special_relaxed, in_special_strict, hs2

with dated as (

    select
        period,
        flow,
        'acceptance' as recorded_by,
        acceptance_period as other_period,
        in_general,
        in_special_relaxed,
        in_special_strict,
        hs2,
        statistical_value,
        estimated_value,
        item_count
    from movement_by_procedure
    where record_class = 'include'

    union all

    select
        period,
        flow,
        'release' as recorded_by,
        release_period as other_period,
        in_general,
        in_special_relaxed,
        in_special_strict,
        hs2,
        statistical_value,
        estimated_value,
        item_count
    from movement_by_procedure
    where record_class = 'include'

    union all

    select
        period,
        flow,
        'arrival' as recorded_by,
        arrival_period as other_period,
        in_general,
        in_special_relaxed,
        in_special_strict,
        hs2,
        statistical_value,
        estimated_value,
        item_count
    from movement_by_procedure
    where record_class = 'include'

)

select
    period,
    flow,
    recorded_by,
    other_period,
    in_general,
    in_special_relaxed,
    in_special_strict,
    hs2,
    sum(statistical_value) as statistical_value,
    sum(estimated_value) as estimated_value,
    sum(item_count) as item_count
from dated
group by
    period,
    flow,
    recorded_by,
    other_period,
    in_general,
    in_special_relaxed,
    in_special_strict,
    hs2
