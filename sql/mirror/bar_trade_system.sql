-- Bar: the two sides count in different trade systems
--
-- Evidence: own declarations counted once more in the partner's trade system. The bar
-- is what the own figure has beyond that: goods in and out of warehouses and zones. It
-- is the own half of the difference only; what the partner's warehouses hold is not
-- known here. Countries with one published figure give no evidence. Where the partner's
-- figures hold these goods all the same (see `part_evidence`), they explain nothing.
--
-- imts:   2.17
-- method: R-1.12, R-1.20, R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with refuted as (

    select
        exporter,
        importer,
        bool_or(part = 'import_beyond') as is_import,
        bool_or(part = 'export_beyond') as is_export
    from part_evidence
    where failing_count > fitting_count
        and part in ('import_beyond', 'export_beyond')
    group by
        exporter,
        importer

),

kept as (

    select
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.frequency,
        mirror_cell.period,
        mirror_cell.commodity_code,
        case when refuted.is_import then 0 else coalesce(mirror_cell.import_beyond_value, 0) end as import_amount,
        case when refuted.is_export then 0 else coalesce(mirror_cell.export_beyond_value, 0) end as export_amount
    from refuted
    right join mirror_cell
        on refuted.exporter = mirror_cell.exporter
        and refuted.importer = mirror_cell.importer
    where mirror_cell.class in ('matched', 'orphaned')
        and (mirror_cell.import_beyond_value <> 0 or mirror_cell.export_beyond_value <> 0)

)

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    cast(import_amount as decimal(38, 6)) as import_amount,
    cast(export_amount as decimal(38, 6)) as export_amount,
    cast(import_amount - export_amount as decimal(38, 6)) as amount
from kept
where import_amount <> 0
    or export_amount <> 0
