-- A tariff preference without a foreign origin
--
-- A preference (box 36, first digit 2 to 4) is granted for goods that originate in a
-- certain country, so the origin must be a known country, and not our own.
--
-- severity: warning
-- field:    origin_country
-- list:     country

select
    declaration_id,
    item_no,
    concat_ws(' ', preference, origin_country) as observed
from described_item
where preference >= '2'
    and preference < '5'
    and (origin_country is null or not origin_is_known or (flow = 'M' and partner_is_own_country))
