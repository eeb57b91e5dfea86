-- The country of consignment, or the origin of an export, is unknown
--
-- Consignment is the second partner, which mirror comparisons need; the origin says whether
-- goods that leave again after release are foreign, and an unknown one leaves it open.
-- Usual causes: a numeric code, a code withdrawn years ago (SU, YU), Cyrillic letters that
-- look Latin. An empty origin of an export is judged by the procedure alone.
--
-- severity: warning
-- field:    consignment_country, origin_country
-- list:     country
-- method:   R-1.22, R-1.50

select
    declaration_id,
    item_no,
    concat_ws(
        ' ',
        case when not consignment_is_known then consignment_country end,
        case when flow = 'X' and not origin_is_known then origin_country end
    ) as observed
from described_item
where not consignment_is_known
    or coalesce(flow = 'X' and not origin_is_known, false)
