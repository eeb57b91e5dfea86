-- Days and currencies without an official rate, with what waits for them
--
-- An item whose currency has no rate on its day keeps its declared values; what
-- must be computed from its invoice cannot be, and its declared rate is not checked.
--
-- method: R-1.31
-- grain:  day, currency

with dated as (

    select
        case
            when $recording_date in ('acceptance', 'acceptance_else_release')
                then coalesce(acceptance_date, release_date, received_on)
            when $recording_date in ('arrival', 'arrival_else_release')
                then coalesce(arrival_date, release_date, acceptance_date, received_on)
            else coalesce(release_date, acceptance_date, received_on)
        end as day,
        cast(invoice_currency as varchar) as currency,
        statistical_value
    from item
    where invoice_currency is not null

),

invoiced as (

    select
        day,
        currency,
        count(*) as item_count,
        sum(statistical_value) as statistical_value
    from dated
    where day between $first_day and $last_day
    group by
        day,
        currency

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
