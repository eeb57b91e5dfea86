-- Ranges of unit values that may be published
--
-- A range that rests on few items would say what one trader pays, so it needs
-- `donor_min_items` of them in its window. All trade systems together.
--
-- method: R-1.42, R-1.70
-- grain:  period, flow, hs6, unit

select
    unit_value_range.period,
    unit_value_range.flow,
    unit_value_range.hs6,
    unit_value_range.unit,
    unit_value_range.median,
    unit_value_range.p25,
    unit_value_range.p75,
    unit_value_range.low,
    unit_value_range.high,
    unit_value_range.item_count
from parameter
join unit_value_range
    on unit_value_range.item_count >= parameter.value
where parameter.name = 'donor_min_items'
    and $last_day between parameter.valid_from and parameter.valid_to
