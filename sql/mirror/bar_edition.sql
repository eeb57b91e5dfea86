-- Bar: the two sides report in different editions of the Harmonized System
--
-- Evidence: a code that was converted takes goods from more than one code, so part of
-- its value may belong elsewhere. Only that uncertain value can move, only against
-- gaps of the other sign that are uncertain too, and only inside the chapter.
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
where pattern = 'edition'
