-- Records that nothing answers, whose value is out of all proportion to their mass
--
-- Where the other side has no record to compare with, a value in the wrong unit still
-- shows, because the unit value lies two decades or more from the usual one of the
-- subheading over all pairs and both sides. So does a mass in the wrong unit, more often.
-- Which of the two it is, the size tells: the value is the odd one if the flow is clearly
-- nearer to the usual value of the subheading without the error than with it; and if the
-- record counts its goods, each must weigh about what is usual.
--
-- Only records of partners about trade with the compiling country, whose own records
-- have been checked. `factor` brings the value to the usual unit. Too few records of a
-- subheading say nothing.
--
-- method: R-4.1
-- grain:  side, exporter, importer, frequency, period, commodity_code

with bound as (

    select
        cast(max(value) filter (where name = 'mirror_decade_tolerance') as double) as tolerance,
        max(value) filter (where name = 'mirror_lone_records_min') as records_min,
        cast(max(value) filter (where name = 'mirror_lone_decades_min') as double) as decades_min,
        cast(max(value) filter (where name = 'mirror_lone_decades_max') as double) as decades_max,
        cast(max(value) filter (where name = 'mirror_lone_size_decades_min') as double) as size_min
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

measured as (

    select
        lone.side,
        lone.exporter,
        lone.importer,
        lone.frequency,
        lone.period,
        lone.commodity_code,
        lone.value,
        lone.unit_value - usual.unit_value as decades,
        lone.size - usual.size as size,
        coalesce(abs(lone.weight - usual.weight), 0) as weight,
        -- how far the value may be off, by its sign
        case when lone.unit_value > usual.unit_value then 1 else -1 end
            * least((select max(decades_max) from bound), round(abs(lone.unit_value - usual.unit_value))) as error
    from lone
    join usual
        on lone.edition = usual.edition
        and lone.commodity_code = usual.commodity_code
        and lone.frequency = usual.frequency

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
    -- without the error the flow is of a clearly more usual size than with it
    and abs(size) - abs(size - error) >= (select max(size_min) from bound)
    and weight < 1
