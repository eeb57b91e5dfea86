-- Release calendar: when each month is published, revised and final
--
-- The policy of revisions is the list `release_rule`: provisional figures come first,
-- every routine revision and the annual one have a fixed day, and a change of method is
-- announced before it is made, so it has none. The calendar begins with the published
-- month and goes as far ahead as the parameter `calendar_months` says. A country
-- without rules has no calendar. Which state a month has reached is in the manifest of
-- its release.
--
-- imts:     10.7
-- method:   R-1.72, R-1.78
-- grain:    period, release_state
-- unit:     none
-- decimals: 0

with span as (

    select
        cast(
            cast($period as date)
                + cast(cast(cast(max(value) - 1 as bigint) as text) || ' months' as interval)
            as date
        ) as last_period
    from parameter
    where name = 'calendar_months'
        and $period between valid_from and valid_to

),

planned_month as (

    select cast(day as date) as period
    from (
        select unnest(
            generate_series(
                cast($period as date),
                cast($period as date) + interval '10 years',
                interval '1 month'
            )
        ) as day
    )

),

planned as (

    select
        planned_month.period,
        release_rule.release_state,
        release_rule.position,
        cast(
            case release_rule.counted_from
                when 'year' then cast(date_trunc('year', planned_month.period) + interval '1 year' as date)
                else planned_month.period
            end
                + cast(cast(release_rule.months_after as text) || ' months' as interval)
                + cast(cast(release_rule.day_of_month - 1 as text) || ' days' as interval)
            as date
        ) as planned_on
    from span
    cross join planned_month
    join release_rule
        on planned_month.period between release_rule.valid_from and release_rule.valid_to
    where release_rule.country = $reporter
        and planned_month.period <= span.last_period

)

select
    row_number() over (
        order by
            planned.period,
            planned.position
    ) as row_order,
    'row' as row_kind,
    planned.period,
    planned.release_state,
    coalesce(label.en, planned.release_state) as name,
    planned.planned_on
from label
right join planned
    on label.list = 'release_state'
    and label.code = planned.release_state
-- what has no day stands once
where planned.planned_on is not null
    or planned.period = $period
order by row_order
