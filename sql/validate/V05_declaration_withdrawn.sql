-- The declaration was cancelled, or replaced by a later version
--
-- For information: its items stay in the store and out of the figures. One finding a
-- declaration and month of its items, with 0 for its item and line.
--
-- class:    set
-- judges:   receipt
-- severity: warning
-- field:    version

select
    declaration_id,
    cast(0 as int) as item_no,
    concat('version ', version, ' ', why) as observed,
    batch_id,
    cast(0 as bigint) as line_no,
    min(recording_date) as recording_date
from superseded_item
where is_whole_declaration
group by
    declaration_id,
    version,
    why,
    batch_id,
    date_trunc('month', recording_date)
