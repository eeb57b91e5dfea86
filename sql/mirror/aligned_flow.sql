-- Reports of both sides on common terms: period, edition, level, partner concept
--
-- Each row is one report of one side of a pair. Codes are converted to the edition of
-- the comparison, each to the one code it belongs to; what a code may also take from
-- or give to others is kept as the uncertain value, and the bar for the change of
-- edition can be no larger. Of each period the rows in its own detail are taken, and cut
-- to the level of the comparison: a month that a country gives by chapters stands beside
-- its months by subheading. Kinds of rows:
--
--   value        the figures that are compared, at the main partner concept
--   consignment  imports by country of consignment, where both concepts are given
--   reexport     re-exports within the exports
--   beyond       own figures beyond what the other side's trade system counts
--   total        the reported total beside its detail: what the detail lacks has no code,
--                and so has a period of which only the total is told, which is a value
--
-- method: R-1.51, R-4.1
-- view:   yes

with side as (

    select
        exporter,
        importer,
        year,
        'X' as flow,
        frequency,
        level,
        edition,
        export_source as source,
        export_source_frequency as source_frequency,
        export_edition as source_edition,
        export_source_level as source_level,
        export_concept as partner_concept,
        export_hs_edition as hs_edition,
        import_system as other_system
    from pair_basis

    union all

    select
        exporter,
        importer,
        year,
        'M' as flow,
        frequency,
        level,
        edition,
        import_source as source,
        import_source_frequency as source_frequency,
        import_edition as source_edition,
        import_source_level as source_level,
        import_concept as partner_concept,
        import_hs_edition as hs_edition,
        export_system as other_system
    from pair_basis

),

report as (

    select
        flow,
        partner_is_special,
        exporter,
        importer,
        cast(date_trunc('year', period) as date) as year,
        source,
        frequency,
        period,
        edition,
        partner_concept,
        flow_kind,
        commodity_code,
        level,
        valuation,
        value_usd,
        fob_value_usd,
        net_mass_kg,
        quantity,
        quantity_unit,
        is_confidential
    from pair_report
    where flow_kind in ('total', 'RX', 'beyond_general', 'beyond_special_relaxed', 'beyond_special_strict')

),

-- periods in another detail than the year has
unlike_detail as (

    select
        side.exporter,
        side.importer,
        side.flow,
        side.source,
        side.source_frequency,
        side.source_edition,
        pair_calendar.period,
        pair_calendar.detail_level
    from side
    join pair_calendar
        on side.exporter = pair_calendar.exporter
        and side.importer = pair_calendar.importer
        and side.flow = pair_calendar.flow
        and side.source = pair_calendar.source
        and side.source_frequency = pair_calendar.frequency
        and side.source_edition = pair_calendar.edition
        and side.year = cast(date_trunc('year', pair_calendar.period) as date)
    where pair_calendar.detail_level <> side.source_level

),

chosen as (

    select
        report.flow,
        report.exporter,
        report.importer,
        report.year,
        report.partner_is_special,
        side.frequency,
        case when side.frequency = 'M' then report.period else report.year end as period,
        side.level as compared_level,
        side.edition as compared_edition,
        side.hs_edition as edition,
        case
            when report.flow_kind = 'RX' then 'reexport'
            when report.flow_kind <> 'total' then 'beyond'
            when report.level = 0 and coalesce(unlike_detail.detail_level, side.source_level) > 0 then 'total'
            when report.partner_concept = side.partner_concept then 'value'
            else 'consignment'
        end as kind,
        left(report.commodity_code, 6) as hs6,
        report.commodity_code,
        report.level,
        report.valuation,
        report.value_usd,
        report.fob_value_usd,
        report.net_mass_kg,
        report.quantity,
        report.quantity_unit,
        report.is_confidential
    from unlike_detail
    right join (
        side
        join report
            on side.exporter = report.exporter
            and side.importer = report.importer
            and side.year = report.year
            and side.flow = report.flow
            and side.source = report.source
            and side.source_frequency = report.frequency
            and side.source_edition = report.edition
    )
        on unlike_detail.exporter = report.exporter
        and unlike_detail.importer = report.importer
        and unlike_detail.flow = report.flow
        and unlike_detail.source = report.source
        and unlike_detail.source_frequency = report.frequency
        and unlike_detail.source_edition = report.edition
        and unlike_detail.period = report.period
    where (report.level = coalesce(unlike_detail.detail_level, side.source_level) or (report.level = 0 and report.flow_kind = 'total'))
        and (
            report.partner_concept = side.partner_concept
            or (report.flow = 'M' and report.partner_concept = 'consignment' and report.flow_kind = 'total' and report.level > 0)
        )
        and (report.flow_kind in ('total', 'RX') or report.flow_kind = concat('beyond_', side.other_system))

),

converted as (

    select
        chosen.flow,
        chosen.exporter,
        chosen.importer,
        chosen.year,
        chosen.partner_is_special,
        chosen.frequency,
        chosen.period,
        chosen.kind,
        chosen.compared_edition as edition,
        chosen.compared_level as level,
        case
            when chosen.kind = 'total' then '9999XX'
            when chosen.compared_level = 0 then 'TOTAL'
            when chosen.level = 0 then '9999XX'
            -- both sides have the same classification, with codes of its own
            when chosen.compared_edition not like 'HS%' then chosen.commodity_code
            else left(coalesce(hs_correlation.to_code, chosen.hs6), chosen.compared_level)
        end as commodity_code,
        chosen.valuation,
        chosen.value_usd,
        chosen.fob_value_usd,
        chosen.net_mass_kg,
        chosen.quantity,
        chosen.quantity_unit,
        chosen.is_confidential or (chosen.level = 0 and chosen.compared_level > 0) as is_confidential,
        hs_correlation.other_codes is not null as is_uncertain,
        chosen.edition as reported_edition,
        hs_correlation.other_codes
    from hs_correlation
    right join chosen
        on hs_correlation.from_code = chosen.hs6
        and hs_correlation.from_edition = chosen.edition
        and hs_correlation.to_edition = chosen.compared_edition

)

select
    flow,
    exporter,
    importer,
    year,
    partner_is_special,
    frequency,
    period,
    kind,
    edition,
    level,
    commodity_code,
    valuation,
    value_usd,
    fob_value_usd,
    net_mass_kg,
    quantity,
    quantity_unit,
    is_confidential,
    is_uncertain,
    reported_edition,
    other_codes
from converted
