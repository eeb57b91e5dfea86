-- What a dollar cost in each currency, day by day
--
-- Cross rates of the listed rates in force on one day, by the currency they are listed in.
-- Of two rates that cover a day the one that came into force later holds, as for the
-- declarations (see `official_rate`), so that a daily rate goes before the average of its
-- month. Where a currency stands in several lists, that of its own country is read, else the
-- first by name. A rate without an end holds to the end of the year after the one in which the
-- newest rate begins. Nothing of the run is asked for, so that partner figures can be looked
-- at before one is compared.
--
-- imts:   4.17
-- method: R-1.31, R-4.1
-- grain:  currency, day
-- view:   yes

with horizon as (

    select cast(date_trunc('year', max(valid_from)) + interval '2 years' - interval '1 day' as date) as last_day
    from exchange_rate

),

listed as (

    select
        exchange_rate.reporter_currency,
        exchange_rate.currency,
        exchange_rate.rate,
        exchange_rate.valid_from,
        unnest(
            generate_series(exchange_rate.valid_from, least(exchange_rate.valid_to, horizon.last_day), interval '1 day')
        ) as day
    from exchange_rate
    cross join horizon
    where exchange_rate.rate > 0
        and exchange_rate.currency <> exchange_rate.reporter_currency

),

in_force as (

    select
        reporter_currency,
        currency,
        cast(day as date) as day,
        cast(last_value(rate order by valid_from) as decimal(20, 10)) as rate
    from listed
    group by
        reporter_currency,
        currency,
        cast(day as date)

),

price as (

    select
        other.reporter_currency,
        other.currency,
        other.day,
        dollar.rate / other.rate as price
    from in_force as dollar
    join in_force as other
        on dollar.reporter_currency = other.reporter_currency
        and dollar.day = other.day
    where dollar.currency = 'USD'
        and other.currency <> 'USD'

    union all

    -- the national currency itself
    select
        reporter_currency,
        reporter_currency as currency,
        day,
        rate as price
    from in_force
    where currency = 'USD'

)

select
    currency,
    day,
    cast(
        first_value(
            price
            order by case when reporter_currency = currency then 0 else 1 end, reporter_currency
        ) as decimal(28, 12)
    ) as price
from price
group by
    currency,
    day
