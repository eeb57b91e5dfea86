-- Gaps in value where both sides agree that the same goods moved
--
-- The quantity share a says how far the two quantities agree, 1 less their difference
-- over the larger; the gap V_M' - V_X is weighted with it, so that goods one side does
-- not have at all do not count as misinvoicing. Mass stands in where there is no common
-- unit. A positive gap is an import declared dearer, or an export cheaper, than the
-- other side has it. A screen, not a finding: it has the partner's errors in it too.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with measured as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        export_value,
        -- freight can only make an import dearer
        least(import_value_fob, import_value) as import_value_fob,
        coalesce(case when import_quantity > 0 then export_quantity end, export_mass_kg) as export_quantity,
        coalesce(case when export_quantity > 0 then import_quantity end, import_mass_kg) as import_quantity,
        case when export_quantity > 0 and import_quantity > 0 then quantity_unit else 'kg' end as quantity_unit
    from mirror_cell
    where class = 'matched'
        and is_in_span

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
