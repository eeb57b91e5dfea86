-- How far unit values of a month lie apart, by subheading and unit
--
-- Quartiles over the donor cells of the month (national code and partner), in the unit
-- of mass and in the standard unit where that is another. Quartiles are an estimate and
-- computed in floating point; medians are exact.
--
-- method: R-1.42
-- grain:  period, flow, hs6, unit

with ratio as (

    select
        period,
        flow,
        hs6,
        'kg' as unit,
        value_per_kg as unit_value,
        cast(null as decimal(28, 10)) as kg_per_unit,
        mass_items as item_count
    from unit_value
    where is_cell

    union all

    select
        period,
        flow,
        hs6,
        unit,
        value_per_unit as unit_value,
        kg_per_unit,
        quantity_items as item_count
    from unit_value
    where is_cell
        and unit <> 'kg'

)

select
    period,
    flow,
    hs6,
    unit,
    median(unit_value) as median,
    cast(percentile_cont(cast(unit_value as double), 0.25) as decimal(28, 10)) as p25,
    cast(percentile_cont(cast(unit_value as double), 0.75) as decimal(28, 10)) as p75,
    median(kg_per_unit) as kg_per_unit,
    sum(item_count) as item_count
from ratio
where unit_value is not null
group by
    period,
    flow,
    hs6,
    unit
