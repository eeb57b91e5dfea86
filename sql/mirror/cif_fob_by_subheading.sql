-- Import over export by subheading, where too few flows allow a regression
--
-- The median over the records of the same goods of all pairs of the year, where it is
-- clear that there is one: see `cif_fob_median`.
--
-- method: R-4.1
-- grain:  year, edition, commodity_code

select
    year,
    edition,
    commodity_code,
    cif_fob_factor,
    median_ratio,
    flow_count
from cif_fob_median
where kind = 'subheading'
