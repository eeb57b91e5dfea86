-- From which month to which each side of a pair can be asked, where both have months
--
-- Figures of one side are looked for in other months of the other. A month within these
-- bounds without a row is one without trade; what would lie beyond them is not known.
-- Pairs of which one side is silent throughout have no row: nothing can be looked for.
--
-- method: R-4.1
-- grain:  exporter, importer

select
    exporter,
    importer,
    min(case when export_is_reported then period end) as first_export,
    max(case when export_is_reported then period end) as last_export,
    min(case when import_is_reported then period end) as first_import,
    max(case when import_is_reported then period end) as last_import
from pair_period
where frequency = 'M'
group by
    exporter,
    importer
having bool_or(export_is_reported)
    and bool_or(import_is_reported)
