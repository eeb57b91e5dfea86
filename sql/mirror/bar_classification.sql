-- Bar: the two sides put the goods into different subheadings of one heading
--
-- Evidence: within a heading of the same pair and period, one subheading lacks what
-- another has too much. What compensates is shared over the subheadings in proportion
-- to their gaps, so that the bar moves value inside the heading and is nil for the
-- heading as a whole; the rounding goes to the largest.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    amount
from compensated_gap
where pattern = 'classification'
