-- The country of consignment is unknown
--
-- It is the second partner, which mirror comparisons need. Usual causes: a numeric code,
-- a code withdrawn years ago (SU, YU), Cyrillic letters that look Latin.
--
-- severity: warning
-- field:    consignment_country
-- list:     country
-- method:   R-1.50

select
    declaration_id,
    item_no,
    consignment_country as observed
from described_item
where not consignment_is_known
