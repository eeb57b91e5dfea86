-- Periods of each compared pair, and which side has figures for them
--
-- A country that has nothing for a month yet is silent: what its partner reports for
-- that month is lost to the comparison, and no gap. A year is there or not as a whole.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period

with side as (

    select
        pair_basis.exporter,
        pair_basis.importer,
        pair_basis.frequency,
        case when pair_basis.frequency = 'M' then flow_calendar.period else pair_basis.year end as period,
        pair_basis.year,
        pair_basis.edition,
        pair_basis.level,
        pair_basis.partner_is_special,
        pair_basis.import_valuation,
        flow_calendar.flow,
        pair_basis.import_concept,
        pair_basis.import_has_both_concepts,
        pair_basis.export_system,
        pair_basis.import_system
    from pair_basis
    join flow_calendar
        on pair_basis.exporter = flow_calendar.reporter
        and pair_basis.year = flow_calendar.year
        and pair_basis.export_source = flow_calendar.source
        and pair_basis.export_source_frequency = flow_calendar.frequency
        and pair_basis.export_edition = flow_calendar.edition
    where flow_calendar.flow = 'X'

    union all

    select
        pair_basis.exporter,
        pair_basis.importer,
        pair_basis.frequency,
        case when pair_basis.frequency = 'M' then flow_calendar.period else pair_basis.year end as period,
        pair_basis.year,
        pair_basis.edition,
        pair_basis.level,
        pair_basis.partner_is_special,
        pair_basis.import_valuation,
        flow_calendar.flow,
        pair_basis.import_concept,
        pair_basis.import_has_both_concepts,
        pair_basis.export_system,
        pair_basis.import_system
    from pair_basis
    join flow_calendar
        on pair_basis.importer = flow_calendar.reporter
        and pair_basis.year = flow_calendar.year
        and pair_basis.import_source = flow_calendar.source
        and pair_basis.import_source_frequency = flow_calendar.frequency
        and pair_basis.import_edition = flow_calendar.edition
    where flow_calendar.flow = 'M'

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
