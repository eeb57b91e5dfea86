-- The powers of ten of each item: of its value for a kilogram, and of its kilograms for a unit
--
-- The months are counted by them (`measured_decade`) and the items are compared with the
-- months by them (V44), so both read them here: with two expressions the fences would not
-- fit the items. They are logarithms rounded to a tenth, in floating point, and serve a
-- judgement, never a figure. One is empty where value, mass or quantity is missing or not
-- positive, or the quantity has no unit. Cancelled declarations, and items without a
-- subheading, are left out.
--
-- method: R-1.41
-- grain:  batch_id, line_no
-- view:   yes

with dated as (

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

)

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
