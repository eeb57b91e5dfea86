-- Bar: goods of third countries within the exports
--
-- Evidence: the exporter's own re-exports to the partner. An importer who counts by
-- origin has them under another country. Where imports by consignment are known, the
-- partner concept has dealt with them already, and what the trade system took is not
-- taken again; `amount_alone` is the bar without those two.
--
-- method: R-1.12, R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    cast(
        case
            when import_has_both_concepts then 0
            else -greatest(reexport_value - greatest(export_beyond_value, 0), 0)
        end as decimal(38, 6)
    ) as amount,
    -reexport_value as amount_alone
from mirror_cell
where class in ('matched', 'orphaned')
    and reexport_value > 0
    and import_concept = 'origin'
