-- The meanings items can have, one row a `scope_no`
--
-- Text views, because what is grouped by them later is grouped several times faster than
-- by dictionaries.
--
-- method: R-1.20
-- grain:  scope_no
-- view:   yes

select distinct
    scope_no,
    arrow_cast(flow, 'Utf8View') as flow,
    arrow_cast(category, 'Utf8View') as category,
    arrow_cast(special_category, 'Utf8View') as special_category,
    arrow_cast(record_class, 'Utf8View') as record_class,
    arrow_cast(reason, 'Utf8View') as reason,
    in_general,
    in_special_relaxed,
    in_special_strict,
    is_reexport,
    is_reimport
from item_scope
