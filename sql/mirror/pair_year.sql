-- What both sides of a pair report by year, over all years that have figures
--
-- A comparison looks at one span; this is the line that its figures stand in. Each side
-- is given as reported, from the source that a comparison of that year would take: own
-- declarations first, then subheadings, then figures given by year before sums of
-- months, which count only if the country has all of them. Own declarations reach as
-- far back as they are read for the comparison. A year that one side has stays.
--
-- method: R-4.1
-- grain:  exporter, importer, period
-- view:   yes

with report as (

    select
        source,
        reporter,
        partner,
        partner_concept,
        flow,
        frequency,
        period,
        edition,
        level,
        value_usd
    from reported_flow
    where flow_kind = 'total'
        and reporter_treatment = 'country'
        and partner_treatment = 'country'
        and reporter <> partner
        and value_usd is not null

    union all

    select
        'declarations' as source,
        reporter,
        partner,
        partner_concept,
        flow,
        frequency,
        period,
        edition,
        cast(6 as int) as level,
        value_usd
    from own_flow
    where flow_kind = 'total'
        and reporter <> partner

),

calendar as (

    select
        source,
        reporter,
        flow,
        frequency,
        edition,
        cast(date_trunc('year', period) as date) as year,
        count(distinct period) as period_count
    from report
    group by
        source,
        reporter,
        flow,
        frequency,
        edition,
        cast(date_trunc('year', period) as date)
    having count(distinct period) = case frequency when 'M' then 12 when 'Q' then 4 else 1 end

),

side as (

    select
        source,
        reporter,
        partner,
        partner_concept,
        flow,
        frequency,
        edition,
        level,
        cast(date_trunc('year', period) as date) as year,
        sum(value_usd) as value_usd
    from report
    group by
        source,
        reporter,
        partner,
        partner_concept,
        flow,
        frequency,
        edition,
        level,
        cast(date_trunc('year', period) as date)

),

ranked as (

    select
        side.reporter,
        side.partner,
        side.flow,
        side.year,
        side.value_usd,
        row_number() over (
            partition by side.reporter, side.partner, side.flow, side.year
            order by
                case when side.source = 'declarations' then 0 else 1 end,
                -- of the Harmonized System subheadings, else the deepest; of others the total
                case
                    when side.edition not like 'HS%' and side.edition <> 'CN' then -side.level
                    when side.level = 6 then 99
                    else side.level
                end desc,
                case side.frequency when 'A' then 0 else 1 end,
                case when side.edition like 'HS%' then 0 else 1 end,
                side.edition desc,
                case
                    when side.partner_concept = case side.flow when 'M' then 'origin' else 'destination' end then 0
                    when side.partner_concept = 'consignment' then 1
                    else 2
                end,
                side.source,
                side.frequency,
                side.partner_concept
        ) as place
    from calendar
    join side
        on calendar.source = side.source
        and calendar.reporter = side.reporter
        and calendar.flow = side.flow
        and calendar.frequency = side.frequency
        and calendar.edition = side.edition
        and calendar.year = side.year

),

placed as (

    select
        case flow when 'X' then reporter else partner end as exporter,
        case flow when 'X' then partner else reporter end as importer,
        year as period,
        case flow when 'M' then value_usd end as import_value,
        case flow when 'X' then value_usd end as export_value
    from ranked
    where place = 1

)

select
    exporter,
    importer,
    'year' as period_kind,
    period,
    cast(sum(import_value) as decimal(38, 6)) as import_value,
    cast(sum(export_value) as decimal(38, 6)) as export_value
from placed
group by
    exporter,
    importer,
    period
