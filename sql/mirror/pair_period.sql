-- Periods of each compared pair, and which side has figures for them
--
-- A country that has nothing for a month yet is silent: what its partner reports for
-- that month is lost to the comparison, and no gap. Silent are the months before the
-- first and after the last for which a side has figures, and years without any. Between
-- them the country reports, and a month without a row is a month without trade. A year is
-- there or not as a whole.
--
-- Goods on their way have the import begin and end some months after the export: where a
-- file holds no more than these goods, and so both sides have as long a row of months, no
-- further apart than the longest lag, neither is silent in the months of the other.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period

with bound as (

    select max(value) as months_max
    from parameter
    where name = 'mirror_lag_months_max'
        and $last_day between valid_from and valid_to

),

side as (

    select
        pair_basis.exporter,
        pair_basis.importer,
        pair_basis.frequency,
        case when pair_basis.frequency = 'M' then flow_calendar.period else pair_basis.year end as period,
        pair_basis.year,
        pair_basis.edition,
        pair_basis.level,
        pair_basis.partner_is_special,
        flow_calendar.flow,
        pair_basis.export_source,
        pair_basis.import_source,
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
        flow_calendar.flow,
        pair_basis.export_source,
        pair_basis.import_source,
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

),

month as (

    select
        exporter,
        importer,
        frequency,
        period,
        max(year) as year,
        max(edition) as edition,
        max(level) as level,
        bool_or(partner_is_special) as partner_is_special,
        bool_or(flow = 'X') as has_export,
        bool_or(flow = 'M') as has_import,
        bool_or(export_source is not null) as exporter_has_year,
        bool_or(import_source is not null) as importer_has_year,
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

),

reach as (

    select
        exporter,
        importer,
        min(case when has_export then period end) as first_export,
        max(case when has_export then period end) as last_export,
        min(case when has_import then period end) as first_import,
        max(case when has_import then period end) as last_import,
        -- of the span alone: what else is in the store begins and ends by chance
        min(case when has_export and period between $first_day and $last_day then period end) as first_export_in_span,
        max(case when has_export and period between $first_day and $last_day then period end) as last_export_in_span,
        min(case when has_import and period between $first_day and $last_day then period end) as first_import_in_span,
        max(case when has_import and period between $first_day and $last_day then period end) as last_import_in_span
    from month
    where frequency = 'M'
    group by
        exporter,
        importer

),

apart as (

    select
        exporter,
        importer,
        first_export,
        last_export,
        first_import,
        last_import,
        date_part('year', first_import_in_span) * 12 + date_part('month', first_import_in_span)
            - date_part('year', first_export_in_span) * 12 - date_part('month', first_export_in_span) as months_at_first,
        date_part('year', last_import_in_span) * 12 + date_part('month', last_import_in_span)
            - date_part('year', last_export_in_span) * 12 - date_part('month', last_export_in_span) as months_at_last
    from reach

),

told as (

    select
        exporter,
        importer,
        first_export,
        last_export,
        first_import,
        last_import,
        coalesce(
            months_at_first = months_at_last and abs(months_at_first) <= (select max(months_max) from bound),
            false
        ) as is_on_its_way
    from apart

)

select
    month.exporter,
    month.importer,
    month.frequency,
    month.period,
    month.year,
    month.edition,
    month.level,
    month.partner_is_special,
    month.has_export
    or coalesce(
        month.exporter_has_year
        and (
            month.period between told.first_export and told.last_export
            or (told.is_on_its_way and month.period between $first_day and $last_day)
        ),
        false
    ) as export_is_reported,
    month.has_import
    or coalesce(
        month.importer_has_year
        and (
            month.period between told.first_import and told.last_import
            or (told.is_on_its_way and month.period between $first_day and $last_day)
        ),
        false
    ) as import_is_reported,
    month.import_concept,
    month.import_has_both_concepts,
    month.export_system,
    month.import_system
from told
right join month
    on told.exporter = month.exporter
    and told.importer = month.importer
    and month.frequency = 'M'
