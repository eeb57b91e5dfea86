-- Which figures stand for a country in a comparison by month and in one by year
--
-- Sources of a country, flow, year and frequency in the order in which they are taken (`place`):
-- own declarations first, then the more detailed, then figures given for that
-- frequency before sums, then the fuller and the newer edition. A year is the sum of
-- months only if all of them are there, and compared only if the whole year is. One source
-- a pair stands in a comparison (see `pair_basis`), so that nothing is counted twice.
--
-- method: R-4.1
-- grain:  reporter, flow, year, frequency, place

with given as (

    select
        reporter,
        flow,
        year,
        'M' as frequency,
        source,
        frequency as source_frequency,
        edition,
        min(source_level) as source_level,
        bool_or(has_origin) as has_origin,
        bool_or(has_consignment) as has_consignment,
        bool_or(has_destination) as has_destination,
        count(*) as period_count
    from flow_calendar
    where frequency = 'M'
    group by
        reporter,
        flow,
        year,
        source,
        frequency,
        edition

    union all

    select
        reporter,
        flow,
        year,
        'A' as frequency,
        source,
        frequency as source_frequency,
        edition,
        min(source_level) as source_level,
        bool_or(has_origin) as has_origin,
        bool_or(has_consignment) as has_consignment,
        bool_or(has_destination) as has_destination,
        count(*) as period_count
    from flow_calendar
    where year >= $first_day
        and year + interval '1 year' - interval '1 day' <= $last_day
    group by
        reporter,
        flow,
        year,
        source,
        frequency,
        edition
    having count(*) = case frequency when 'M' then 12 when 'Q' then 4 else 1 end

),

ranked as (

    select
        reporter,
        flow,
        year,
        frequency,
        source,
        source_frequency,
        edition,
        source_level,
        has_origin,
        has_consignment,
        has_destination,
        period_count,
        row_number() over (
            partition by reporter, flow, year, frequency
            order by
                case when source = 'declarations' then 0 else 1 end,
                least(source_level, 6) desc,
                case when frequency = source_frequency then 0 else 1 end,
                period_count desc,
                case when edition like 'HS%' then 0 else 1 end,
                edition desc,
                source,
                source_frequency
        ) as place
    from given

)

select
    reporter,
    flow,
    year,
    frequency,
    source,
    source_frequency,
    edition,
    source_level,
    -- the digits that can be compared: national codes are cut to subheadings
    least(source_level, 6) as level,
    case
        when flow = 'M' and has_origin then 'origin'
        when flow = 'M' and has_consignment then 'consignment'
        when flow = 'M' then 'destination'
        when has_destination then 'destination'
        when has_consignment then 'consignment'
        else 'origin'
    end as partner_concept,
    flow = 'M' and has_origin and has_consignment as has_both_concepts,
    cast(period_count as int) as period_count,
    cast(place as int) as place
from ranked
