-- Items by the power of ten of their value for a kilogram, and of their kilograms for a unit
--
-- What rules compare an item with, kept by month, so that a month is judged by the same
-- items whichever months are checked together. Logarithms are rounded to a tenth and
-- counted, so that no item is sorted: an estimate, in floating point. Rows without a unit
-- are of the value for a kilogram.
--
-- method: R-1.41
-- grain:  period, subheading, unit, decades

select
    period,
    subheading,
    cast(null as text) as unit,
    value_per_kg as decades,
    count(*) as items
from item_decade
where value_per_kg is not null
group by
    period,
    subheading,
    value_per_kg

union all

select
    period,
    subheading,
    unit,
    kg_per_unit as decades,
    count(*) as items
from item_decade
where kg_per_unit is not null
group by
    period,
    subheading,
    unit,
    kg_per_unit
