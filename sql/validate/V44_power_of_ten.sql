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
        item_decade.batch_id,
        item_decade.line_no,
        item_decade.declaration_id,
        item_decade.item_no,
        item_decade.recording_date,
        (item_decade.value_per_kg is not null and value_fence.median is not null)
            or (item_decade.kg_per_unit is not null and unit_fence.median is not null) as is_comparable,
        case
            when item_decade.value_per_kg <= value_fence.low or item_decade.value_per_kg >= value_fence.high
                then round(item_decade.value_per_kg - value_fence.median, 1)
        end as value_off,
        case
            when item_decade.kg_per_unit <= unit_fence.low or item_decade.kg_per_unit >= unit_fence.high
                then round(item_decade.kg_per_unit - unit_fence.median, 1)
        end as unit_off
    from unit_fence
    right join (
        value_fence
        right join item_decade
            on value_fence.period = item_decade.period
            and value_fence.subheading = item_decade.subheading
    )
        on unit_fence.period = item_decade.period
        and unit_fence.subheading = item_decade.subheading
        and unit_fence.unit = item_decade.unit

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
