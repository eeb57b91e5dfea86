-- The periods for which each country has figures, by source, and how detailed they are
--
-- A partner that has no figures for a period is silent, not at odds with us; this is
-- where the two are told apart. Detail is the level of the Harmonized System whose
-- rows are used: subheadings where they stand, else national codes cut to six digits,
-- else the deepest there is. Of another classification it is the total, else the
-- shallowest level: with the Harmonized System it is compared in total, with itself by
-- its own codes.
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
            when edition not like 'HS%' and edition <> 'CN' then min(level)
            -- subheadings before national codes: 6 stands above all
            else max(case when level = 6 then 99 else level end)
        end as level_rank,
        max(valuation) as valuation,
        bool_or(partner_concept = 'origin') as has_origin,
        bool_or(partner_concept = 'consignment') as has_consignment,
        bool_or(partner_concept = 'destination') as has_destination,
        count(*) as row_count
    from pair_report
    where flow_kind = 'total'
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
    valuation,
    has_origin,
    has_consignment,
    has_destination,
    row_count
from level_in_use
