-- The periods for which each country has figures, by source, and how detailed they are
--
-- A partner that has no figures for a period is silent, not at odds with us; this is
-- where the two are told apart. Detail is the best that any pair has (see
-- `pair_calendar`); of a classification other than the Harmonized System, the shallowest.
--
-- method: R-4.1
-- grain:  reporter, flow, source, frequency, edition, period

with level_in_use as (

    select
        case when flow = 'X' then exporter else importer end as reporter,
        flow,
        source,
        frequency,
        edition,
        period,
        case
            when edition not like 'HS%' and edition <> 'CN' then min(detail_level)
            -- subheadings before national codes: 6 stands above all
            else max(case when detail_level = 6 then 99 else detail_level end)
        end as level_rank,
        bool_or(has_origin) as has_origin,
        bool_or(has_consignment) as has_consignment,
        bool_or(has_destination) as has_destination,
        cast(sum(record_count) as bigint) as row_count
    from pair_calendar
    group by
        case when flow = 'X' then exporter else importer end,
        flow,
        source,
        frequency,
        edition,
        period

)

select
    reporter,
    flow,
    source,
    frequency,
    edition,
    period,
    cast(date_trunc('year', period) as date) as year,
    cast(case when level_rank = 99 then 6 else level_rank end as int) as source_level,
    has_origin,
    has_consignment,
    has_destination,
    row_count
from level_in_use
