-- What each country reports about its partners, one row a flow, as its sources publish it
--
-- Figures of the vintage in force, in our codes, counted once: where a flow stands in
-- total and split, only the total. Levels of a classification stand beside each other
-- and repeat the same trade, as do groups of countries, the world, and the parts of a
-- flow (`flow_kind` other than total): a reader takes one level, one kind.
--
-- Values are in whole units of their currency, and in dollars at the mean rate of the
-- period where a rate is listed; without one `value_usd` is empty and the value is
-- named in `unmapped_flow`. Quantities in two units are no quantity, and a mass or a
-- quantity of part of the goods is none.
--
-- imts:   6.13
-- method: R-4.1
-- grain:  source, reporter, partner, partner_concept, flow, flow_kind, frequency, period, edition, commodity_code
-- view:   yes

with counted as (

    -- flows of several records: one of repeated records and the least split count, and what
    -- is left is added up
    select
        mapped_flow.batch_id,
        arrow_cast(mapped_flow.source, 'Utf8View') as source,
        arrow_cast(mapped_flow.reporter, 'Utf8View') as reporter,
        mapped_flow.reporter_treatment,
        arrow_cast(mapped_flow.partner, 'Utf8View') as partner,
        mapped_flow.partner_treatment,
        arrow_cast(mapped_flow.partner_concept, 'Utf8View') as partner_concept,
        arrow_cast(mapped_flow.flow, 'Utf8View') as flow,
        arrow_cast(mapped_flow.flow_kind, 'Utf8View') as flow_kind,
        arrow_cast(mapped_flow.frequency, 'Utf8View') as frequency,
        mapped_flow.period,
        arrow_cast(mapped_flow.edition, 'Utf8View') as edition,
        arrow_cast(mapped_flow.commodity_code, 'Utf8View') as commodity_code,
        mapped_flow.level,
        mapped_flow.valuation,
        mapped_flow.trade_value,
        mapped_flow.fob_value,
        mapped_flow.currency,
        mapped_flow.net_mass_kg,
        mapped_flow.quantity,
        mapped_flow.quantity_unit,
        mapped_flow.is_confidential,
        mapped_flow.is_estimated
    from least_detail
    right join (
        repeated_record
        right join (
            repeated_flow
            join mapped_flow
                on repeated_flow.source = mapped_flow.source
                and repeated_flow.reporter = mapped_flow.reporter
                and repeated_flow.flow = mapped_flow.flow
                and repeated_flow.flow_kind = mapped_flow.flow_kind
                and repeated_flow.frequency = mapped_flow.frequency
                and repeated_flow.period = mapped_flow.period
        )
            on repeated_record.batch_id = mapped_flow.batch_id
            and repeated_record.record_key = mapped_flow.record_key
    )
        on least_detail.source = mapped_flow.source
        and least_detail.reporter = mapped_flow.reporter
        and least_detail.partner = mapped_flow.partner
        and least_detail.partner_concept = mapped_flow.partner_concept
        and least_detail.flow = mapped_flow.flow
        and least_detail.flow_kind = mapped_flow.flow_kind
        and least_detail.frequency = mapped_flow.frequency
        and least_detail.period = mapped_flow.period
        and least_detail.edition = mapped_flow.edition
        and least_detail.commodity_code = mapped_flow.commodity_code
    where mapped_flow.why is null
        and mapped_flow.line_no = coalesce(repeated_record.kept_line_no, mapped_flow.line_no)
        and mapped_flow.detail <= coalesce(least_detail.kept_detail, mapped_flow.detail)
        and mapped_flow.wider_modes & coalesce(least_detail.kept_wide_modes, 0) = 0

),

flow as (

    select
        max(batch_id) as batch_id,
        source,
        reporter,
        min(case reporter_treatment when 'part' then 'country' else reporter_treatment end) as reporter_treatment,
        partner,
        min(case partner_treatment when 'part' then 'country' else partner_treatment end) as partner_treatment,
        partner_concept,
        flow,
        flow_kind,
        frequency,
        period,
        edition,
        commodity_code,
        max(level) as level,
        -- a cell of both is taken at the higher one
        min(valuation) as valuation,
        cast(sum(trade_value) as decimal(38, 6)) as trade_value,
        -- one that lacks part of the goods is none, as a mass
        case when count(fob_value) >= count(trade_value) filter (where trade_value <> 0) then cast(sum(fob_value) as decimal(38, 6)) end as fob_value,
        max(currency) as currency,
        -- a mass, or a quantity, that lacks part of the goods is none: each value must have its own, in its
        -- record or, with one measure a line, in one beside it
        case when count(net_mass_kg) >= count(trade_value) filter (where trade_value <> 0) then cast(sum(net_mass_kg) as decimal(38, 6)) end as net_mass_kg,
        case
            when (min(quantity_unit) is not distinct from max(quantity_unit)) and count(quantity) >= count(trade_value) filter (where trade_value <> 0)
                then cast(sum(quantity) as decimal(38, 6))
        end as quantity,
        case when min(quantity_unit) = max(quantity_unit) then min(quantity_unit) end as quantity_unit,
        bool_or(is_confidential) as is_confidential,
        bool_or(is_estimated) as is_estimated
    from counted
    group by
        source,
        reporter,
        partner,
        partner_concept,
        flow,
        flow_kind,
        frequency,
        period,
        edition,
        commodity_code

    union all

    -- and flows of one record, as it stands
    select
        mapped_flow.batch_id,
        mapped_flow.source,
        mapped_flow.reporter,
        case mapped_flow.reporter_treatment when 'part' then 'country' else mapped_flow.reporter_treatment end as reporter_treatment,
        mapped_flow.partner,
        case mapped_flow.partner_treatment when 'part' then 'country' else mapped_flow.partner_treatment end as partner_treatment,
        mapped_flow.partner_concept,
        mapped_flow.flow,
        mapped_flow.flow_kind,
        mapped_flow.frequency,
        mapped_flow.period,
        mapped_flow.edition,
        mapped_flow.commodity_code,
        mapped_flow.level,
        mapped_flow.valuation,
        mapped_flow.trade_value,
        mapped_flow.fob_value,
        mapped_flow.currency,
        mapped_flow.net_mass_kg,
        mapped_flow.quantity,
        mapped_flow.quantity_unit,
        mapped_flow.is_confidential,
        mapped_flow.is_estimated
    from repeated_flow
    right anti join mapped_flow
        on repeated_flow.source = mapped_flow.source
        and repeated_flow.reporter = mapped_flow.reporter
        and repeated_flow.flow = mapped_flow.flow
        and repeated_flow.flow_kind = mapped_flow.flow_kind
        and repeated_flow.frequency = mapped_flow.frequency
        and repeated_flow.period = mapped_flow.period
    where mapped_flow.why is null

)

select
    flow.source,
    flow.batch_id,
    flow.reporter,
    flow.reporter_treatment,
    flow.partner,
    flow.partner_treatment,
    flow.partner_concept,
    flow.flow,
    flow.flow_kind,
    flow.frequency,
    flow.period,
    flow.edition,
    flow.commodity_code,
    flow.level,
    flow.valuation,
    flow.trade_value,
    flow.currency,
    cast(
        case
            when flow.currency = 'USD' then flow.trade_value
            else round(flow.trade_value * dollar_rate.rate, 6)
        end as decimal(38, 6)
    ) as value_usd,
    cast(
        case
            when flow.currency = 'USD' then flow.fob_value
            else round(flow.fob_value * dollar_rate.rate, 6)
        end as decimal(38, 6)
    ) as fob_value_usd,
    flow.net_mass_kg,
    flow.quantity,
    flow.quantity_unit,
    flow.is_confidential,
    flow.is_estimated
from dollar_rate
right join flow
    on dollar_rate.currency = flow.currency
    and dollar_rate.frequency = flow.frequency
    and dollar_rate.period = flow.period
