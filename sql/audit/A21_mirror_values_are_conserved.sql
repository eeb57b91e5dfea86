-- What each pair reports is compared once, whatever edition, level and frequency it came in
--
-- The values of each side before alignment, in the source and frequency that stand for
-- the country and the detail that each period has, against the cells of the comparison.
-- Conversion between editions and cutting of codes move values; they neither make nor lose
-- any. Where the source gives a total beside its detail, the larger of the two is compared:
-- what the detail lacks stands in a cell without a code, or in the total where only totals
-- meet.
--
-- method: R-4.1

with report as (

    select
        exporter,
        importer,
        cast(date_trunc('year', period) as date) as year,
        period,
        flow,
        source,
        frequency,
        edition,
        partner_concept,
        level,
        sum(value_usd) as value_usd
    from pair_report
    where flow_kind = 'total'
    group by
        exporter,
        importer,
        period,
        flow,
        source,
        frequency,
        edition,
        partner_concept,
        level

),

side as (

    select
        exporter,
        importer,
        year,
        frequency,
        'X' as flow,
        export_source as source,
        export_source_frequency as source_frequency,
        export_edition as edition,
        export_concept as partner_concept
    from pair_basis

    union all

    select
        exporter,
        importer,
        year,
        frequency,
        'M' as flow,
        import_source as source,
        import_source_frequency as source_frequency,
        import_edition as edition,
        import_concept as partner_concept
    from pair_basis

),

told as (

    select
        report.exporter,
        report.importer,
        report.year,
        sum(report.value_usd) filter (where report.level = pair_calendar.detail_level) as detail,
        sum(report.value_usd) filter (where report.level = 0) as total
    from side
    join report
        on side.exporter = report.exporter
        and side.importer = report.importer
        and side.year = report.year
        and side.flow = report.flow
        and side.source = report.source
        and side.source_frequency = report.frequency
        and side.edition = report.edition
        and side.partner_concept = report.partner_concept
    join pair_calendar
        on report.exporter = pair_calendar.exporter
        and report.importer = pair_calendar.importer
        and report.flow = pair_calendar.flow
        and report.source = pair_calendar.source
        and report.frequency = pair_calendar.frequency
        and report.edition = pair_calendar.edition
        and report.period = pair_calendar.period
    where report.level in (0, pair_calendar.detail_level)
    group by
        report.exporter,
        report.importer,
        report.year,
        report.flow,
        -- months that are compared as a year are summed before they meet their total
        case when side.frequency = 'M' then report.period else report.year end

),

reported as (

    select
        exporter,
        importer,
        year,
        sum(greatest(coalesce(detail, 0), coalesce(total, 0))) as value_usd
    from told
    group by
        exporter,
        importer,
        year

),

compared as (

    select
        exporter,
        importer,
        year,
        sum(export_value + import_value) as value_usd
    from matched_flow
    group by
        exporter,
        importer,
        year

)

select
    coalesce(reported.exporter, compared.exporter) as exporter,
    coalesce(reported.importer, compared.importer) as importer,
    coalesce(reported.year, compared.year) as year,
    reported.value_usd as reported,
    compared.value_usd as compared
from reported
full join compared
    on reported.exporter = compared.exporter
    and reported.importer = compared.importer
    and reported.year = compared.year
where coalesce(reported.value_usd, 0) <> coalesce(compared.value_usd, 0)
