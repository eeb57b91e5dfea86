-- Own declarations as flows, in the shape of a partner's figures
--
-- Imports stand twice, by country of origin and by country of consignment, because a
-- partner's exports by last known destination agree with the second; exports stand by
-- last known destination. The total is that of the profile's trade system. Kinds that
-- are parts of it, or differences to it:
--
--   RX, RM                  re-exports and re-imports within the total
--   beyond_special_relaxed  total less what the relaxed special system counts
--   beyond_special_strict   total less what the strict special system counts
--   beyond_general          total less what the general system counts
--
-- A difference may be negative: goods that leave a warehouse for the home market are
-- imports of the special systems only. Values in another currency than the dollar
-- are converted at the mean rate of the month's days.
--
-- imts:   2.17, 4.17, 6.13, 6.19
-- method: R-1.20, R-1.31, R-1.50, R-1.51
-- grain:  partner, partner_concept, flow, flow_kind, period, commodity_code

with edition as (

    select
        edition,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from commodity
    where level = 6
    group by edition

),

month as (

    select distinct period
    from trade

),

month_edition as (

    select
        month.period,
        max(edition.edition) as edition
    from month
    join edition
        on month.period between edition.valid_from and edition.valid_to
    group by month.period

),

unit as (

    select
        unit,
        coalesce(base_unit, unit) as base_unit,
        cast(coalesce(factor, 1) as decimal(20, 8)) as factor
    from quantity_unit

),

cell as (

    select
        period,
        flow,
        partner,
        partner_consignment,
        hs6,
        supplementary_unit,
        case $trade_system
            when 'special_relaxed' then in_special_relaxed
            when 'special_strict' then in_special_strict
            else in_general
        end as is_counted,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        sum(statistical_value) as statistical_value,
        sum(value_national) as value_national,
        -- a mass that lacks part of the goods is no mass, as on the other side
        case when sum(net_mass_missing_count) = 0 then sum(net_mass_kg) end as net_mass_kg,
        case when sum(quantity_missing_count) = 0 then sum(supplementary_quantity) end as quantity
    from trade
    group by
        period,
        flow,
        partner,
        partner_consignment,
        hs6,
        supplementary_unit,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport

),

valued as (

    select
        cell.period,
        cell.flow,
        cell.partner,
        cell.partner_consignment,
        cell.hs6,
        cell.is_counted,
        cell.in_general,
        cell.in_special_relaxed,
        cell.in_special_strict,
        cell.is_reexport,
        cell.is_reimport,
        cast(
            case
                when $statistical_currency = 'USD' then cell.statistical_value
                else round(cell.value_national / cast(own_dollar_rate.rate as decimal(18, 8)), 6)
            end as decimal(38, 6)
        ) as value_usd,
        cell.net_mass_kg,
        round(cell.quantity * unit.factor, 6) as quantity,
        unit.base_unit as quantity_unit
    from own_dollar_rate
    right join (
        unit
        right join cell
            on cell.supplementary_unit = unit.unit
    )
        on cell.period = own_dollar_rate.period

),

kind as (

    select
        period,
        flow,
        case when flow = 'M' then 'origin' else 'destination' end as partner_concept,
        partner,
        hs6,
        'total' as flow_kind,
        value_usd,
        net_mass_kg,
        quantity,
        quantity_unit
    from valued
    where is_counted

    union all

    select
        period,
        flow,
        'consignment' as partner_concept,
        partner_consignment as partner,
        hs6,
        'total' as flow_kind,
        value_usd,
        net_mass_kg,
        quantity,
        quantity_unit
    from valued
    where is_counted
        and flow = 'M'

    union all

    select
        period,
        flow,
        case when flow = 'M' then 'origin' else 'destination' end as partner_concept,
        partner,
        hs6,
        case when flow = 'M' then 'RM' else 'RX' end as flow_kind,
        value_usd,
        net_mass_kg,
        quantity,
        quantity_unit
    from valued
    where is_counted
        and (is_reexport or is_reimport)

    union all

    select
        period,
        flow,
        case when flow = 'M' then 'origin' else 'destination' end as partner_concept,
        partner,
        hs6,
        'beyond_special_relaxed' as flow_kind,
        case when is_counted then value_usd else -value_usd end as value_usd,
        null as net_mass_kg,
        null as quantity,
        null as quantity_unit
    from valued
    where is_counted <> in_special_relaxed

    union all

    select
        period,
        flow,
        case when flow = 'M' then 'origin' else 'destination' end as partner_concept,
        partner,
        hs6,
        'beyond_special_strict' as flow_kind,
        case when is_counted then value_usd else -value_usd end as value_usd,
        null as net_mass_kg,
        null as quantity,
        null as quantity_unit
    from valued
    where is_counted <> in_special_strict

    union all

    select
        period,
        flow,
        case when flow = 'M' then 'origin' else 'destination' end as partner_concept,
        partner,
        hs6,
        'beyond_general' as flow_kind,
        case when is_counted then value_usd else -value_usd end as value_usd,
        null as net_mass_kg,
        null as quantity,
        null as quantity_unit
    from valued
    where is_counted <> in_general

)

select
    cast($reporter as varchar) as reporter,
    kind.partner,
    kind.partner_concept,
    kind.flow,
    kind.flow_kind,
    'M' as frequency,
    kind.period,
    max(month_edition.edition) as edition,
    kind.hs6 as commodity_code,
    cast(case when kind.flow = 'M' then 'CIF' else 'FOB' end as varchar) as valuation,
    cast(sum(kind.value_usd) as decimal(38, 6)) as value_usd,
    cast(case when count(kind.net_mass_kg) = count(*) then sum(kind.net_mass_kg) end as decimal(38, 6)) as net_mass_kg,
    -- quantities in two units are no quantity
    cast(
        case
            when min(kind.quantity_unit) = max(kind.quantity_unit) and count(kind.quantity) = count(*) then sum(kind.quantity)
        end as decimal(38, 6)
    ) as quantity,
    case when min(kind.quantity_unit) = max(kind.quantity_unit) then min(kind.quantity_unit) end as quantity_unit
from month_edition
right join kind
    on kind.period = month_edition.period
group by
    kind.partner,
    kind.partner_concept,
    kind.flow,
    kind.flow_kind,
    kind.period,
    kind.hs6
