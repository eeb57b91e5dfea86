-- No tariff of the country has codes of that many digits
--
-- Usual cause: a spreadsheet that took the code for a number and lost the zero in front.
-- The first digits are then those of other goods: a plant of 0602909900 is counted in
-- chapter 60, with knitted fabrics, and where they happen to be a subheading nothing else
-- shows it. The numbers of digits are rows of commodity_digits.
--
-- severity: warning
-- field:    commodity_code
-- list:     commodity_digits
-- method:   R-1.25

select
    declaration_id,
    item_no,
    commodity_code as observed
from described_item
where chapter_is_known
    and not digits_are_known
