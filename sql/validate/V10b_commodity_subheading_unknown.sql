-- The chapter exists, the subheading does not
--
-- Usual causes: a code of the last edition of the Harmonized System, or one of chapters 98
-- and 99 that only tells a category and is not in the national list. The item is counted
-- in its chapter, under the chapter and XXXX.
--
-- severity: warning
-- field:    commodity_code
-- list:     commodity
-- method:   R-1.25, R-1.28

select
    declaration_id,
    item_no,
    commodity_code as observed
from described_item
where chapter_is_known
    and not subheading_is_known
