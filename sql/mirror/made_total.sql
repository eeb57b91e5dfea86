-- Exports and imports that a source gives in parts only, added up
--
-- Exports are domestic exports (DX) and re-exports (RX), imports are those of foreign goods
-- (FM) and re-imports (RM). Some countries are given by these parts alone, which would leave
-- them without any figure. This is done only where a source has no total at all of a flow of
-- that reporter and period, because elsewhere the parts repeat it. Re-exports or re-imports
-- alone are no total.
--
-- Which reporters these are is found by the codes as received, which is cheap; nothing else is
-- read where there are none.
--
-- method: R-4.1
-- grain:  source, reporter, partner, partner_concept, flow, frequency, period, edition, commodity_code
-- view:   yes

with told as (

    select
        source,
        coalesce(reporter_code, reporter_name) as reporter_key,
        flow_code,
        frequency,
        period
    from partner_flow
    group by
        source,
        coalesce(reporter_code, reporter_name),
        flow_code,
        frequency,
        period

),

without_total as (

    select
        told.source,
        coalesce(mapped_area.country, told.reporter_key) as reporter,
        partner_flow_code.flow,
        told.frequency,
        told.period
    from mapped_area
    right join (
        partner_flow_code
        join told
            on partner_flow_code.partner_source = told.source
            and partner_flow_code.code = told.flow_code
    )
        on mapped_area.source = told.source
        and mapped_area.area_key = told.reporter_key
        and told.period between mapped_area.valid_from and mapped_area.valid_to
    group by
        told.source,
        coalesce(mapped_area.country, told.reporter_key),
        partner_flow_code.flow,
        told.frequency,
        told.period
    having bool_or(partner_flow_code.flow_kind in ('DX', 'FM'))
        and not bool_or(partner_flow_code.flow_kind = 'total')

)

select
    reported_flow.source,
    reported_flow.reporter,
    min(reported_flow.reporter_treatment) as reporter_treatment,
    reported_flow.partner,
    min(reported_flow.partner_treatment) as partner_treatment,
    reported_flow.partner_concept,
    reported_flow.flow,
    'total' as flow_kind,
    reported_flow.frequency,
    reported_flow.period,
    reported_flow.edition,
    reported_flow.commodity_code,
    max(reported_flow.level) as level,
    min(reported_flow.valuation) as valuation,
    cast(sum(reported_flow.value_usd) as decimal(38, 6)) as value_usd,
    -- a value free on board, a mass or a quantity that lacks a part is none
    case
        when count(reported_flow.fob_value_usd) >= count(reported_flow.value_usd)
            then cast(sum(reported_flow.fob_value_usd) as decimal(38, 6))
    end as fob_value_usd,
    case
        when count(reported_flow.net_mass_kg) >= count(reported_flow.value_usd)
            then cast(sum(reported_flow.net_mass_kg) as decimal(38, 6))
    end as net_mass_kg,
    case
        when count(reported_flow.quantity) >= count(reported_flow.value_usd)
            and min(reported_flow.quantity_unit) is not distinct from max(reported_flow.quantity_unit)
            then cast(sum(reported_flow.quantity) as decimal(38, 6))
    end as quantity,
    case
        when min(reported_flow.quantity_unit) = max(reported_flow.quantity_unit) then min(reported_flow.quantity_unit)
    end as quantity_unit,
    bool_or(reported_flow.is_confidential) as is_confidential
from without_total
join reported_flow
    on without_total.source = reported_flow.source
    and without_total.reporter = reported_flow.reporter
    and without_total.flow = reported_flow.flow
    and without_total.frequency = reported_flow.frequency
    and without_total.period = reported_flow.period
where reported_flow.flow_kind in ('DX', 'RX', 'FM', 'RM')
group by
    reported_flow.source,
    reported_flow.reporter,
    reported_flow.partner,
    reported_flow.partner_concept,
    reported_flow.flow,
    reported_flow.frequency,
    reported_flow.period,
    reported_flow.edition,
    reported_flow.commodity_code
