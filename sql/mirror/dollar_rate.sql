-- Dollars for one unit of a currency, by month, quarter and year
--
-- Cross rates of the listed rates of one day, by the currency they are listed in; the
-- rate of a period is the mean of its days, or of its months where rates are monthly.
--
-- method: R-4.1
-- grain:  currency, frequency, period
-- view:   yes

with cross_rate as (

    select
        listed.currency,
        listed.valid_from,
        cast(listed.rate as decimal(18, 8)) / cast(dollar.rate as decimal(18, 8)) as rate
    from exchange_rate as listed
    join exchange_rate as dollar
        on listed.reporter_currency = dollar.reporter_currency
        and listed.valid_from = dollar.valid_from
    where dollar.currency = 'USD'
        and listed.currency <> 'USD'
        and dollar.rate > 0

    union all

    -- the national currency itself
    select
        reporter_currency as currency,
        valid_from,
        cast(1 as decimal(18, 8)) / cast(rate as decimal(18, 8)) as rate
    from exchange_rate
    where currency = 'USD'
        and rate > 0

),

rate_in_period as (

    select
        currency,
        'M' as frequency,
        cast(date_trunc('month', valid_from) as date) as period,
        rate
    from cross_rate

    union all

    select
        currency,
        'Q' as frequency,
        cast(date_trunc('quarter', valid_from) as date) as period,
        rate
    from cross_rate

    union all

    select
        currency,
        'A' as frequency,
        cast(date_trunc('year', valid_from) as date) as period,
        rate
    from cross_rate

)

select
    currency,
    frequency,
    period,
    cast(avg(rate) as decimal(18, 8)) as rate
from rate_in_period
group by
    currency,
    frequency,
    period
