-- Partner figures that do not count, or not in full, and why
--
-- With `reported_flow` this is everything received: each record is in one of them, or
-- in both where only its quantity or its dollars are missing, where a country reports
-- on itself, which nobody mirrors, or where nobody knows its commodity, which counts where codes of
-- so many digits are compared or added up (`is_counted`). Values are as given, in units of
-- their currency where that is known.
--
-- method: R-4.1
-- grain:  why, source, batch_id, code, currency, is_counted
-- view:   yes

with unknown_commodity as (

    select distinct
        edition,
        read_code
    from given_commodity
    where not is_known

),

reason as (

    select
        coalesce(
            mapped_flow.why,
            case when mapped_flow.line_no <> repeated_record.kept_line_no then repeated_record.why_dropped end,
            case
                when mapped_flow.detail > least_detail.kept_detail or mapped_flow.wider_modes & least_detail.kept_wide_modes > 0
                    then 'detail of a total'
            end,
            case when mapped_flow.partner = mapped_flow.reporter then 'own country' end,
            case when unknown_commodity.read_code is not null then 'unknown commodity' end,
            case when mapped_flow.unknown_unit is not null then 'unknown unit' end,
            case
                when mapped_flow.currency <> 'USD' and mapped_flow.trade_value is not null and dollar_rate.rate is null
                    then 'no rate'
            end
        ) as why,
        mapped_flow.why is null
        and mapped_flow.line_no = coalesce(repeated_record.kept_line_no, mapped_flow.line_no)
        and mapped_flow.detail <= coalesce(least_detail.kept_detail, mapped_flow.detail)
        and mapped_flow.wider_modes & coalesce(least_detail.kept_wide_modes, 0) = 0 as is_counted,
        mapped_flow.source,
        mapped_flow.batch_id,
        coalesce(
            -- a reason without a code of its own has none: what stands below tells of other reasons
            case when mapped_flow.why is not null then coalesce(mapped_flow.why_code, '') end,
            case when mapped_flow.line_no <> repeated_record.kept_line_no then mapped_flow.reporter end,
            case
                when mapped_flow.detail > least_detail.kept_detail or mapped_flow.wider_modes & least_detail.kept_wide_modes > 0
                    then mapped_flow.reporter
            end,
            case when mapped_flow.partner = mapped_flow.reporter then mapped_flow.reporter end,
            unknown_commodity.read_code,
            mapped_flow.unknown_unit,
            mapped_flow.currency,
            ''
        ) as code,
        mapped_flow.currency,
        coalesce(mapped_flow.trade_value, mapped_flow.given_value) as trade_value
    from dollar_rate
    right join (
        unknown_commodity
        right join (
            least_detail
            right join (
                repeated_record
                right join mapped_flow
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
        )
            on unknown_commodity.edition = mapped_flow.edition
            and unknown_commodity.read_code = mapped_flow.commodity_code
    )
        on dollar_rate.currency = mapped_flow.currency
        and dollar_rate.frequency = mapped_flow.frequency
        and dollar_rate.period = mapped_flow.period

)

select
    why,
    is_counted,
    source,
    batch_id,
    code,
    coalesce(currency, '') as currency,
    count(*) as row_count,
    cast(sum(trade_value) as decimal(38, 6)) as trade_value
from reason
where why is not null
group by
    why,
    is_counted,
    source,
    batch_id,
    code,
    coalesce(currency, '')
