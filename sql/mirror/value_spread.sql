-- How far the values of the same goods usually lie apart in the books of two countries
--
-- The median distance of the records from the middle of all of them, in decades, by what is
-- known of the masses. Half of the records may be wrong without moving it. It tells how near to
-- a power of ten, or to a rate, two values come by chance. Few records of a pair show none:
-- then that of all pairs counts. Logarithms are floating point: they serve a judgement.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, masses

with bound as (

    select max(value) as records_min
    from parameter
    where name = 'mirror_lone_records_min'
        and $last_day between valid_from and valid_to

),

-- each record once for its pair and once for all pairs
record as (

    select
        exporter,
        importer,
        frequency,
        masses,
        -- a median holds every record in memory, and seven digits are enough for it
        cast(decades as real) as distance,
        unnest(make_array(concat(exporter, '-', importer), 'all')) as pair
    from compared_record
    where masses is not null

),

middle as (

    select
        pair,
        frequency,
        masses,
        median(distance) as middle
    from record
    group by
        pair,
        frequency,
        masses

),

measured as (

    select
        record.pair,
        record.frequency,
        record.masses,
        max(record.exporter) as exporter,
        max(record.importer) as importer,
        median(abs(record.distance - middle.middle)) as spread,
        count(*) as records
    from middle
    join record
        on middle.pair = record.pair
        and middle.frequency = record.frequency
        and middle.masses = record.masses
    group by
        record.pair,
        record.frequency,
        record.masses

),

beside_all as (

    select
        pair,
        frequency,
        masses,
        exporter,
        importer,
        case
            when records >= (select max(records_min) from bound) then spread
            else max(spread) filter (where pair = 'all' and records >= (select max(records_min) from bound))
                over (partition by frequency, masses)
        end as spread
    from measured

)

select
    exporter,
    importer,
    frequency,
    masses,
    cast(spread as decimal(18, 6)) as spread
from beside_all
where pair <> 'all'
    and spread is not null
