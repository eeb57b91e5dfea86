-- Dollars for one unit of a currency, by month, quarter and year
--
-- The mean of what a dollar cost on the days of the period, `price`, and its reciprocal,
-- `rate`. Figures of a period do not say on which of its days the goods moved, so the
-- average of the period stands for the rate of the day. It is that of the price of a dollar,
-- as central banks publish it: goods of world trade are priced in dollars and the like, and
-- if as many dollars' worth move every day, their sum in the currency is the number of
-- dollars times this mean, also where the currency loses half of its value within a year.
-- Each day counts once; days without a rate count for nothing. Own values in another
-- currency than the dollar are divided by the same price (see `own_dollar_rate`).
--
-- imts:   4.17, 4.18, 4.19, 4.20
-- method: R-1.31, R-4.1
-- grain:  currency, frequency, period
-- view:   yes

with price_in_period as (

    select
        currency,
        'M' as frequency,
        cast(date_trunc('month', day) as date) as period,
        price
    from daily_dollar_price

    union all

    select
        currency,
        'Q' as frequency,
        cast(date_trunc('quarter', day) as date) as period,
        price
    from daily_dollar_price

    union all

    select
        currency,
        'A' as frequency,
        cast(date_trunc('year', day) as date) as period,
        price
    from daily_dollar_price

)

select
    currency,
    frequency,
    period,
    cast(avg(price) as decimal(18, 8)) as price,
    cast(cast(1 as decimal(20, 10)) / avg(price) as decimal(18, 8)) as rate
from price_in_period
group by
    currency,
    frequency,
    period
