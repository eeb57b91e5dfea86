-- What a dollar cost in the national currency, by month of the declarations
--
-- The mean of the rates that were in force in the month, each counted once. Own values are
-- divided by it; other currencies are brought to dollars by `dollar_rate`.
--
-- method: R-1.20
-- grain:  period
-- view:   yes

with month as (

    select distinct period
    from trade

)

select
    month.period,
    avg(exchange_rate.rate) as rate
from month
join exchange_rate
    on exchange_rate.valid_from <= month.period + interval '1 month' - interval '1 day'
    and exchange_rate.valid_to >= month.period
where exchange_rate.reporter_currency = $reporter_currency
    and exchange_rate.currency = 'USD'
group by month.period
