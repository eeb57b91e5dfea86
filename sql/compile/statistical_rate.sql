-- The month of each day, and what one unit of the statistical currency cost on it
--
-- National currency for one unit of the currency the statistics are kept in, on
-- every day of the compiled months. A published period average stands for its
-- days where no daily rate is listed; of two rates for one day the one that came
-- into force later holds. A day without a rate keeps its month and has none.
--
-- imts:   4.17
-- method: R-1.31
-- grain:  day
-- view:   yes

with day as (

    select unnest(generate_series(cast($first_day as date), cast($last_day as date), interval '1 day')) as day

),

listed as (

    select
        rate,
        valid_from,
        valid_to
    from exchange_rate
    where reporter_currency = $reporter_currency
        and currency = $statistical_currency
        and valid_from <= $last_day
        and valid_to >= $first_day

)

select
    day.day,
    cast(date_trunc('month', day.day) as date) as period,
    cast(
        case
            when $statistical_currency = $reporter_currency then 1
            else last_value(listed.rate order by listed.valid_from)
        end as decimal(20, 10)
    ) as rate
from day
left join listed
    on day.day between listed.valid_from and listed.valid_to
group by day.day
