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

record as (

    select
        exporter,
        importer,
        frequency,
        masses,
        -- in decimals, so that the middle does not depend on the order
        cast(decades as decimal(18, 10)) as decades
    from compared_record
    where masses is not null

),

middle_of_pair as (

    select
        exporter,
        importer,
        frequency,
        masses,
        median(decades) as middle,
        count(*) as records
    from record
    group by
        exporter,
        importer,
        frequency,
        masses

),

middle as (

    select
        frequency,
        masses,
        median(decades) as middle
    from record
    group by
        frequency,
        masses

),

spread as (

    select
        record.frequency,
        record.masses,
        median(abs(record.decades - middle.middle)) as spread,
        count(*) as records
    from middle
    join record
        on middle.frequency = record.frequency
        and middle.masses = record.masses
    group by
        record.frequency,
        record.masses

),

spread_of_pair as (

    select
        record.exporter,
        record.importer,
        record.frequency,
        record.masses,
        median(abs(record.decades - middle_of_pair.middle)) as spread,
        max(middle_of_pair.records) as records
    from middle_of_pair
    join record
        on middle_of_pair.exporter = record.exporter
        and middle_of_pair.importer = record.importer
        and middle_of_pair.frequency = record.frequency
        and middle_of_pair.masses = record.masses
    group by
        record.exporter,
        record.importer,
        record.frequency,
        record.masses

)

select
    spread_of_pair.exporter,
    spread_of_pair.importer,
    spread_of_pair.frequency,
    spread_of_pair.masses,
    case
        when spread_of_pair.records >= (select max(records_min) from bound) then spread_of_pair.spread
        else spread.spread
    end as spread
from spread
join spread_of_pair
    on spread.frequency = spread_of_pair.frequency
    and spread.masses = spread_of_pair.masses
where greatest(spread_of_pair.records, spread.records) >= (select max(records_min) from bound)
