-- The customs office is not in the list
--
-- The table by office shows the code as declared. Without a list of offices for the
-- profile nothing can be judged.
--
-- severity: warning
-- field:    customs_office
-- list:     customs_office

select
    declaration_id,
    item_no,
    customs_office as observed
from described_item
where not office_is_known
