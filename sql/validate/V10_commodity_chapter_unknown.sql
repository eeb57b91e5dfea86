-- Not even the chapter of the commodity code exists
--
-- The item could be counted in no chapter, so it is held. Usual causes: a lost leading
-- zero, text in the wrong column. The code is judged by the edition of the Harmonized
-- System in force in the month. Of chapters 98 and 99, which are left to the countries,
-- there are the codes of the national list and those that tell a category (9905).
--
-- severity: error
-- field:    commodity_code
-- list:     commodity
-- method:   R-1.28

select
    declaration_id,
    item_no,
    commodity_code as observed
from described_item
where not chapter_is_known
