-- Chapter 98 or 99 under a procedure it is not meant for
--
-- Both chapters stand for special national use: goods that are only released or
-- exported outright (C01, C03), never processed, stored or returned.
--
-- severity: warning
-- field:    procedure_code
-- list:     procedure
-- method:   R-1.28

select
    declaration_id,
    item_no,
    procedure_code as observed
from described_item
where hs6 >= '98'
    and procedure_is_known
    and not is_outright
