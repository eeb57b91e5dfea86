-- Gaps in value where both sides agree that the same goods moved
--
-- The quantity share a says how far the two quantities agree, 1 less their difference
-- over the larger; the gap V_M' - V_X is weighted with it, so that goods one side does
-- not have at all do not count as misinvoicing. Mass stands in where there is no common
-- unit, or one side gives a quantity of nil. The two records are those of `paired_flow`, months apart where the way is long,
-- in the right unit of value (see `bar_unit_error`). A positive gap is an import declared
-- dearer, or an export cheaper, than the other side has it. A screen, not a finding: it
-- has the partner's errors in it too.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with scaled as (

    select
        paired_flow.exporter,
        paired_flow.importer,
        paired_flow.frequency,
        paired_flow.period,
        paired_flow.commodity_code,
        round(paired_flow.export_value * coalesce(export_error.export_scale, 1), 6) as export_value,
        round(paired_flow.import_value * coalesce(import_error.import_scale, 1), 6) as import_value,
        round(paired_flow.import_value_fob * coalesce(import_error.import_scale, 1), 6) as import_value_fob,
        paired_flow.export_mass_kg,
        paired_flow.import_mass_kg,
        paired_flow.export_quantity,
        paired_flow.import_quantity,
        paired_flow.quantity_unit
    from bar_unit_error as export_error
    right join (
        bar_unit_error as import_error
        right join paired_flow
            on import_error.exporter = paired_flow.exporter
            and import_error.importer = paired_flow.importer
            and import_error.frequency = paired_flow.frequency
            and import_error.period = paired_flow.import_period
            and import_error.commodity_code = paired_flow.commodity_code
    )
        on export_error.exporter = paired_flow.exporter
        and export_error.importer = paired_flow.importer
        and export_error.frequency = paired_flow.frequency
        and export_error.period = paired_flow.export_period
        and export_error.commodity_code = paired_flow.commodity_code
    where paired_flow.period between $first_day and $last_day

),

measured as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        cast(export_value as decimal(38, 6)) as export_value,
        -- freight can only make an import dearer
        cast(least(import_value_fob, import_value) as decimal(38, 6)) as import_value_fob,
        case when export_quantity > 0 and import_quantity > 0 then export_quantity else export_mass_kg end as export_quantity,
        case when export_quantity > 0 and import_quantity > 0 then import_quantity else import_mass_kg end as import_quantity,
        case when export_quantity > 0 and import_quantity > 0 then quantity_unit else 'kg' end as quantity_unit
    from scaled

),

weighted as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        export_value,
        import_value_fob,
        export_quantity,
        import_quantity,
        quantity_unit,
        cast(
            round(1 - abs(import_quantity - export_quantity) / greatest(import_quantity, export_quantity), 6) as decimal(10, 6)
        ) as quantity_share
    from measured
    where export_quantity > 0
        and import_quantity > 0

)

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    export_value,
    import_value_fob,
    export_quantity,
    import_quantity,
    quantity_unit,
    quantity_share,
    import_value_fob - export_value as gap,
    cast(round(quantity_share * (import_value_fob - export_value), 6) as decimal(38, 6)) as weighted_gap
from weighted
