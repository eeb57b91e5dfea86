-- Months that the tables compare, by flow, and what each of them belongs to
--
-- The published period and the year up to its end, and the same months a year before.
-- `month` is the period whatever its length: a month, or the months of a quarter or a
-- year that have data; it lasts from `$first_day` to the month of `$period`. The
-- year to date adds the months in which the flow has data; the year before is then asked
-- for the same months, so that like is compared with like. Goods without a flow, as in
-- transit, have the months of the others.
--
-- method: R-1.28
-- grain:  period, flow
-- view:   yes

with flow_month as (

    select
        period,
        flow
    from declared_month
    where has_data
        and flow <> '-'

    union all

    select distinct
        period,
        '-' as flow
    from declared_month
    where has_data

),

this_year as (

    select
        period,
        flow,
        period >= $first_day as is_month
    from flow_month
    where period >= date_trunc('year', cast($period as date))
        and period <= $period

),

edition_in_force as (

    select distinct
        edition,
        valid_from,
        valid_to
    from commodity
    where level = 2

),

compared as (

    select
        period,
        flow,
        is_month,
        false as is_month_year_before,
        true as is_to_date,
        false as is_to_date_year_before
    from this_year

    union all

    select
        flow_month.period,
        flow_month.flow,
        false as is_month,
        this_year.is_month as is_month_year_before,
        false as is_to_date,
        true as is_to_date_year_before
    from flow_month
    join this_year
        on flow_month.flow = this_year.flow
        and flow_month.period = cast(this_year.period - interval '1 year' as date)

)

select
    compared.period,
    compared.flow,
    compared.is_month,
    compared.is_month_year_before,
    compared.is_to_date,
    compared.is_to_date_year_before,
    max(edition_in_force.edition) as commodity_edition
from compared
left join edition_in_force
    on compared.period between edition_in_force.valid_from and edition_in_force.valid_to
group by
    compared.period,
    compared.flow,
    compared.is_month,
    compared.is_month_year_before,
    compared.is_to_date,
    compared.is_to_date_year_before
