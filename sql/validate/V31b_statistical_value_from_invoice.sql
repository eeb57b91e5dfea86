-- No statistical value, but the invoice gives one
--
-- The value is empty, zero or negative; it is computed from the invoice amount at the
-- declared rate.
--
-- severity: warning
-- field:    statistical_value
-- method:   R-1.30, R-1.31

select
    declaration_id,
    item_no,
    statistical_value as observed
from described_item
where is_in_force
    and (statistical_value is null or statistical_value <= 0)
    and value_is_computable
