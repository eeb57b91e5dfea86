-- Every line read became an item or a faulted line
--
-- Per batch, as ingest counted them. A batch named here lost lines, or made some.

select
    batch_id,
    lines_read,
    items,
    faulted_lines,
    lines_read - items - faulted_lines as lost_lines
from batch_account
where lines_read <> items + faulted_lines
