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
-- All of it follows from `mirror_cell`, so it is worked out for the pairs and levels that
-- somebody asks for, and not kept.
--
-- method: R-4.1
-- grain:  exporter, importer, period_kind, period, dimension, code
-- view:   yes

with cell as (

    select
        exporter,
        importer,
        frequency,
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
        case when class <> 'lost' then quantity_unit end as quantity_unit,
        case when class <> 'lost' then 1 else 0 end as cell_count
    from mirror_cell
    where is_in_span
        and class <> 'unspecified'

),

place as (

    select
        frequency,
        period_kind,
        dimension,
        digits
    from (
        values
            ('M', 'month', 'total', 0),
            ('M', 'month', 'hs2', 2),
            ('M', 'month', 'hs4', 4),
            ('M', 'month', 'hs6', 6),
            ('M', 'year', 'total', 0),
            ('M', 'year', 'hs2', 2),
            ('M', 'year', 'hs4', 4),
            ('M', 'year', 'hs6', 6),
            ('A', 'year', 'total', 0),
            ('A', 'year', 'hs2', 2),
            ('A', 'year', 'hs4', 4),
            ('A', 'year', 'hs6', 6)
    ) as row_of_place (frequency, period_kind, dimension, digits)

),

summed as (

    -- cells come pair by pair, and no more than the sums of a pair are held
    select
        cell.exporter,
        cell.importer,
        place.period_kind,
        case place.period_kind when 'month' then cell.period else cell.year end as period,
        place.dimension,
        case place.dimension when 'total' then 'TOTAL' else left(cell.commodity_code, place.digits) end as code,
        sum(cell.export_value) as export_value,
        sum(cell.import_value) as import_value,
        sum(cell.import_value_fob) as import_value_fob,
        sum(cell.lost_export_value) as lost_export_value,
        sum(cell.lost_import_value) as lost_import_value,
        sum(cell.orphaned_export_value) as orphaned_export_value,
        sum(cell.orphaned_import_value) as orphaned_import_value,
        sum(cell.gross_asymmetry) as gross_asymmetry,
        sum(cell.export_mass_kg) as export_mass_kg,
        sum(cell.import_mass_kg) as import_mass_kg,
        bool_or(cell.export_mass_is_partial) as export_mass_is_partial,
        bool_or(cell.import_mass_is_partial) as import_mass_is_partial,
        sum(cell.export_quantity) as export_quantity,
        sum(cell.import_quantity) as import_quantity,
        bool_or(cell.export_quantity_is_partial) as export_quantity_is_partial,
        bool_or(cell.import_quantity_is_partial) as import_quantity_is_partial,
        min(cell.quantity_unit) as first_unit,
        max(cell.quantity_unit) as last_unit,
        sum(cell.cell_count) as cell_count
    from place
    join cell
        on place.frequency = cell.frequency
    where place.digits <= coalesce(cell.level, 0)
    group by
        cell.exporter,
        cell.importer,
        place.period_kind,
        case place.period_kind when 'month' then cell.period else cell.year end,
        place.dimension,
        case place.dimension when 'total' then 'TOTAL' else left(cell.commodity_code, place.digits) end

),

whole as (

    select
        exporter,
        importer,
        period_kind,
        period,
        dimension,
        code,
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
        when cell_count = 0 then 'lost'
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
    -- of unit values that no scale of decimals can hold both of; what is beyond all decimals is none
    try_cast(
        round(
            cast(import_value_fob as double) / nullif(cast(import_mass_kg as double), 0)
                / nullif(cast(export_value as double) / nullif(cast(export_mass_kg as double), 0), 0),
            6
        ) as decimal(38, 6)
    ) as unit_value_ratio
from whole
