-- Bar: the partner of an import is its country of origin, that of an export its destination
--
-- Evidence: the importer gives both concepts. The export of a country agrees with what
-- was consigned from there, so the bar is the import by origin less the import by
-- consignment; it is negative for a country that passes on the goods of others. Where
-- only origin is known there is no evidence, and no bar.
--
-- imts:   6.13, 6.19
-- method: R-1.51, R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    import_value - consignment_value as amount
from mirror_cell
where import_has_both_concepts
    and class in ('matched', 'orphaned')
    and import_value <> consignment_value
