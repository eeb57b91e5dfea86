-- The declaration has no date
--
-- Neither released nor accepted on any day, the item counts in the month in which it
-- was received. Some forms carry no national date; their files are read with the day
-- they stand for. Nothing is asked of a cancelled declaration.
--
-- severity: warning
-- field:    acceptance_date
-- method:   R-1.10

select
    declaration_id,
    item_no,
    received_on as observed
from described_item
where is_in_force
    and acceptance_date is null
    and release_date is null
