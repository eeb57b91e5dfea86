-- No statistical value, but the invoice gives one
--
-- The value is empty, zero or negative; it is computed from the invoice amount at the
-- official rate of the day, or at the declared one where none is listed, and from what
-- the delivery terms add to it or take off it.
--
-- severity: warning
-- field:    statistical_value
-- method:   R-1.30, R-1.31, R-1.32

select
    declaration_id,
    item_no,
    statistical_value as observed
from described_item
where is_in_force
    and (statistical_value is null or statistical_value <= 0)
    and value_is_computable
    and try_cast(
        invoice_amount * coalesce(official_rate, case when exchange_rate > 0 then exchange_rate end, 1) as decimal(24, 10)
    ) is not null
