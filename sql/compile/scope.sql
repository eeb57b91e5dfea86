-- The meanings items can have, one row a `scope_no`
--
-- method: R-1.20
-- grain:  scope_no
-- view:   yes

select distinct
    scope_no,
    flow,
    category,
    special_category,
    record_class,
    reason,
    in_general,
    in_special_relaxed,
    in_special_strict,
    is_reexport,
    is_reimport
from item_scope
