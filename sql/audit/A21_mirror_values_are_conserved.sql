-- What each pair reports is compared once, whatever edition, level and frequency it came in
--
-- The values of each side before alignment, in the source, frequency and detail that
-- stand for the country, against the cells of the comparison. Conversion between
-- editions and cutting of codes move values; they neither make nor lose any.
--
-- method: R-4.1

with report as (

    select
        exporter,
        importer,
        cast(date_trunc('year', period) as date) as year,
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
        cast(date_trunc('year', period) as date),
        flow,
        source,
        frequency,
        edition,
        partner_concept,
        level

),

reported as (

    select
        report.exporter,
        report.importer,
        report.year,
        sum(report.value_usd) as value_usd
    from pair_basis
    join report
        on pair_basis.exporter = report.exporter
        and pair_basis.importer = report.importer
        and pair_basis.year = report.year
    where (
            report.flow = 'X'
            and report.source = pair_basis.export_source
            and report.frequency = pair_basis.export_source_frequency
            and report.edition = pair_basis.export_edition
            and report.level = pair_basis.export_source_level
            and report.partner_concept = pair_basis.export_concept
        )
        or (
            report.flow = 'M'
            and report.source = pair_basis.import_source
            and report.frequency = pair_basis.import_source_frequency
            and report.edition = pair_basis.import_edition
            and report.level = pair_basis.import_source_level
            and report.partner_concept = pair_basis.import_concept
        )
    group by
        report.exporter,
        report.importer,
        report.year

),

compared as (

    select
        exporter,
        importer,
        year,
        -- a residual of a reported total is not in the detail
        sum(case when commodity_code = '9999XX' then cast(0 as decimal(38, 6)) else export_value + import_value end) as value_usd,
        sum(export_value + import_value) as with_residual
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
where coalesce(reported.value_usd, 0) < coalesce(compared.value_usd, 0)
    or coalesce(reported.value_usd, 0) > coalesce(compared.with_residual, 0)
