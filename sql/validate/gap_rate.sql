-- Days and currencies without an official rate, with what waits for them
--
-- An item whose currency has no rate on its day keeps its declared values; what
-- must be computed from its invoice cannot be, and its declared rate is not checked.
--
-- method: R-1.31
-- grain:  day, currency

with invoiced as (

    select
        coalesce(item.release_date, item.acceptance_date, item.received_on) as day,
        cast(item.invoice_currency as varchar) as currency,
        count(*) as item_count,
        sum(item.statistical_value) as statistical_value
    from item
    where item.invoice_currency is not null
        and coalesce(item.release_date, item.acceptance_date, item.received_on) between $first_day and $last_day
    group by
        coalesce(item.release_date, item.acceptance_date, item.received_on),
        cast(item.invoice_currency as varchar)

)

select
    invoiced.day,
    invoiced.currency,
    invoiced.item_count,
    invoiced.statistical_value
from invoiced
left join exchange_rate
    on  exchange_rate.currency = invoiced.currency
    and exchange_rate.reporter_currency = $reporter_currency
    and invoiced.day between exchange_rate.valid_from and exchange_rate.valid_to
where exchange_rate.rate is null
    and invoiced.currency <> $reporter_currency
order by
    invoiced.day,
    invoiced.currency
