-- What both sides of a pair report by year, over all years that have figures
--
-- A comparison looks at one span; this is the line that its figures stand in. Each side
-- is given as reported, from the source that a comparison by year would take: the first that
-- tells of the pair, by the order of `compared_source`: own declarations
-- first, then the more detailed, then figures given by year before sums of months, which
-- count only if the country has all of them. What a reported total holds beyond its detail
-- belongs to the figure, as in `matched_flow`. Own declarations reach as far back as they
-- are read for the comparison. A year that one side has stays.
--
-- method: R-4.1
-- grain:  exporter, importer, period
-- view:   yes

with report as (

    select
        source,
        reporter,
        partner,
        partner_treatment = 'country' as partner_is_country,
        partner_concept,
        flow,
        frequency,
        period,
        cast(date_trunc('year', period) as date) as year,
        edition,
        level,
        value_usd
    from reported_flow
    where flow_kind = 'total'
        and reporter_treatment = 'country'
        and partner_treatment in ('country', 'special')
        and reporter <> partner
        and value_usd is not null

    union all

    select
        source,
        reporter,
        partner,
        partner_treatment = 'country' as partner_is_country,
        partner_concept,
        flow,
        frequency,
        period,
        cast(date_trunc('year', period) as date) as year,
        edition,
        level,
        value_usd
    from made_total
    where reporter_treatment = 'country'
        and partner_treatment in ('country', 'special')
        and reporter <> partner
        and value_usd is not null

    union all

    select
        'declarations' as source,
        reporter,
        partner,
        true as partner_is_country,
        partner_concept,
        flow,
        frequency,
        period,
        cast(date_trunc('year', period) as date) as year,
        edition,
        cast(6 as int) as level,
        value_usd
    from own_flow
    where flow_kind = 'total'
        and reporter <> partner

),

summed as (

    select
        source,
        reporter,
        partner,
        partner_is_country,
        partner_concept,
        flow,
        frequency,
        period,
        year,
        edition,
        level,
        sum(value_usd) as value_usd
    from report
    group by
        source,
        reporter,
        partner,
        partner_is_country,
        partner_concept,
        flow,
        frequency,
        period,
        year,
        edition,
        level

),

-- how detailed each source is about a pair, as `pair_calendar` says of the periods that are compared
pair_detail as (

    select
        source,
        reporter,
        partner,
        flow,
        frequency,
        period,
        edition,
        case
            when edition not like 'HS%' and edition <> 'CN' then min(level)
            when bool_or(level = 6) then 6
            else max(level)
        end as detail_level
    from summed
    group by
        source,
        reporter,
        partner,
        flow,
        frequency,
        period,
        edition

),

-- and at its best, as `flow_calendar` does
calendar as (

    select
        source,
        reporter,
        flow,
        frequency,
        edition,
        period,
        year,
        case
            when edition not like 'HS%' and edition <> 'CN' then min(level)
            when bool_or(level = 6) then 6
            else max(level)
        end as level,
        bool_or(partner_concept = 'origin') as has_origin,
        bool_or(partner_concept = 'consignment') as has_consignment,
        bool_or(partner_concept = 'destination') as has_destination
    from summed
    group by
        source,
        reporter,
        flow,
        frequency,
        edition,
        period,
        year

),

whole_year as (

    select
        source,
        reporter,
        flow,
        frequency,
        edition,
        year,
        min(level) as level,
        case
            when flow = 'M' and bool_or(has_origin) then 'origin'
            when flow = 'M' and bool_or(has_consignment) then 'consignment'
            when flow = 'M' or bool_or(has_destination) then 'destination'
            when bool_or(has_consignment) then 'consignment'
            else 'origin'
        end as partner_concept,
        count(*) as period_count
    from calendar
    group by
        source,
        reporter,
        flow,
        frequency,
        edition,
        year
    having count(*) = case frequency when 'M' then 12 when 'Q' then 4 else 1 end

),

ranked as (

    select
        source,
        reporter,
        flow,
        frequency,
        edition,
        year,
        level,
        partner_concept,
        row_number() over (
            partition by reporter, flow, year
            order by
                case when source = 'declarations' then 0 else 1 end,
                least(level, 6) desc,
                case when frequency = 'A' then 0 else 1 end,
                period_count desc,
                case when edition like 'HS%' then 0 else 1 end,
                edition desc,
                source,
                frequency
        ) as place,
        bool_or(source = 'declarations') over (partition by reporter, flow, year) as has_declarations
    from whole_year

),

told as (

    select
        summed.reporter,
        summed.partner,
        summed.flow,
        summed.year,
        ranked.place,
        sum(summed.value_usd) filter (where summed.level = pair_detail.detail_level) as detail,
        sum(summed.value_usd) filter (where summed.level = 0) as total
    from ranked
    join summed
        on ranked.source = summed.source
        and ranked.reporter = summed.reporter
        and ranked.flow = summed.flow
        and ranked.frequency = summed.frequency
        and ranked.edition = summed.edition
        and ranked.year = summed.year
        and ranked.partner_concept = summed.partner_concept
    join pair_detail
        on summed.source = pair_detail.source
        and summed.reporter = pair_detail.reporter
        and summed.partner = pair_detail.partner
        and summed.flow = pair_detail.flow
        and summed.frequency = pair_detail.frequency
        and summed.period = pair_detail.period
        and summed.edition = pair_detail.edition
    where summed.level in (0, pair_detail.detail_level)
        and summed.partner_is_country
        -- declarations are whole: where they say nothing there is nothing
        and (ranked.source = 'declarations' or not ranked.has_declarations)
    group by
        summed.reporter,
        summed.partner,
        summed.flow,
        summed.year,
        ranked.place

),

first_told as (

    select
        reporter,
        partner,
        flow,
        year,
        min(place) as place
    from told
    group by
        reporter,
        partner,
        flow,
        year

),

placed as (

    select
        case told.flow when 'X' then told.reporter else told.partner end as exporter,
        case told.flow when 'X' then told.partner else told.reporter end as importer,
        told.year as period,
        case told.flow when 'M' then greatest(coalesce(told.detail, 0), coalesce(told.total, 0)) end as import_value,
        case told.flow when 'X' then greatest(coalesce(told.detail, 0), coalesce(told.total, 0)) end as export_value
    from first_told
    join told
        on first_told.reporter = told.reporter
        and first_told.partner = told.partner
        and first_told.flow = told.flow
        and first_told.year = told.year
        and first_told.place = told.place

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
