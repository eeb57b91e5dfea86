-- Mass or quantity is about a power of ten off what the subheading has
--
-- The value for one kilogram, and the kilograms for one unit, are compared with the
-- median of their subheading, in the window of months that ends with the item's own. An
-- item is pointed out where it lies at least about one power of ten away
-- (`power_of_ten_tolerance`) and beyond the far fences of the quartiles (`iqr_fence_far`)
-- on a scale of logarithms. A subheading needs `donor_min_items` items; an item of one
-- that has fewer, or without mass, cannot be judged. Usual causes: grams as kilograms,
-- thousands of pieces as pieces, quantity and mass exchanged, a decimal sign lost.
--
-- It costs a scan of a few columns beside the two of `measured_decade`, so codes are
-- compared as the numbers they are.
--
-- class:    set
-- severity: warning
-- field:    net_mass_kg
-- method:   R-1.41

with bound as (

    select
        max(value) filter (where name = 'donor_min_items') as min_items,
        cast(max(value) filter (where name = 'iqr_fence_far') as double) as far,
        1 - cast(max(value) filter (where name = 'power_of_ten_tolerance') as double) as least_decades,
        cast(
            cast(cast(max(value) filter (where name = 'unit_value_window_months') as bigint) as text) || ' months' as interval
        ) as months_looked_back
    from parameter
    where $last_day between valid_from and valid_to

),

dated as (

    select
        batch_id,
        line_no,
        declaration_id,
        item_no,
        cast(hs6 as int) as subheading,
        arrow_cast(supplementary_unit, 'Utf8View') as unit,
        case
            when $recording_date in ('acceptance', 'acceptance_else_release')
                then coalesce(acceptance_date, release_date, received_on)
            when $recording_date in ('arrival', 'arrival_else_release')
                then coalesce(arrival_date, release_date, acceptance_date, received_on)
            else coalesce(release_date, acceptance_date, received_on)
        end as recording_date,
        case
            when statistical_value > 0 and net_mass_kg > 0
                then cast(round(log10(cast(statistical_value as double) / cast(net_mass_kg as double)), 1) as float)
        end as value_per_kg,
        case
            when supplementary_quantity > 0 and net_mass_kg > 0 and supplementary_unit is not null
                then cast(round(log10(cast(net_mass_kg as double) / cast(supplementary_quantity as double)), 1) as float)
        end as kg_per_unit
    from item
    where status <> 'cancelled'
        and hs6 is not null

),

measured as (

    select
        batch_id,
        line_no,
        declaration_id,
        item_no,
        subheading,
        unit,
        recording_date,
        cast(date_trunc('month', recording_date) as date) as period,
        value_per_kg,
        kg_per_unit
    from dated

),

own_month as (

    select distinct
        history.period,
        cast(history.period - bound.months_looked_back as date) as period_before
    from bound
    cross join measured_decade_history as history
    where history.period between $first_day and $last_day

),

counted as (

    select
        own_month.period,
        history.subheading,
        history.unit,
        history.decades,
        sum(history.items) as items
    from own_month
    join measured_decade_history as history
        on history.period = own_month.period
        or (history.period > own_month.period_before and history.period < own_month.period)
    group by
        own_month.period,
        history.subheading,
        history.unit,
        history.decades

),

cumulated as (

    select
        period,
        subheading,
        unit,
        decades,
        sum(items) over (partition by period, subheading, unit order by decades) as up_to,
        sum(items) over (partition by period, subheading, unit) as items
    from counted

),

quartile as (

    select
        period,
        subheading,
        unit,
        max(items) as items,
        min(decades) filter (where up_to >= items * 0.25) as p25,
        min(decades) filter (where up_to >= items * 0.5) as median,
        min(decades) filter (where up_to >= items * 0.75) as p75
    from cumulated
    group by
        period,
        subheading,
        unit

),

fence as (

    select
        quartile.period,
        quartile.subheading,
        arrow_cast(quartile.unit, 'Utf8View') as unit,
        quartile.median,
        least(quartile.median - bound.least_decades, quartile.p25 - bound.far * (quartile.p75 - quartile.p25)) as low,
        greatest(quartile.median + bound.least_decades, quartile.p75 + bound.far * (quartile.p75 - quartile.p25)) as high
    from bound
    join quartile
        on quartile.items >= bound.min_items

),

value_fence as (

    select
        period,
        subheading,
        median,
        low,
        high
    from fence
    where unit is null

),

unit_fence as (

    select
        period,
        subheading,
        unit,
        median,
        low,
        high
    from fence
    where unit is not null

),

compared as (

    select
        measured.batch_id,
        measured.line_no,
        measured.declaration_id,
        measured.item_no,
        measured.recording_date,
        (measured.value_per_kg is not null and value_fence.median is not null)
            or (measured.kg_per_unit is not null and unit_fence.median is not null) as is_comparable,
        case
            when measured.value_per_kg <= value_fence.low or measured.value_per_kg >= value_fence.high
                then round(measured.value_per_kg - value_fence.median, 1)
        end as value_off,
        case
            when measured.kg_per_unit <= unit_fence.low or measured.kg_per_unit >= unit_fence.high
                then round(measured.kg_per_unit - unit_fence.median, 1)
        end as unit_off
    from unit_fence
    right join (
        value_fence
        right join measured
            on value_fence.period = measured.period
            and value_fence.subheading = measured.subheading
    )
        on unit_fence.period = measured.period
        and unit_fence.subheading = measured.subheading
        and unit_fence.unit = measured.unit

)

select
    declaration_id,
    item_no,
    case
        when value_off is not null or unit_off is not null
            then concat_ws(
                ', ',
                case when value_off is not null then concat('value a kg 10^', value_off) end,
                case when unit_off is not null then concat('kg a unit 10^', unit_off) end
            )
    end as observed,
    batch_id,
    line_no,
    recording_date,
    case
        when value_off is not null or unit_off is not null then true
        when is_comparable then false
    end as verdict
from compared
