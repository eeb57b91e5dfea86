-- What every country reports about every partner, own declarations among them
--
-- Any two reporters mirror each other, with or without own declarations. Kept are the
-- periods that are compared, and the months before and after them in which the other side
-- may have counted the goods. Groups of countries and the world repeat their members and
-- are left out; partners that are no country (not specified, free zones, bunkers) stay,
-- because goods that one side hides there are missing somewhere else. Totals that a source
-- gives only in parts are those of `made_total`.
--
-- method: R-1.50, R-1.51
-- grain:  source, reporter, partner, partner_concept, flow, flow_kind, frequency, period, edition, commodity_code
-- view:   yes

with compared_span as (

    select
        cast($first_day as date) - cast(concat(cast(cast(max(value) as int) as varchar), ' months') as interval) as first_day,
        cast($last_day as date) + cast(concat(cast(cast(max(value) as int) as varchar), ' months') as interval) as last_day
    from parameter
    where name = 'mirror_lag_months_max'
        and $first_day between valid_from and valid_to

),

special_partner as (

    -- a special code with a place on the map is a country all the same
    select distinct country.country
    from country
    left anti join country_geography
        on country.country = country_geography.country
    where country.status = 'special'

),

told as (

    select
        source,
        reporter,
        reporter_treatment,
        partner,
        partner_treatment,
        partner_concept,
        flow,
        flow_kind,
        frequency,
        period,
        edition,
        commodity_code,
        level,
        valuation,
        value_usd,
        fob_value_usd,
        net_mass_kg,
        quantity,
        quantity_unit,
        is_confidential
    from reported_flow

    union all

    select
        source,
        reporter,
        reporter_treatment,
        partner,
        partner_treatment,
        partner_concept,
        flow,
        flow_kind,
        frequency,
        period,
        edition,
        commodity_code,
        level,
        valuation,
        value_usd,
        fob_value_usd,
        net_mass_kg,
        quantity,
        quantity_unit,
        is_confidential
    from made_total

)

select
    'declarations' as source,
    own_flow.reporter,
    own_flow.partner,
    special_partner.country is not null as partner_is_special,
    own_flow.partner_concept,
    own_flow.flow,
    own_flow.flow_kind,
    own_flow.frequency,
    own_flow.period,
    own_flow.edition,
    own_flow.commodity_code,
    cast(6 as int) as level,
    own_flow.valuation,
    own_flow.value_usd,
    cast(null as decimal(38, 6)) as fob_value_usd,
    own_flow.net_mass_kg,
    own_flow.quantity,
    own_flow.quantity_unit,
    own_flow.commodity_code like '%X' or special_partner.country is not null as is_confidential
from special_partner
right join own_flow
    on own_flow.partner = special_partner.country
where own_flow.partner <> own_flow.reporter
    and own_flow.period >= (select max(first_day) from compared_span)
    and own_flow.period <= (select max(last_day) from compared_span)

union all

select
    source,
    reporter,
    partner,
    partner_treatment = 'special' as partner_is_special,
    partner_concept,
    flow,
    flow_kind,
    frequency,
    period,
    edition,
    commodity_code,
    level,
    valuation,
    value_usd,
    fob_value_usd,
    net_mass_kg,
    quantity,
    quantity_unit,
    is_confidential or partner_treatment = 'special' as is_confidential
from told
where reporter_treatment = 'country'
    and partner_treatment in ('country', 'special')
    and reporter <> partner
    and value_usd is not null
    and period >= (select max(first_day) from compared_span)
    and (period <= $last_day or (frequency = 'M' and period <= (select max(last_day) from compared_span)))
