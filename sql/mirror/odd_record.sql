-- Records that nothing answers, whose value is out of all proportion to their mass
--
-- Where the other side has no record to compare with, a value in the wrong unit still
-- shows, because the unit value lies two decades or more from the usual one of the
-- subheading over all pairs and both sides. So does a mass in the wrong unit, more often.
-- Which of the two it is, the size tells: the value is the odd one if the flow is clearly
-- nearer to the usual value of the subheading without the error than with it; and if the
-- record counts its goods, each must weigh about what is usual.
--
-- Too few records of a subheading show nothing usual; then the records of its heading
-- count, whose goods cost more or less: the unit value must lie beyond what these stray by,
-- measured by the median distance from the usual one (`mirror_spread_reach` times).
--
-- Only records of partners about trade with the compiling country, whose own records
-- have been checked. `factor` brings the value to the usual unit.
--
-- method: R-4.1
-- grain:  side, exporter, importer, frequency, period, commodity_code

with bound as (

    select
        cast(max(value) filter (where name = 'mirror_decade_tolerance') as double) as tolerance,
        max(value) filter (where name = 'mirror_lone_records_min') as records_min,
        cast(max(value) filter (where name = 'mirror_lone_decades_min') as double) as decades_min,
        cast(max(value) filter (where name = 'mirror_lone_decades_max') as double) as decades_max,
        cast(max(value) filter (where name = 'mirror_lone_size_decades_min') as double) as size_min,
        cast(max(value) filter (where name = 'mirror_spread_reach') as double) as reach
    from parameter
    where $last_day between valid_from and valid_to

),

side as (

    select unnest(make_array('export', 'import')) as side

),

cell as (

    select
        side.side,
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.frequency,
        mirror_cell.period,
        mirror_cell.edition,
        mirror_cell.commodity_code,
        case side.side when 'export' then mirror_cell.exporter else mirror_cell.importer end = $reporter as is_own,
        case side.side when 'export' then mirror_cell.export_value else mirror_cell.import_value end as value,
        case side.side when 'export' then mirror_cell.export_value else mirror_cell.import_value_fob end as value_fob,
        case side.side when 'export' then mirror_cell.export_mass_kg else mirror_cell.import_mass_kg end as mass_kg,
        case side.side when 'export' then mirror_cell.export_quantity else mirror_cell.import_quantity end as quantity
    from side
    cross join mirror_cell
    where mirror_cell.class in ('matched', 'orphaned')
        and mirror_cell.level > 0
        and mirror_cell.commodity_code not like '%X'
        and left(mirror_cell.commodity_code, 2) not in ('98', '99')

),

record as (

    select
        side,
        exporter,
        importer,
        frequency,
        period,
        edition,
        commodity_code,
        is_own,
        value,
        log10(cast(value_fob as double)) as size,
        log10(cast(value_fob as double) / cast(mass_kg as double)) as unit_value,
        case when quantity > 0 then log10(cast(mass_kg as double) / cast(quantity as double)) end as weight
    from cell
    where value_fob > 0
        and mass_kg > 0

),

answered as (

    select
        side.side,
        record_pair.exporter,
        record_pair.importer,
        record_pair.frequency,
        case side.side when 'export' then record_pair.export_period else record_pair.import_period end as period,
        case side.side when 'export' then record_pair.commodity_code else record_pair.import_commodity_code end as commodity_code
    from side
    cross join record_pair

),

lone as (

    select
        record.side,
        record.exporter,
        record.importer,
        record.frequency,
        record.period,
        record.edition,
        record.commodity_code,
        record.value,
        record.size,
        record.unit_value,
        record.weight
    from record
    left anti join answered
        on record.side = answered.side
        and record.exporter = answered.exporter
        and record.importer = answered.importer
        and record.frequency = answered.frequency
        and record.period = answered.period
        and record.commodity_code = answered.commodity_code
    where not record.is_own
        and (record.exporter = $reporter or record.importer = $reporter)

),

usual as (

    select
        edition,
        commodity_code,
        frequency,
        median(size) as size,
        median(unit_value) as unit_value,
        median(weight) as weight
    from record
    group by
        edition,
        commodity_code,
        frequency
    having count(*) >= (select max(records_min) from bound)

),

-- subheadings of which too few records are there
rare as (

    select
        edition,
        commodity_code,
        left(commodity_code, 4) as heading,
        frequency
    from record
    group by
        edition,
        commodity_code,
        frequency
    having count(*) < (select max(records_min) from bound)
        and bool_or(not is_own and (exporter = $reporter or importer = $reporter))

),

of_heading as (

    select
        record.edition,
        left(record.commodity_code, 4) as heading,
        record.frequency,
        record.size,
        record.unit_value
    from rare
    right semi join record
        on rare.edition = record.edition
        and rare.heading = left(record.commodity_code, 4)
        and rare.frequency = record.frequency

),

usual_of_heading as (

    select
        edition,
        heading,
        frequency,
        median(size) as size,
        median(unit_value) as unit_value
    from of_heading
    group by
        edition,
        heading,
        frequency
    having count(*) >= (select max(records_min) from bound)

),

heading_spread as (

    select
        usual_of_heading.edition,
        usual_of_heading.heading,
        usual_of_heading.frequency,
        max(usual_of_heading.size) as size,
        max(usual_of_heading.unit_value) as unit_value,
        median(abs(of_heading.unit_value - usual_of_heading.unit_value)) as spread
    from usual_of_heading
    join of_heading
        on usual_of_heading.edition = of_heading.edition
        and usual_of_heading.heading = of_heading.heading
        and usual_of_heading.frequency = of_heading.frequency
    group by
        usual_of_heading.edition,
        usual_of_heading.heading,
        usual_of_heading.frequency

),

measure as (

    select
        edition,
        commodity_code,
        frequency,
        size,
        unit_value,
        weight,
        0 as strays
    from usual

    union all

    select
        rare.edition,
        rare.commodity_code,
        rare.frequency,
        heading_spread.size,
        heading_spread.unit_value,
        null as weight,
        (select max(reach) from bound) * heading_spread.spread as strays
    from heading_spread
    join rare
        on heading_spread.edition = rare.edition
        and heading_spread.heading = rare.heading
        and heading_spread.frequency = rare.frequency

),

measured as (

    select
        lone.side,
        lone.exporter,
        lone.importer,
        lone.frequency,
        lone.period,
        lone.commodity_code,
        lone.value,
        lone.unit_value - measure.unit_value as decades,
        lone.size - measure.size as size,
        coalesce(abs(lone.weight - measure.weight), 0) as weight,
        measure.strays,
        -- how far the value may be off, by its sign
        case when lone.unit_value > measure.unit_value then 1 else -1 end
            * least((select max(decades_max) from bound), round(abs(lone.unit_value - measure.unit_value))) as error
    from lone
    join measure
        on lone.edition = measure.edition
        and lone.commodity_code = measure.commodity_code
        and lone.frequency = measure.frequency

)

select
    side,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    value,
    cast(power(cast(10 as double), -error) as decimal(28, 10)) as factor
from measured
where abs(decades) >= (select max(decades_min) from bound) - (select max(tolerance) from bound)
    and abs(decades) > strays
    -- without the error the flow is of a clearly more usual size than with it
    and abs(size) - abs(size - error) >= (select max(size_min) from bound)
    and weight < 1
