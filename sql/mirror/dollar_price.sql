-- Units of each country's currency for one dollar
--
-- Currencies are those whose code begins with that of the country, as ISO 4217 makes them.
-- A rate near to one is lost among other differences and is left out.
--
-- method: R-4.1
-- grain:  country, currency, frequency, period
-- view:   yes

select
    left(currency, 2) as country,
    currency,
    frequency,
    period,
    cast(cast(1 as decimal(20, 10)) / rate as decimal(20, 10)) as rate
from dollar_rate
where rate > 0
    and greatest(cast(rate as double), 1 / cast(rate as double)) >= (
        select cast(max(value) as double)
        from parameter
        where name = 'mirror_screen_unit_value_ratio'
            and $last_day between valid_from and valid_to
    )
