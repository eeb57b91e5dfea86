-- Records of one key in one file, and which of them stands
--
-- A line that a file has twice tells of one flow. Most sources publish one record for
-- a key (areas, flow, period, commodity and every split): of equal ones one counts, and
-- of several with different figures the last, as the newer of two files does. Where
-- lines of one key are details that are added up, their figures are a part of the key,
-- and only equal lines are one record.
--
-- Files with one measure a line may value a flow in several currencies, and with freight
-- and without: one currency of a flow counts (dollars, or else euros, or else the first by
-- name), and in it the valuation that is natural to the flow, or else the one that there
-- is. Of the others no line is kept: `kept_line_no` is 0.
--
-- Only reporters and periods that may tell of a flow twice are looked at.
--
-- method: R-4.1
-- grain:  batch_id, record_key
-- view:   yes

with told_freely as (

    -- sources whose lines say the currency: without one, nothing more is read
    select distinct partner_flow.source
    from partner_measure
    join partner_flow
        on partner_measure.partner_source = partner_flow.source
        and partner_measure.measure = partner_flow.measure
    where partner_measure.unit is null
        and partner_measure.kind in ('value', 'cif_value', 'fob_value')

),

record as (

    select
        mapped_flow.batch_id,
        mapped_flow.source,
        mapped_flow.record_key,
        mapped_flow.line_no,
        concat_ws(
            '|',
            coalesce(cast(mapped_flow.given_value as text), ''),
            coalesce(cast(mapped_flow.net_mass_kg as text), ''),
            coalesce(cast(mapped_flow.quantity as text), ''),
            coalesce(mapped_flow.quantity_unit, mapped_flow.unknown_unit, '')
        ) as figures,
        case
            when mapped_flow.currency_order is not null
                then concat_ws(
                    '|',
                    mapped_flow.source,
                    mapped_flow.reporter,
                    mapped_flow.partner,
                    mapped_flow.partner_concept,
                    mapped_flow.flow,
                    mapped_flow.flow_kind,
                    mapped_flow.frequency,
                    cast(mapped_flow.period as text),
                    mapped_flow.edition,
                    mapped_flow.commodity_code,
                    cast(mapped_flow.detail as text)
                )
        end as flow_key,
        mapped_flow.currency_order,
        mapped_flow.value_key,
        mapped_flow.valuation_order
    from repeated_flow
    join mapped_flow
        on repeated_flow.source = mapped_flow.source
        and repeated_flow.reporter = mapped_flow.reporter
        and repeated_flow.flow = mapped_flow.flow
        and repeated_flow.flow_kind = mapped_flow.flow_kind
        and repeated_flow.frequency = mapped_flow.frequency
        and repeated_flow.period = mapped_flow.period
    where mapped_flow.why is null

),

told_in_currencies as (

    select
        record.flow_key,
        min(record.currency_order) as kept_currency
    from told_freely
    join record
        on told_freely.source = record.source
    where record.flow_key is not null
    group by record.flow_key
    having min(record.currency_order) < max(record.currency_order)

),

told_in_valuations as (

    select
        record.value_key,
        min(record.valuation_order) as kept_valuation
    from told_freely
    join record
        on told_freely.source = record.source
    where record.value_key is not null
    group by record.value_key
    having min(record.valuation_order) < max(record.valuation_order)

),

judged as (

    select
        record.batch_id,
        record.record_key,
        record.line_no,
        record.figures,
        case
            when record.currency_order > told_in_currencies.kept_currency then 'other currency of the same flow'
            when record.valuation_order > told_in_valuations.kept_valuation then 'other valuation of the same flow'
        end as why_other
    from told_in_valuations
    right join (
        told_in_currencies
        right join record
            on told_in_currencies.flow_key = record.flow_key
    )
        on told_in_valuations.value_key = record.value_key

)

select
    batch_id,
    record_key,
    case when max(why_other) is null then max(line_no) else 0 end as kept_line_no,
    coalesce(max(why_other), case when min(figures) = max(figures) then 'repeated record' else 'contradicting record' end) as why_dropped
from judged
group by
    batch_id,
    record_key
having count(*) > 1
    or max(why_other) is not null
