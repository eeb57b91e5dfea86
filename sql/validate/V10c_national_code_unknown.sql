-- The subheading exists, the national code does not
--
-- The digits after the sixth are not in the national tariff of the day. The figures by
-- subheading are not affected.
--
-- severity: warning
-- field:    commodity_code
-- list:     national_commodity

select
    declaration_id,
    item_no,
    commodity_code as observed
from described_item
where subheading_is_known
    and not national_code_is_known
