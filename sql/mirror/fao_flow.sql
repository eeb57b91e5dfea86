-- One value for each flow after the rule of the FAO, for comparison
--
-- No own figure: the other side's, with the fixed rate between the two valuations put on
-- or taken off. Two figures that are equal after it: the own. Else the side of the better
-- accuracy group; of equal groups, the importer's. Seen from both sides: `import_seen` is
-- the flow as an import, CIF, and `export_seen` as an export, FOB.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with bound as (

    select
        max(value) filter (where name = 'cif_fob_rate_fao') as rate,
        max(value) filter (where name = 'fao_accuracy_groups') as groups
    from parameter
    where $last_day between valid_from and valid_to

),

grouped as (

    select
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.frequency,
        mirror_cell.period,
        mirror_cell.commodity_code,
        mirror_cell.export_value,
        mirror_cell.import_value,
        cast(coalesce(export_side.accuracy_group, (select max(groups) from bound) + 1) as int) as export_group,
        cast(coalesce(import_side.accuracy_group, (select max(groups) from bound) + 1) as int) as import_group,
        cast(round(mirror_cell.export_value * cast((select max(rate) from bound) as decimal(10, 6)), 6) as decimal(38, 6)) as export_as_import,
        cast(round(mirror_cell.import_value / cast((select max(rate) from bound) as decimal(10, 6)), 6) as decimal(38, 6)) as import_as_export
    from fao_accuracy as import_side
    right join (
        fao_accuracy as export_side
        right join mirror_cell
            on export_side.reporter = mirror_cell.exporter
    )
        on import_side.reporter = mirror_cell.importer
    where mirror_cell.is_in_span
        and mirror_cell.class <> 'unspecified'

),

chosen as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        export_value,
        import_value,
        export_group,
        import_group,
        export_as_import,
        import_as_export,
        case
            when import_value = 0 then 'export'
            when export_value = 0 then 'import'
            when import_as_export = export_value then 'both'
            when export_group < import_group then 'export'
            else 'import'
        end as chosen_side
    from grouped

)

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    export_group,
    import_group,
    chosen_side,
    case when chosen_side = 'export' then export_as_import else import_value end as import_seen,
    case when chosen_side = 'import' then import_as_export else export_value end as export_seen
from chosen
