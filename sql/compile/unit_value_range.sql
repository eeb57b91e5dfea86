-- Range of unit values that is plausible, by subheading and unit: published
--
-- Of the window of months that ends with the month itself the median is the median of
-- its months; the lower quartile is the lower quartile of theirs, and the upper one of
-- the upper ones, so that months of one cell have a spread too. The range goes as far
-- beyond the quartiles as the parameter `iqr_fence_far` says, on a scale of logarithms;
-- not less far than half the lower and twice the upper quartile (`forest_price_low`,
-- `forest_price_high`), because goods of one price have no spread, and not farther than
-- `fao_median_ratio_max` times the median. Quartiles and fences are an estimate and
-- computed in floating point.
--
-- imts:   CM 15.20
-- method: R-1.42
-- grain:  period, flow, hs6, unit

with fence as (

    select
        cast(
            cast(cast(max(value) filter (where name = 'unit_value_window_months') as bigint) as text) || ' months' as interval
        ) as months_looked_back,
        cast(max(value) filter (where name = 'iqr_fence_far') as double) as far,
        cast(max(value) filter (where name = 'forest_price_low') as double) as price_low,
        cast(max(value) filter (where name = 'forest_price_high') as double) as price_high,
        cast(max(value) filter (where name = 'fao_median_ratio_max') as double) as ratio_max
    from parameter
    where $last_day between valid_from and valid_to

),

wanted as (

    select
        unit_value_spread.period,
        unit_value_spread.flow,
        unit_value_spread.hs6,
        unit_value_spread.unit,
        cast(unit_value_spread.period - fence.months_looked_back as date) as period_before
    from fence
    cross join unit_value_spread

),

looked_back as (

    select
        wanted.period,
        wanted.flow,
        wanted.hs6,
        wanted.unit,
        median(unit_value_spread_history.median) as median,
        cast(percentile_cont(cast(unit_value_spread_history.p25 as double), 0.25) as decimal(28, 10)) as p25,
        cast(percentile_cont(cast(unit_value_spread_history.p75 as double), 0.75) as decimal(28, 10)) as p75,
        median(unit_value_spread_history.kg_per_unit) as kg_per_unit,
        sum(unit_value_spread_history.item_count) as item_count
    from wanted
    join unit_value_spread_history
        on unit_value_spread_history.flow = wanted.flow
        and unit_value_spread_history.hs6 = wanted.hs6
        and unit_value_spread_history.unit = wanted.unit
        and unit_value_spread_history.period > wanted.period_before
        and unit_value_spread_history.period <= wanted.period
    group by
        wanted.period,
        wanted.flow,
        wanted.hs6,
        wanted.unit

)

select
    looked_back.period,
    looked_back.flow,
    looked_back.hs6,
    looked_back.unit,
    looked_back.median,
    looked_back.p25,
    looked_back.p75,
    cast(
        greatest(
            cast(looked_back.median as double) / fence.ratio_max,
            least(
                cast(looked_back.p25 as double) * fence.price_low,
                cast(looked_back.p25 as double)
                    * power(cast(looked_back.p25 as double) / cast(looked_back.p75 as double), fence.far)
            )
        ) as decimal(28, 10)
    ) as low,
    cast(
        least(
            cast(looked_back.median as double) * fence.ratio_max,
            greatest(
                cast(looked_back.p75 as double) * fence.price_high,
                cast(looked_back.p75 as double)
                    * power(cast(looked_back.p75 as double) / cast(looked_back.p25 as double), fence.far)
            )
        ) as decimal(28, 10)
    ) as high,
    looked_back.kg_per_unit,
    looked_back.item_count
from fence
cross join looked_back
where looked_back.p25 > 0
