-- Unit values of subheadings: typical value, usual spread and plausible range
--
-- Statistical value for one kilogram, and for one standard unit where that is another,
-- over the months up to and with the published one. The typical value is the median of
-- the months' medians, each over the month's cells of national code and partner; the
-- usual spread lies between the lower quartile of the months' lower quartiles and the
-- upper one of their upper quartiles. They are not the median and quartiles of items.
-- An item whose unit value lies outside the range is asked about, and its quantity is
-- presumed wrong. Exports first.
--
-- method:   R-1.42
-- grain:    flow, hs6, quantity_unit
-- unit:     usd
-- decimals: 3
-- period:   unit_value_window_months

select
    row_number() over (
        order by
            case publishable_unit_value.flow when 'X' then 0 else 1 end,
            publishable_unit_value.hs6,
            case publishable_unit_value.unit when 'kg' then 0 else 1 end
    ) as row_order,
    'row' as row_kind,
    publishable_unit_value.flow,
    publishable_unit_value.hs6,
    coalesce(label.en, publishable_unit_value.hs6) as name,
    publishable_unit_value.unit as quantity_unit,
    publishable_unit_value.median,
    publishable_unit_value.p25,
    publishable_unit_value.p75,
    publishable_unit_value.low,
    publishable_unit_value.high,
    publishable_unit_value.item_count,
    '' as flag
from label
right join publishable_unit_value
    on label.list = 'hs6'
    and label.code = publishable_unit_value.hs6
where publishable_unit_value.period = $period
order by row_order
