-- Import over export by pair of countries, where a subheading has too few flows
--
-- The median over the records of the same goods in all subheadings of the year, where it is
-- clear that there is one: see `cif_fob_median`.
--
-- method: R-4.1
-- grain:  year, exporter, importer

select
    year,
    exporter,
    importer,
    cif_fob_factor,
    median_ratio,
    flow_count
from cif_fob_median
where kind = 'pair'
