-- The usual unit value of each subheading: median of what exporters report
--
-- Dollars for a kilogram, free on board, over all pairs of the year. It says how dear
-- a product is for its weight, which decides how much freight adds to its value, and
-- which of two contradicting reports is the odd one.
--
-- method: R-4.1
-- grain:  year, edition, commodity_code

select
    year,
    edition,
    commodity_code,
    median(cast(export_value / export_mass_kg as decimal(38, 6))) as unit_value,
    count(*) as flow_count
from matched_flow
where export_value > 0
    and export_mass_kg > 0
    and not export_is_confidential
group by
    year,
    edition,
    commodity_code
