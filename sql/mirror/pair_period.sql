-- Periods of each compared pair, and which side has figures for them
--
-- A country that has nothing for a month yet is silent: what its partner reports for
-- that month is lost to the comparison, and no gap. A year is there or not as a whole.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period

with reported as (

    select distinct
        compared_source.reporter,
        compared_source.flow,
        compared_source.frequency,
        compared_source.year,
        case when compared_source.frequency = 'M' then flow_calendar.period else compared_source.year end as period
    from compared_source
    join flow_calendar
        on compared_source.reporter = flow_calendar.reporter
        and compared_source.flow = flow_calendar.flow
        and compared_source.year = flow_calendar.year
        and compared_source.source = flow_calendar.source
        and compared_source.source_frequency = flow_calendar.frequency
        and compared_source.edition = flow_calendar.edition

),

side as (

    select
        pair_basis.exporter,
        pair_basis.importer,
        pair_basis.frequency,
        reported.period,
        pair_basis.year,
        pair_basis.edition,
        pair_basis.level,
        pair_basis.partner_is_special,
        pair_basis.import_valuation,
        reported.flow,
        pair_basis.import_concept,
        pair_basis.import_has_both_concepts,
        pair_basis.export_system,
        pair_basis.import_system
    from pair_basis
    join reported
        on pair_basis.exporter = reported.reporter
        and pair_basis.year = reported.year
        and pair_basis.frequency = reported.frequency
    where reported.flow = 'X'

    union all

    select
        pair_basis.exporter,
        pair_basis.importer,
        pair_basis.frequency,
        reported.period,
        pair_basis.year,
        pair_basis.edition,
        pair_basis.level,
        pair_basis.partner_is_special,
        pair_basis.import_valuation,
        reported.flow,
        pair_basis.import_concept,
        pair_basis.import_has_both_concepts,
        pair_basis.export_system,
        pair_basis.import_system
    from pair_basis
    join reported
        on pair_basis.importer = reported.reporter
        and pair_basis.year = reported.year
        and pair_basis.frequency = reported.frequency
    where reported.flow = 'M'

)

select
    exporter,
    importer,
    frequency,
    period,
    max(year) as year,
    max(edition) as edition,
    max(level) as level,
    bool_or(partner_is_special) as partner_is_special,
    max(import_valuation) as import_valuation,
    bool_or(flow = 'X') as export_is_reported,
    bool_or(flow = 'M') as import_is_reported,
    max(import_concept) as import_concept,
    count(*) filter (where import_has_both_concepts) > 0 as import_has_both_concepts,
    max(export_system) as export_system,
    max(import_system) as import_system
from side
group by
    exporter,
    importer,
    frequency,
    period
