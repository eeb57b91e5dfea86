-- Own imports that came through a third country, by origin and country of consignment
--
-- The two figures of an import, by origin and by consignment, differ by these goods
-- alone. Which of the two countries has them in its exports is asked route by route;
-- see `concept_evidence`. Values in dollars as in `own_flow`.
--
-- imts:   6.13, 6.19
-- method: R-1.51, R-4.1
-- grain:  partner, partner_consignment, period, commodity_code

with cell as (

    select
        period,
        partner,
        partner_consignment,
        hs6,
        sum(statistical_value) as statistical_value,
        sum(value_national) as value_national
    from trade
    where flow = 'M'
        and partner <> partner_consignment
        and case $trade_system
            when 'special_relaxed' then in_special_relaxed
            when 'special_strict' then in_special_strict
            else in_general
        end
    group by
        period,
        partner,
        partner_consignment,
        hs6

)

select
    cell.partner,
    cell.partner_consignment,
    cell.period,
    cell.hs6 as commodity_code,
    cast(
        case
            when $statistical_currency = 'USD' then cell.statistical_value
            else round(cell.value_national / cast(own_dollar_rate.rate as decimal(18, 8)), 6)
        end as decimal(38, 6)
    ) as value_usd
from own_dollar_rate
right join cell
    on own_dollar_rate.period = cell.period
