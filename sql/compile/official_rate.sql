-- What one unit of each currency cost on each day, in national currency
--
-- Of two rates that cover a day the one that came into force later holds, so that a
-- daily rate goes before the average of its month. The national currency costs one.
--
-- imts:   4.17
-- method: R-1.31
-- grain:  currency, day
-- view:   yes

with day as (

    select cast(unnest(generate_series(cast($first_day as date), cast($last_day as date), interval '1 day')) as date) as day

),

listed as (

    select
        currency,
        rate,
        valid_from,
        valid_to
    from exchange_rate
    where reporter_currency = $reporter_currency
        and currency <> $reporter_currency
        and valid_from <= $last_day
        and valid_to >= $first_day

)

select
    arrow_cast(listed.currency, 'Dictionary(Int32, Utf8)') as currency,
    day.day,
    cast(last_value(listed.rate order by listed.valid_from) as decimal(20, 10)) as rate
from listed
join day
    on day.day between listed.valid_from and listed.valid_to
group by
    listed.currency,
    day.day

union all

select
    arrow_cast($reporter_currency, 'Dictionary(Int32, Utf8)') as currency,
    day,
    cast(1 as decimal(20, 10)) as rate
from day
