-- What a dollar cost in the national currency, by month of the declarations
--
-- The mean of the days of the month, as `dollar_rate` has it for every currency: own values
-- are divided by it, so that they meet those of partners at one rate.
--
-- imts:   4.17
-- method: R-1.31
-- grain:  period
-- view:   yes

with month as (

    select distinct period
    from trade

)

select
    month.period,
    dollar_rate.price as rate
from month
join dollar_rate
    on month.period = dollar_rate.period
where dollar_rate.currency = $reporter_currency
    and dollar_rate.frequency = 'M'
