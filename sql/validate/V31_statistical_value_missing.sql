-- No statistical value, and none to be had from the invoice
--
-- The value is empty, zero or negative, and the invoice amount is missing too, or has
-- neither a declared nor an official rate, or is too large to compute with, so that the
-- item would be counted with nothing. Waste that nobody pays for and gifts without an
-- invoice wait too, until somebody says what they are worth, or that they are not to
-- count. Nothing is asked of a cancelled declaration.
--
-- severity: error
-- field:    statistical_value
-- method:   R-1.30

select
    declaration_id,
    item_no,
    statistical_value as observed
from described_item
where is_in_force
    and (statistical_value is null or statistical_value <= 0)
    and (
        not value_is_computable
        or try_cast(
            invoice_amount * coalesce(official_rate, case when exchange_rate > 0 then exchange_rate end, 1) as decimal(24, 10)
        ) is null
    )
