-- How the two reports of each pair of countries are brought together, by year
--
-- By month where both report all months of the year, else by year; by the months there are
-- where no year is common. Some months of a book that is given by year as well would
-- stand for all of it. At the finest level that both have about the pair, in all periods of
-- the year; in the older of the two editions, because codes lead from newer to older ones by
-- the conversion tables. Classifications that no table joins meet in total. Where only one
-- side has figures, they stand as they are. Where both have figures but no frequency in
-- common, such as some months against a year, the pair cannot be compared, and `why` says so.
-- A side that tells of the pair in one frequency alone has not reported nil in the other, though it
-- tells of other partners there.
--
-- Of the sources of a side the first in the order of `compared_source` that tells of the
-- pair is taken; own declarations are whole, and silent where they have nothing. The others
-- that tell of it are named in `export_passed_over` and `import_passed_over`.
--
-- The trade system of each side decides which difference of own figures is looked at.
--
-- method: R-4.1, R-1.12
-- grain:  exporter, importer, year

with pair as (

    select
        exporter,
        importer,
        bool_or(partner_is_special) as partner_is_special,
        year
    from pair_source
    group by
        exporter,
        importer,
        year

),

pair_side as (

    select
        exporter,
        importer,
        year,
        'X' as flow,
        exporter as reporter
    from pair

    union all

    select
        exporter,
        importer,
        year,
        'M' as flow,
        importer as reporter
    from pair

),

candidate as (

    select
        pair_side.exporter,
        pair_side.importer,
        compared_source.reporter,
        compared_source.flow,
        compared_source.year,
        compared_source.frequency,
        compared_source.source,
        compared_source.source_frequency,
        compared_source.edition,
        coalesce(pair_source.told_level, compared_source.source_level) as source_level,
        case
            when pair_source.told_level is null then compared_source.level
            -- national codes are cut to subheadings
            else least(pair_source.told_level, 6)
        end as level,
        compared_source.partner_concept,
        compared_source.has_both_concepts,
        compared_source.period_count,
        bool_or(compared_source.source = 'declarations' or coalesce(pair_source.record_count, 0) > 0) over (
            partition by
                pair_side.exporter,
                pair_side.importer,
                compared_source.flow,
                compared_source.year
        ) as side_tells,
        bool_or(compared_source.source = 'declarations' or coalesce(pair_source.record_count, 0) > 0) over (
            partition by
                pair_side.exporter,
                pair_side.importer,
                compared_source.flow,
                compared_source.year,
                compared_source.frequency
        ) as frequency_tells,
        row_number() over (
            partition by
                pair_side.exporter,
                pair_side.importer,
                compared_source.flow,
                compared_source.year,
                compared_source.frequency
            order by
                case when compared_source.source = 'declarations' then 0 when pair_source.record_count > 0 then 1 else 2 end,
                compared_source.place
        ) as place
    from pair_source
    right join (
        pair_side
        join compared_source
            on pair_side.reporter = compared_source.reporter
            and pair_side.flow = compared_source.flow
            and pair_side.year = compared_source.year
    )
        on pair_source.exporter = pair_side.exporter
        and pair_source.importer = pair_side.importer
        and pair_source.year = pair_side.year
        and pair_source.flow = pair_side.flow
        and pair_source.source = compared_source.source
        and pair_source.frequency = compared_source.source_frequency
        and pair_source.edition = compared_source.edition

),

months as (

    select
        exporter,
        importer,
        reporter,
        flow,
        year,
        source,
        source_frequency,
        edition,
        source_level,
        level,
        partner_concept,
        has_both_concepts,
        period_count
    from candidate
    where frequency = 'M'
        and place = 1
        and (frequency_tells or not side_tells)

),

years as (

    select
        exporter,
        importer,
        reporter,
        flow,
        year,
        source,
        source_frequency,
        edition,
        source_level,
        level,
        partner_concept,
        has_both_concepts,
        period_count
    from candidate
    where frequency = 'A'
        and place = 1
        and (frequency_tells or not side_tells)

),

side as (

    select
        coalesce(months.exporter, years.exporter) as exporter,
        coalesce(months.importer, years.importer) as importer,
        coalesce(months.reporter, years.reporter) as reporter,
        coalesce(months.flow, years.flow) as flow,
        coalesce(months.year, years.year) as year,
        months.source as month_source,
        months.source_frequency as month_source_frequency,
        months.edition as month_edition,
        months.source_level as month_source_level,
        months.level as month_level,
        months.partner_concept as month_concept,
        months.has_both_concepts as month_both,
        months.period_count as month_count,
        years.source as year_source,
        years.source_frequency as year_source_frequency,
        years.edition as year_edition,
        years.source_level as year_source_level,
        years.level as year_level,
        years.partner_concept as year_concept,
        years.has_both_concepts as year_both
    from months
    full join years
        on months.exporter = years.exporter
        and months.importer = years.importer
        and months.flow = years.flow
        and months.year = years.year

),

joined as (

    select
        pair.exporter,
        pair.importer,
        pair.year,
        pair.partner_is_special,
        export_side.reporter is not null as export_is_reported,
        import_side.reporter is not null as import_is_reported,
        case
            when export_side.reporter is null and import_side.reporter is null then null
            when export_side.reporter is null then case when import_side.month_source is not null then 'M' else 'A' end
            when import_side.reporter is null then case when export_side.month_source is not null then 'M' else 'A' end
            when export_side.month_count = 12 and import_side.month_count = 12 then 'M'
            when export_side.year_source is not null and import_side.year_source is not null then 'A'
            when export_side.month_source is not null and import_side.month_source is not null then 'M'
        end as frequency,
        export_side.month_source as export_month_source,
        export_side.month_source_frequency as export_month_source_frequency,
        export_side.month_edition as export_month_edition,
        export_side.month_source_level as export_month_source_level,
        export_side.month_level as export_month_level,
        export_side.month_concept as export_month_concept,
        export_side.year_source as export_year_source,
        export_side.year_source_frequency as export_year_source_frequency,
        export_side.year_edition as export_year_edition,
        export_side.year_source_level as export_year_source_level,
        export_side.year_level as export_year_level,
        export_side.year_concept as export_year_concept,
        import_side.month_source as import_month_source,
        import_side.month_source_frequency as import_month_source_frequency,
        import_side.month_edition as import_month_edition,
        import_side.month_source_level as import_month_source_level,
        import_side.month_level as import_month_level,
        import_side.month_concept as import_month_concept,
        import_side.month_both as import_month_both,
        import_side.year_source as import_year_source,
        import_side.year_source_frequency as import_year_source_frequency,
        import_side.year_edition as import_year_edition,
        import_side.year_source_level as import_year_source_level,
        import_side.year_level as import_year_level,
        import_side.year_concept as import_year_concept,
        import_side.year_both as import_year_both
    from pair
    left join side as export_side
        on pair.exporter = export_side.exporter
        and pair.importer = export_side.importer
        and pair.year = export_side.year
        and export_side.flow = 'X'
    left join side as import_side
        on pair.exporter = import_side.exporter
        and pair.importer = import_side.importer
        and pair.year = import_side.year
        and import_side.flow = 'M'

),

basis as (

    select
        exporter,
        importer,
        year,
        partner_is_special,
        frequency,
        export_is_reported,
        import_is_reported,
        case frequency when 'M' then export_month_source when 'A' then export_year_source end as export_source,
        case frequency when 'M' then export_month_source_frequency when 'A' then export_year_source_frequency end
            as export_source_frequency,
        case frequency when 'M' then export_month_edition when 'A' then export_year_edition end as export_edition,
        case frequency when 'M' then export_month_source_level when 'A' then export_year_source_level end as export_source_level,
        case frequency when 'M' then export_month_level when 'A' then export_year_level end as export_level,
        case frequency when 'M' then export_month_concept when 'A' then export_year_concept end as export_concept,
        case frequency when 'M' then import_month_source when 'A' then import_year_source end as import_source,
        case frequency when 'M' then import_month_source_frequency when 'A' then import_year_source_frequency end
            as import_source_frequency,
        case frequency when 'M' then import_month_edition when 'A' then import_year_edition end as import_edition,
        case frequency when 'M' then import_month_source_level when 'A' then import_year_source_level end as import_source_level,
        case frequency when 'M' then import_month_level when 'A' then import_year_level end as import_level,
        case frequency when 'M' then import_month_concept when 'A' then import_year_concept end as import_concept,
        case frequency when 'M' then import_month_both when 'A' then import_year_both end as import_has_both_concepts
    from joined

),

-- what tells of the pair and is not taken
other as (

    select
        pair_source.exporter,
        pair_source.importer,
        pair_source.year,
        pair_source.flow,
        array_to_string(
            array_agg(
                distinct concat_ws(' ', pair_source.source, pair_source.frequency, pair_source.edition)
                order by concat_ws(' ', pair_source.source, pair_source.frequency, pair_source.edition)
            ),
            ', '
        ) as passed_over
    from basis
    join pair_source
        on basis.exporter = pair_source.exporter
        and basis.importer = pair_source.importer
        and basis.year = pair_source.year
    where concat_ws(' ', pair_source.source, pair_source.frequency, pair_source.edition)
        <> case pair_source.flow
            when 'X' then concat_ws(' ', basis.export_source, basis.export_source_frequency, basis.export_edition)
            else concat_ws(' ', basis.import_source, basis.import_source_frequency, basis.import_edition)
        end
    group by
        pair_source.exporter,
        pair_source.importer,
        pair_source.year,
        pair_source.flow

),

edition as (

    select
        edition,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from commodity
    where level = 6
    group by edition

),

year_edition as (

    select
        span.year,
        max(edition.edition) as edition
    from (
        select distinct year
        from pair
    ) as span
    join edition
        on span.year between edition.valid_from and edition.valid_to
    group by span.year

)

select
    basis.exporter,
    basis.importer,
    basis.year,
    basis.partner_is_special,
    basis.frequency,
    basis.export_is_reported,
    basis.import_is_reported,
    basis.export_source,
    basis.export_source_frequency,
    basis.export_edition,
    basis.export_source_level,
    basis.export_concept,
    basis.import_source,
    basis.import_source_frequency,
    basis.import_edition,
    basis.import_source_level,
    basis.import_concept,
    basis.import_has_both_concepts,
    -- a combined nomenclature is the Harmonized System of its year, with digits added
    case when basis.export_edition = 'CN' then year_edition.edition else basis.export_edition end as export_hs_edition,
    case when basis.import_edition = 'CN' then year_edition.edition else basis.import_edition end as import_hs_edition,
    least(
        coalesce(
            case when basis.export_edition = 'CN' then year_edition.edition else basis.export_edition end,
            case when basis.import_edition = 'CN' then year_edition.edition else basis.import_edition end
        ),
        coalesce(
            case when basis.import_edition = 'CN' then year_edition.edition else basis.import_edition end,
            case when basis.export_edition = 'CN' then year_edition.edition else basis.export_edition end
        )
    ) as edition,
    case
        when basis.export_edition <> basis.import_edition
            and (
                (basis.export_edition not like 'HS%' and basis.export_edition <> 'CN')
                or (basis.import_edition not like 'HS%' and basis.import_edition <> 'CN')
            )
            then 0
        else least(coalesce(basis.export_level, basis.import_level), coalesce(basis.import_level, basis.export_level))
    end as level,
    coalesce(export_system.trade_system, 'general') as export_system,
    coalesce(import_system.trade_system, 'general') as import_system,
    case
        when basis.frequency is not null then null
        when basis.export_is_reported and basis.import_is_reported then 'no period in common'
        else 'no whole year'
    end as why,
    export_other.passed_over as export_passed_over,
    import_other.passed_over as import_passed_over
from basis
left join other as export_other
    on basis.exporter = export_other.exporter
    and basis.importer = export_other.importer
    and basis.year = export_other.year
    and export_other.flow = 'X'
left join other as import_other
    on basis.exporter = import_other.exporter
    and basis.importer = import_other.importer
    and basis.year = import_other.year
    and import_other.flow = 'M'
left join year_edition
    on basis.year = year_edition.year
left join trade_system as export_system
    on basis.exporter = export_system.country
    and basis.year between export_system.valid_from and export_system.valid_to
left join trade_system as import_system
    on basis.importer = import_system.country
    and basis.year between import_system.valid_from and import_system.valid_to
