-- No tariff of the country has codes of that many digits
--
-- Usual cause: a spreadsheet that took the code for a number and lost the zero in front.
-- What is left may name other goods: tomatoes of 0702000000 become the glassware of
-- 702000, and nothing else shows it. The numbers of digits are rows of commodity_digits.
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
    and not digit_count_is_known
