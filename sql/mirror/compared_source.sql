-- Which figures stand for a country in a comparison by month and in one by year
--
-- Sources of a country, flow, year and frequency in the order in which they are taken (`place`):
-- own declarations first, then reports before what a publisher made of several reports or
-- estimated (`is_report` of the source), then the more detailed, then figures given for that
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
        given.reporter,
        given.flow,
        given.year,
        given.frequency,
        given.source,
        given.source_frequency,
        given.edition,
        given.source_level,
        given.has_origin,
        given.has_consignment,
        given.has_destination,
        given.period_count,
        coalesce(partner_source.is_report, true) as is_report,
        row_number() over (
            partition by given.reporter, given.flow, given.year, given.frequency
            order by
                case when given.source = 'declarations' then 0 else 1 end,
                case when coalesce(partner_source.is_report, true) then 0 else 1 end,
                least(given.source_level, 6) desc,
                case when given.frequency = given.source_frequency then 0 else 1 end,
                given.period_count desc,
                case when given.edition like 'HS%' then 0 else 1 end,
                given.edition desc,
                given.source,
                given.source_frequency
        ) as place
    from partner_source
    right join given
        on partner_source.partner_source = given.source

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
    is_report,
    cast(period_count as int) as period_count,
    cast(place as int) as place
from ranked
