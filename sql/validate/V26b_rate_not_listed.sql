-- The invoice currency has no official rate on that day
--
-- Its declared rate cannot be checked, and without a declared rate nothing can be
-- computed from the invoice. Usual causes: a currency that customs does not list, or a
-- month whose rates were not imported. `tradestat reference gaps` lists the days.
--
-- severity: warning
-- field:    invoice_currency
-- list:     exchange_rate
-- method:   R-1.31

select
    declaration_id,
    item_no,
    invoice_currency as observed
from described_item
where currency_is_known
    and official_rate is null
