-- The partner country is empty, unknown, or the compiling country
--
-- The partner is the country of origin of imports and the last known destination of
-- exports. An empty or unknown one is counted under _X, areas not specified. The own
-- country is right only for goods that return unaltered. An item whose procedure has no
-- flow has no partner to judge.
--
-- severity: warning
-- field:    origin_country
-- list:     country
-- method:   R-1.50

select
    declaration_id,
    item_no,
    case when flow = 'M' then origin_country else destination_country end as observed
from described_item
where (flow = 'M' and (origin_country is null or not origin_is_known))
    or (flow = 'X' and (destination_country is null or not destination_is_known))
    or (partner_is_own_country and not is_reimport)
