-- Bar: goods of third countries within the exports
--
-- Evidence: the exporter's own re-exports to the partner. An importer who counts by
-- origin has them under another country. Where imports by consignment are known, the
-- partner concept has dealt with them already, and what the trade system took is not
-- taken again; `amount_alone` is the bar without those two. Where the importer's figures
-- hold these goods all the same (see `part_evidence`), they explain nothing.
--
-- method: R-1.12, R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with refuted as (

    select
        exporter,
        importer,
        bool_or(part = 'reexport') as is_reexport,
        bool_or(part = 'export_beyond') as is_export
    from part_evidence
    where failing_count > fitting_count
        and part in ('reexport', 'export_beyond')
    group by
        exporter,
        importer

)

select
    mirror_cell.exporter,
    mirror_cell.importer,
    mirror_cell.frequency,
    mirror_cell.period,
    mirror_cell.commodity_code,
    cast(
        case
            when mirror_cell.import_has_both_concepts then 0
            when refuted.is_export then -mirror_cell.reexport_value
            else -greatest(mirror_cell.reexport_value - greatest(mirror_cell.export_beyond_value, 0), 0)
        end as decimal(38, 6)
    ) as amount,
    -mirror_cell.reexport_value as amount_alone
from refuted
right join mirror_cell
    on refuted.exporter = mirror_cell.exporter
    and refuted.importer = mirror_cell.importer
where mirror_cell.class in ('matched', 'orphaned')
    and mirror_cell.reexport_value > 0
    and mirror_cell.import_concept = 'origin'
    and refuted.is_reexport is not true
