-- The declaration was cancelled, or replaced by a later version
--
-- For information: its items stay in the store and out of the figures. One finding a
-- declaration, with 0 for its item and line.
--
-- class:    set
-- severity: warning
-- field:    version

select
    declaration_id,
    cast(0 as int) as item_no,
    concat('version ', version, ' ', why) as observed,
    batch_id,
    cast(0 as bigint) as line_no
from superseded_declaration
