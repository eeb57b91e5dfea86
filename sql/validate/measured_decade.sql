-- Items by the power of ten of their value for a kilogram, and of their kilograms for a unit
--
-- What rules compare an item with, kept by month, so that a month is judged by the same
-- items whichever months are checked together. Logarithms are rounded to a tenth and
-- counted, so that no item is sorted: an estimate, in floating point. Rows without a unit
-- are of the value for a kilogram.
--
-- method: R-1.41
-- grain:  period, subheading, unit, decades

with measured as (

    select
        cast(
            date_trunc(
                'month',
                case
                    when $recording_date in ('acceptance', 'acceptance_else_release')
                        then coalesce(acceptance_date, release_date, received_on)
                    when $recording_date in ('arrival', 'arrival_else_release')
                        then coalesce(arrival_date, release_date, acceptance_date, received_on)
                    else coalesce(release_date, acceptance_date, received_on)
                end
            ) as date
        ) as period,
        cast(hs6 as int) as subheading,
        arrow_cast(supplementary_unit, 'Utf8View') as unit,
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

)

select
    period,
    subheading,
    cast(null as text) as unit,
    value_per_kg as decades,
    count(*) as items
from measured
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
from measured
where kg_per_unit is not null
group by
    period,
    subheading,
    unit,
    kg_per_unit
