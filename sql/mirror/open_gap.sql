-- The gap of each cell after the bars that stand in the records, and before any bar
--
-- `ordered`: values in the right unit, imports by the concept and in the system of the
-- other side, without re-exports, free on board; the gap that is left is what the
-- patterns (lag, confidentiality, transit, classification, threshold) may explain.
-- `alone`: the figures as reported, to see each bar with the others switched off.
-- `timed_gap` keeps these figures; here they are only worked out. Months that are lost to
-- the comparison have them too, because another month may look for its goods there.
--
-- method: R-4.1
-- grain:  basis, exporter, importer, frequency, period, commodity_code
-- view:   yes

with recorded as (

    select
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.frequency,
        mirror_cell.period,
        mirror_cell.commodity_code,
        mirror_cell.year,
        mirror_cell.is_in_span,
        mirror_cell.level,
        mirror_cell.class,
        mirror_cell.export_value,
        mirror_cell.import_value,
        mirror_cell.cif_fob_factor,
        coalesce(bar_unit_error.import_scale, 1) as import_scale,
        coalesce(bar_unit_error.export_scale, 1) as export_scale,
        coalesce(bar_unit_error.amount, 0) as unit_error,
        -- known amounts are in the unit of the figure they are part of
        cast(round(coalesce(bar_partner_concept.amount, 0) * coalesce(bar_unit_error.import_scale, 1), 6) as decimal(38, 6)) as partner_concept,
        cast(round(coalesce(bar_trade_system.import_amount, 0) * coalesce(bar_unit_error.import_scale, 1), 6) as decimal(38, 6)) as import_system,
        cast(round(coalesce(bar_trade_system.export_amount, 0) * coalesce(bar_unit_error.export_scale, 1), 6) as decimal(38, 6)) as export_system,
        cast(round(coalesce(bar_reexport.amount, 0) * coalesce(bar_unit_error.export_scale, 1), 6) as decimal(38, 6)) as reexport,
        mirror_cell.export_mass_kg,
        mirror_cell.import_mass_kg,
        greatest(mirror_cell.export_uncertain_value, mirror_cell.import_uncertain_value) as uncertain_value,
        mirror_cell.export_is_confidential,
        mirror_cell.import_is_confidential
    from bar_unit_error
    right join (
        bar_trade_system
        right join (
            bar_reexport
            right join (
                bar_partner_concept
                right join mirror_cell
                    on bar_partner_concept.exporter = mirror_cell.exporter
                    and bar_partner_concept.importer = mirror_cell.importer
                    and bar_partner_concept.frequency = mirror_cell.frequency
                    and bar_partner_concept.period = mirror_cell.period
                    and bar_partner_concept.commodity_code = mirror_cell.commodity_code
            )
                on bar_reexport.exporter = mirror_cell.exporter
                and bar_reexport.importer = mirror_cell.importer
                and bar_reexport.frequency = mirror_cell.frequency
                and bar_reexport.period = mirror_cell.period
                and bar_reexport.commodity_code = mirror_cell.commodity_code
        )
            on bar_trade_system.exporter = mirror_cell.exporter
            and bar_trade_system.importer = mirror_cell.importer
            and bar_trade_system.frequency = mirror_cell.frequency
            and bar_trade_system.period = mirror_cell.period
            and bar_trade_system.commodity_code = mirror_cell.commodity_code
    )
        on bar_unit_error.exporter = mirror_cell.exporter
        and bar_unit_error.importer = mirror_cell.importer
        and bar_unit_error.frequency = mirror_cell.frequency
        and bar_unit_error.period = mirror_cell.period
        and bar_unit_error.commodity_code = mirror_cell.commodity_code
    where mirror_cell.class in ('matched', 'orphaned')
        or (mirror_cell.class = 'lost' and mirror_cell.frequency = 'M')

),

adjusted as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        year,
        is_in_span,
        level,
        class,
        export_value,
        import_value,
        cif_fob_factor,
        unit_error,
        partner_concept,
        import_system,
        export_system,
        reexport,
        round(import_value * import_scale, 6) - partner_concept - import_system as adjusted_import,
        round(export_value * export_scale, 6) - export_system + reexport as adjusted_export,
        export_mass_kg,
        import_mass_kg,
        uncertain_value,
        export_is_confidential,
        import_is_confidential
    from recorded

)

select
    'ordered' as basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    year,
    is_in_span,
    class,
    cif_fob_factor,
    level,
    import_value - export_value as reported_gap,
    unit_error,
    partner_concept,
    import_system - export_system as trade_system,
    reexport,
    cast(adjusted_import - round(adjusted_import / cif_fob_factor, 6) as decimal(38, 6)) as cif_fob,
    cast(adjusted_export as decimal(38, 6)) as export_value,
    cast(round(adjusted_import / cif_fob_factor, 6) as decimal(38, 6)) as import_value,
    cast(round(adjusted_import / cif_fob_factor, 6) - adjusted_export as decimal(38, 6)) as gap,
    export_mass_kg,
    import_mass_kg,
    uncertain_value,
    export_is_confidential,
    import_is_confidential
from adjusted

union all

select
    'alone' as basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    year,
    is_in_span,
    class,
    cif_fob_factor,
    level,
    import_value - export_value as reported_gap,
    cast(0 as decimal(38, 6)) as unit_error,
    cast(0 as decimal(38, 6)) as partner_concept,
    cast(0 as decimal(38, 6)) as trade_system,
    cast(0 as decimal(38, 6)) as reexport,
    cast(import_value - round(import_value / cif_fob_factor, 6) as decimal(38, 6)) as cif_fob,
    export_value,
    import_value,
    import_value - export_value as gap,
    export_mass_kg,
    import_mass_kg,
    uncertain_value,
    export_is_confidential,
    import_is_confidential
from adjusted
