-- Whether a partner lacks a part of the flow that declarations set apart, by how the figures fit
--
-- What own figures have beyond the partner's trade system, and re-exports within the exports,
-- should be missing in the partner's figures. Each subheading is asked over all months
-- whether the two figures lie nearer to each other with the part or without it.
-- `fitting_count` counts those that lie nearer without, `failing_count` the others.
-- Subheadings in which the part is a small one cannot tell.
--
-- imts:   2.17
-- method: R-1.12, R-4.1
-- grain:  exporter, importer, part

with bound as (

    select max(value) as share_min
    from parameter
    where name = 'oecd_symmetry_max'
        and $last_day between valid_from and valid_to

),

flow as (

    select
        exporter,
        importer,
        commodity_code,
        sum(export_value) as export_value,
        sum(import_value_fob) as import_value,
        sum(import_beyond_value / cif_fob_factor) as import_beyond,
        -sum(export_beyond_value) as export_beyond,
        -sum(reexport_value) filter (where import_concept = 'origin') as reexport
    from mirror_cell
    where class in ('matched', 'orphaned')
    group by
        exporter,
        importer,
        commodity_code

),

-- what each part adds to the import less the export
part as (

    select
        exporter,
        importer,
        'import_beyond' as part,
        export_value,
        import_value,
        import_beyond as amount
    from flow
    where import_beyond <> 0

    union all

    select
        exporter,
        importer,
        'export_beyond' as part,
        export_value,
        import_value,
        export_beyond as amount
    from flow
    where export_beyond <> 0

    union all

    select
        exporter,
        importer,
        'reexport' as part,
        export_value,
        import_value,
        reexport as amount
    from flow
    where reexport <> 0

)

select
    exporter,
    importer,
    part,
    count(*) filter (where abs(import_value - export_value - amount) < abs(import_value - export_value)) as fitting_count,
    count(*) filter (where abs(import_value - export_value - amount) >= abs(import_value - export_value)) as failing_count
from part
where abs(amount) >= (select max(share_min) from bound) * greatest(import_value, export_value)
group by
    exporter,
    importer,
    part
