-- How far two reports of the same flow lie apart, by pair of countries, goods and time
--
-- By month and by year; in total, by chapter, heading and subheading, as fine as both
-- sides report. X is the export, M the import, M' the import less freight and
-- insurance. Silent partners (`lost`) are kept apart and in no indicator.
--
--   asymmetry             A = M' - X; `asymmetry_unadjusted` is M - X
--   ratio, log_ratio      M' / X
--   relative_to_mean      A over the mean of the two, from -2 to 2
--   coefficient           its absolute value for the figures as reported: CC1 of a pair
--   symmetric_index       |A| over the sum of the two, from 0 to 1; symmetry is one less it
--   relative_to_own       A / X
--   gross_asymmetry       sum of |A| over the finest cells; |A| is the net one
--
-- Values, masses, quantities and unit values stand side by side: equal quantities with
-- unlike values point to valuation, equal unit values with unlike quantities to
-- coverage or partner. A mass is shown only where all goods of the row have one, a
-- quantity only where all are in one unit.
--
-- method: R-4.1
-- grain:  exporter, importer, period_kind, period, dimension, code

with cell as (

    select
        exporter,
        importer,
        case frequency when 'M' then 'month' else 'year' end as period_kind,
        period,
        year,
        level,
        commodity_code,
        case when class <> 'lost' then export_value else 0 end as export_value,
        case when class <> 'lost' then import_value else 0 end as import_value,
        case when class <> 'lost' then import_value_fob else 0 end as import_value_fob,
        case when class = 'lost' then export_value else 0 end as lost_export_value,
        case when class = 'lost' then import_value else 0 end as lost_import_value,
        case when class = 'orphaned' then export_value else 0 end as orphaned_export_value,
        case when class = 'orphaned' then import_value else 0 end as orphaned_import_value,
        case when class <> 'lost' then abs(import_value_fob - export_value) else 0 end as gross_asymmetry,
        case when class <> 'lost' then export_mass_kg end as export_mass_kg,
        case when class <> 'lost' then import_mass_kg end as import_mass_kg,
        class <> 'lost' and export_value > 0 and export_mass_kg is null as export_mass_is_partial,
        class <> 'lost' and import_value > 0 and import_mass_kg is null as import_mass_is_partial,
        case when class <> 'lost' then export_quantity end as export_quantity,
        case when class <> 'lost' then import_quantity end as import_quantity,
        class <> 'lost' and export_value > 0 and export_quantity is null as export_quantity_is_partial,
        class <> 'lost' and import_value > 0 and import_quantity is null as import_quantity_is_partial,
        case when class <> 'lost' then quantity_unit end as first_unit,
        case when class <> 'lost' then quantity_unit end as last_unit,
        class <> 'lost' as is_compared,
        case when class <> 'lost' then 1 else 0 end as cell_count
    from mirror_cell
    where is_in_span
        and class <> 'unspecified'

),

placed as (

    select
        exporter,
        importer,
        period_kind,
        period,
        level,
        commodity_code,
        export_value,
        import_value,
        import_value_fob,
        lost_export_value,
        lost_import_value,
        orphaned_export_value,
        orphaned_import_value,
        gross_asymmetry,
        export_mass_kg,
        import_mass_kg,
        export_mass_is_partial,
        import_mass_is_partial,
        export_quantity,
        import_quantity,
        export_quantity_is_partial,
        import_quantity_is_partial,
        first_unit,
        last_unit,
        is_compared,
        cell_count
    from cell

    union all

    select
        exporter,
        importer,
        'year' as period_kind,
        year as period,
        level,
        commodity_code,
        export_value,
        import_value,
        import_value_fob,
        lost_export_value,
        lost_import_value,
        orphaned_export_value,
        orphaned_import_value,
        gross_asymmetry,
        export_mass_kg,
        import_mass_kg,
        export_mass_is_partial,
        import_mass_is_partial,
        export_quantity,
        import_quantity,
        export_quantity_is_partial,
        import_quantity_is_partial,
        first_unit,
        last_unit,
        is_compared,
        cell_count
    from cell
    where period_kind = 'month'

),

summed as (

    -- a subheading of a month, or of a year reported as one, is one cell already
    select
        exporter,
        importer,
        period_kind,
        period,
        'hs6' as dimension,
        commodity_code as code,
        export_value,
        import_value,
        import_value_fob,
        lost_export_value,
        lost_import_value,
        orphaned_export_value,
        orphaned_import_value,
        gross_asymmetry,
        export_mass_kg,
        import_mass_kg,
        export_mass_is_partial,
        import_mass_is_partial,
        export_quantity,
        import_quantity,
        export_quantity_is_partial,
        import_quantity_is_partial,
        first_unit,
        last_unit,
        is_compared,
        cell_count
    from cell
    where level = 6

    union all

    select
        exporter,
        importer,
        'year' as period_kind,
        year as period,
        'hs6' as dimension,
        commodity_code as code,
        sum(export_value) as export_value,
        sum(import_value) as import_value,
        sum(import_value_fob) as import_value_fob,
        sum(lost_export_value) as lost_export_value,
        sum(lost_import_value) as lost_import_value,
        sum(orphaned_export_value) as orphaned_export_value,
        sum(orphaned_import_value) as orphaned_import_value,
        sum(gross_asymmetry) as gross_asymmetry,
        sum(export_mass_kg) as export_mass_kg,
        sum(import_mass_kg) as import_mass_kg,
        bool_or(export_mass_is_partial) as export_mass_is_partial,
        bool_or(import_mass_is_partial) as import_mass_is_partial,
        sum(export_quantity) as export_quantity,
        sum(import_quantity) as import_quantity,
        bool_or(export_quantity_is_partial) as export_quantity_is_partial,
        bool_or(import_quantity_is_partial) as import_quantity_is_partial,
        min(first_unit) as first_unit,
        max(last_unit) as last_unit,
        bool_or(is_compared) as is_compared,
        sum(cell_count) as cell_count
    from cell
    where level = 6
        and period_kind = 'month'
    group by
        exporter,
        importer,
        year,
        commodity_code

    union all

    select
        exporter,
        importer,
        period_kind,
        period,
        'hs4' as dimension,
        left(commodity_code, 4) as code,
        sum(export_value) as export_value,
        sum(import_value) as import_value,
        sum(import_value_fob) as import_value_fob,
        sum(lost_export_value) as lost_export_value,
        sum(lost_import_value) as lost_import_value,
        sum(orphaned_export_value) as orphaned_export_value,
        sum(orphaned_import_value) as orphaned_import_value,
        sum(gross_asymmetry) as gross_asymmetry,
        sum(export_mass_kg) as export_mass_kg,
        sum(import_mass_kg) as import_mass_kg,
        bool_or(export_mass_is_partial) as export_mass_is_partial,
        bool_or(import_mass_is_partial) as import_mass_is_partial,
        sum(export_quantity) as export_quantity,
        sum(import_quantity) as import_quantity,
        bool_or(export_quantity_is_partial) as export_quantity_is_partial,
        bool_or(import_quantity_is_partial) as import_quantity_is_partial,
        min(first_unit) as first_unit,
        max(last_unit) as last_unit,
        bool_or(is_compared) as is_compared,
        sum(cell_count) as cell_count
    from placed
    where level >= 4
    group by
        exporter,
        importer,
        period_kind,
        period,
        left(commodity_code, 4)

    union all

    select
        exporter,
        importer,
        period_kind,
        period,
        'hs2' as dimension,
        left(commodity_code, 2) as code,
        sum(export_value) as export_value,
        sum(import_value) as import_value,
        sum(import_value_fob) as import_value_fob,
        sum(lost_export_value) as lost_export_value,
        sum(lost_import_value) as lost_import_value,
        sum(orphaned_export_value) as orphaned_export_value,
        sum(orphaned_import_value) as orphaned_import_value,
        sum(gross_asymmetry) as gross_asymmetry,
        sum(export_mass_kg) as export_mass_kg,
        sum(import_mass_kg) as import_mass_kg,
        bool_or(export_mass_is_partial) as export_mass_is_partial,
        bool_or(import_mass_is_partial) as import_mass_is_partial,
        sum(export_quantity) as export_quantity,
        sum(import_quantity) as import_quantity,
        bool_or(export_quantity_is_partial) as export_quantity_is_partial,
        bool_or(import_quantity_is_partial) as import_quantity_is_partial,
        min(first_unit) as first_unit,
        max(last_unit) as last_unit,
        bool_or(is_compared) as is_compared,
        sum(cell_count) as cell_count
    from placed
    where level >= 2
    group by
        exporter,
        importer,
        period_kind,
        period,
        left(commodity_code, 2)

    union all

    select
        exporter,
        importer,
        period_kind,
        period,
        'total' as dimension,
        'TOTAL' as code,
        sum(export_value) as export_value,
        sum(import_value) as import_value,
        sum(import_value_fob) as import_value_fob,
        sum(lost_export_value) as lost_export_value,
        sum(lost_import_value) as lost_import_value,
        sum(orphaned_export_value) as orphaned_export_value,
        sum(orphaned_import_value) as orphaned_import_value,
        sum(gross_asymmetry) as gross_asymmetry,
        sum(export_mass_kg) as export_mass_kg,
        sum(import_mass_kg) as import_mass_kg,
        bool_or(export_mass_is_partial) as export_mass_is_partial,
        bool_or(import_mass_is_partial) as import_mass_is_partial,
        sum(export_quantity) as export_quantity,
        sum(import_quantity) as import_quantity,
        bool_or(export_quantity_is_partial) as export_quantity_is_partial,
        bool_or(import_quantity_is_partial) as import_quantity_is_partial,
        min(first_unit) as first_unit,
        max(last_unit) as last_unit,
        bool_or(is_compared) as is_compared,
        sum(cell_count) as cell_count
    from placed
    group by
        exporter,
        importer,
        period_kind,
        period

),

whole as (

    select
        exporter,
        importer,
        period_kind,
        period,
        dimension,
        code,
        is_compared,
        cell_count,
        export_value,
        import_value,
        import_value_fob,
        lost_export_value,
        lost_import_value,
        orphaned_export_value,
        orphaned_import_value,
        gross_asymmetry,
        cast((import_value_fob + export_value) * 0.5 as decimal(38, 7)) as mean_value,
        cast((import_value + export_value) * 0.5 as decimal(38, 7)) as mean_reported_value,
        case when not export_mass_is_partial then export_mass_kg end as export_mass_kg,
        case when not import_mass_is_partial then import_mass_kg end as import_mass_kg,
        case when not export_quantity_is_partial and first_unit = last_unit then export_quantity end as export_quantity,
        case when not import_quantity_is_partial and first_unit = last_unit then import_quantity end as import_quantity,
        case when first_unit = last_unit then first_unit end as quantity_unit
    from summed

)

select
    exporter,
    importer,
    period_kind,
    period,
    dimension,
    code,
    case
        when not is_compared then 'lost'
        when export_value > 0 and import_value > 0 then 'matched'
        else 'orphaned'
    end as class,
    cast(cell_count as int) as cell_count,
    export_value,
    import_value,
    import_value_fob,
    lost_export_value,
    lost_import_value,
    orphaned_export_value,
    orphaned_import_value,
    import_value_fob - export_value as asymmetry,
    import_value - export_value as asymmetry_unadjusted,
    abs(import_value_fob - export_value) as absolute_asymmetry,
    gross_asymmetry,
    cast(round(import_value_fob / nullif(export_value, 0), 6) as decimal(38, 6)) as ratio,
    case
        when import_value_fob > 0 and export_value > 0 then ln(cast(import_value_fob as double)) - ln(cast(export_value as double))
    end as log_ratio,
    cast(round((import_value_fob - export_value) / nullif(mean_value, 0), 6) as decimal(38, 6)) as relative_to_mean,
    cast(round(abs(import_value - export_value) / nullif(mean_reported_value, 0), 6) as decimal(38, 6)) as coefficient,
    cast(round(abs(import_value_fob - export_value) / nullif(import_value_fob + export_value, 0), 6) as decimal(38, 6)) as symmetric_index,
    cast(1 - round(abs(import_value_fob - export_value) / nullif(import_value_fob + export_value, 0), 6) as decimal(38, 6)) as symmetry,
    cast(round((import_value_fob - export_value) / nullif(export_value, 0), 6) as decimal(38, 6)) as relative_to_own,
    export_mass_kg,
    import_mass_kg,
    cast(round(import_mass_kg / nullif(export_mass_kg, 0), 6) as decimal(38, 6)) as mass_ratio,
    export_quantity,
    import_quantity,
    quantity_unit,
    cast(round(import_quantity / nullif(export_quantity, 0), 6) as decimal(38, 6)) as quantity_ratio,
    cast(round(export_value / nullif(export_mass_kg, 0), 6) as decimal(38, 6)) as export_unit_value,
    cast(round(import_value_fob / nullif(import_mass_kg, 0), 6) as decimal(38, 6)) as import_unit_value,
    cast(
        round(round(import_value_fob / nullif(import_mass_kg, 0), 10) / nullif(round(export_value / nullif(export_mass_kg, 0), 10), 0), 6)
        as decimal(38, 6)
    ) as unit_value_ratio
from whole
