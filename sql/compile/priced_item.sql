-- Every accepted item with its price, freight and insurance in national currency
--
-- As declared: nothing is estimated yet. The rate is the official one of the day, and the
-- declared one where none is listed: the statistical currency is converted with the same
-- list, so that an average of a month on both sides cancels out, and a rate declared for
-- another day or number of units does no harm. Where an invoice in the statistical
-- currency alone gives the value and no list has the day, the declared rate serves both
-- ways, which leaves the amount as it is.
--
-- Freight and insurance of the item go before the item's part of what its declaration
-- states for all goods at once. A freight of zero says nothing, for nothing is carried
-- for nothing, but a part of zero says that the others bear all; an insurance of zero
-- says that there is none. An amount too large to compute with counts as missing.
--
-- imts:   4.8, 4.17
-- method: R-1.31, R-1.33
-- grain:  batch_id, line_no
-- view:   yes

with converted as (

    select
        scoped_item.batch_id,
        scoped_item.line_no,
        scoped_item.period,
        scoped_item.recording_date,
        scoped_item.recording_date_is_fallback,
        scoped_item.acceptance_period,
        scoped_item.release_period,
        scoped_item.arrival_period,
        scoped_item.procedure_code,
        scoped_item.scope_no,
        scoped_item.flow,
        scoped_item.record_class,
        scoped_item.partner,
        scoped_item.partner_consignment,
        scoped_item.partner_zone,
        scoped_item.commodity_code,
        scoped_item.hs6,
        scoped_item.hs2,
        scoped_item.declared_value,
        scoped_item.customs_value,
        scoped_item.valuation_method,
        scoped_item.invoice_amount,
        scoped_item.freight_cost,
        scoped_item.insurance_cost,
        allocated_cost_history.freight_national,
        allocated_cost_history.insurance_national,
        coalesce(
            official_rate.rate,
            case when scoped_item.exchange_rate > 0 then scoped_item.exchange_rate end
        ) as invoice_rate,
        coalesce(
            scoped_item.rate,
            case
                when scoped_item.invoice_currency = $statistical_currency
                    and scoped_item.exchange_rate > 0
                    and coalesce(scoped_item.declared_value <= 0, true)
                    then scoped_item.exchange_rate
            end
        ) as rate,
        scoped_item.gross_mass_kg,
        scoped_item.net_mass_kg,
        scoped_item.supplementary_unit,
        scoped_item.supplementary_quantity,
        scoped_item.customs_office,
        scoped_item.border_transport_mode,
        scoped_item.delivery_terms,
        scoped_item.invoice_currency
    from allocated_cost_history
    right join (
        official_rate
        right join scoped_item
            on scoped_item.invoice_currency = official_rate.currency
            and scoped_item.recording_date = official_rate.day
    )
        on scoped_item.batch_id = allocated_cost_history.batch_id
        and scoped_item.line_no = allocated_cost_history.line_no

)

select
    batch_id,
    line_no,
    period,
    recording_date,
    recording_date_is_fallback,
    acceptance_period,
    release_period,
    arrival_period,
    procedure_code,
    scope_no,
    flow,
    record_class,
    partner,
    partner_consignment,
    partner_zone,
    commodity_code,
    hs6,
    hs2,
    declared_value,
    customs_value,
    valuation_method,
    case when invoice_amount > 0 then try_cast(invoice_amount * invoice_rate as decimal(24, 10)) end as price_national,
    case
        when freight_cost > 0 then try_cast(freight_cost * invoice_rate as decimal(24, 10))
        else freight_national
    end as freight_national,
    coalesce(freight_cost > 0, false) as freight_is_declared,
    case
        when insurance_cost > 0 then try_cast(insurance_cost * invoice_rate as decimal(24, 10))
        when insurance_national is not null then insurance_national
        when insurance_cost = 0 then cast(0 as decimal(24, 10))
    end as insurance_national,
    coalesce(insurance_cost > 0, false) or insurance_national is null as insurance_is_declared,
    rate,
    gross_mass_kg,
    net_mass_kg,
    supplementary_unit,
    supplementary_quantity,
    customs_office,
    border_transport_mode,
    delivery_terms,
    invoice_currency
from converted
