-- Every accepted item with its value computed from the invoice, and the carriage in it
--
-- The price is brought to the value at the border by its delivery terms: CIF for
-- imports, FOB for exports (`delivery_adjustment`). Freight and insurance that nobody
-- declared are estimated from the complete items of the same flow, mode, zone and
-- chapter (`freight_ratio`), and the sources say so. Terms that say nothing leave the
-- price as it is. Costs that would eat up the price contradict it, and the price stands.
--
-- `source_national` is what a missing statistical value is made of. Goods that were not
-- sold, or whose price customs could not take (methods 2 to 6 of the valuation
-- agreement), are worth what customs valued them at, if it did. Those without an invoice
-- are held (V31) until a decision says what they are worth, or that they do not count.
--
-- `carriage_national` is what FOB leaves out of the CIF value of an import: freight
-- beyond the border of the exporting country, and insurance. Where the freight is not
-- declared, or is not below the value, it is what was put into a computed value, or what
-- is to be expected in the value less a declared insurance. Where neither is known,
-- `carriage_share` of the value is to be expected for both. Of a freight that begins
-- before the border of the exporting country, declared or estimated, FOB keeps the part
-- that lies there (`main_carriage_share`).
--
-- The general rate of `freight_ratio` is of freight and insurance together, so an
-- insurance that is declared is a part of it, and not on top of it.
-- Amounts are in national currency, with ten decimals and fourteen digits before the
-- point, as many as can be divided by a rate; values are rounded later, in `valued_item`.
--
-- imts:   4.1, 4.8, 4.9, CM 14.13
-- method: R-1.30, R-1.32, R-1.34, R-1.36
-- grain:  batch_id, line_no
-- view:   yes

with ratio as (

    select
        period,
        flow,
        border_transport_mode,
        partner_zone,
        hs2,
        freight_ratio,
        insurance_ratio,
        -- the general rate is of freight and insurance together
        level = 'general' as is_general,
        -- of a value without its insurance
        case when level = 'general' then null else cast(freight_ratio / (1 + freight_ratio) as decimal(12, 10)) end as freight_share,
        carriage_share,
        insurance_share
    from freight_ratio_history
    where period between $first_day and $last_day

),

expected as (

    select
        priced_item.batch_id,
        priced_item.line_no,
        priced_item.period,
        priced_item.recording_date,
        priced_item.recording_date_is_fallback,
        priced_item.acceptance_period,
        priced_item.release_period,
        priced_item.arrival_period,
        priced_item.procedure_code,
        priced_item.scope_no,
        priced_item.flow,
        priced_item.record_class,
        priced_item.partner,
        priced_item.partner_consignment,
        priced_item.commodity_code,
        priced_item.hs6,
        priced_item.hs2,
        priced_item.declared_value,
        priced_item.customs_value,
        priced_item.valuation_method,
        priced_item.price_national,
        priced_item.freight_national,
        priced_item.freight_is_declared,
        -- terms that hold the insurance make a zero meaningless
        case
            when priced_item.insurance_national > 0 then priced_item.insurance_national
            when delivery_adjustment.insurance_in_price > 0 then null
            else priced_item.insurance_national
        end as insurance_national,
        priced_item.insurance_is_declared,
        priced_item.rate,
        delivery_adjustment.price_factor,
        case
            when priced_item.freight_national is null then delivery_adjustment.estimated_freight_factor
            else delivery_adjustment.freight_factor
        end as freight_factor,
        delivery_adjustment.insurance_factor,
        delivery_adjustment.main_carriage_in_price,
        delivery_adjustment.insurance_in_price,
        delivery_adjustment.main_carriage_share,
        delivery_adjustment.customs_excess,
        ratio.freight_ratio,
        ratio.insurance_ratio,
        ratio.is_general,
        case
            when delivery_adjustment.main_carriage_share < 1
                then cast(ratio.freight_share * delivery_adjustment.main_carriage_share as decimal(12, 10))
            else ratio.freight_share
        end as freight_share,
        case
            when delivery_adjustment.main_carriage_share < 1
                then cast(
                    (ratio.carriage_share - ratio.insurance_share) * delivery_adjustment.main_carriage_share
                        + ratio.insurance_share
                    as decimal(8, 8)
                )
            else ratio.carriage_share
        end as carriage_share,
        ratio.insurance_share,
        -- goods alone, of which freight and insurance are so much
        case
            when priced_item.freight_national is null or priced_item.insurance_national is null or priced_item.insurance_national = 0
                then cast(
                    priced_item.price_national
                        * cast(
                            cast(delivery_adjustment.price_factor as decimal(14, 10))
                            / (
                                1
                                + ratio.freight_ratio * delivery_adjustment.freight_in_price
                                + ratio.insurance_ratio * delivery_adjustment.insurance_in_price
                            )
                            as decimal(12, 10)
                        )
                    as decimal(26, 10)
                )
        end as goods_national,
        priced_item.gross_mass_kg,
        priced_item.net_mass_kg,
        priced_item.supplementary_unit,
        priced_item.supplementary_quantity,
        priced_item.customs_office,
        priced_item.border_transport_mode,
        priced_item.delivery_terms,
        priced_item.invoice_currency
    from ratio
    right join (
        delivery_adjustment
        right join priced_item
            on priced_item.flow = delivery_adjustment.flow
            and priced_item.delivery_terms = delivery_adjustment.delivery_terms
    )
        -- exports need a ratio only where their terms do
        on case
            when priced_item.flow = 'M' or delivery_adjustment.estimated_freight_factor <> 0 then priced_item.hs2
        end = ratio.hs2
        and coalesce(arrow_cast(priced_item.border_transport_mode, 'Utf8View'), '-') = ratio.border_transport_mode
        and priced_item.partner_zone = ratio.partner_zone
        and priced_item.flow = ratio.flow
        and priced_item.period = ratio.period

),

completed as (

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
        commodity_code,
        hs6,
        hs2,
        declared_value,
        customs_value,
        valuation_method,
        price_national,
        freight_national,
        freight_is_declared,
        case
            when freight_national is not null then freight_national
            when is_general and not main_carriage_in_price and insurance_national is not null
                then cast(greatest(goods_national * (freight_ratio + insurance_ratio) - insurance_national, 0) as decimal(26, 10))
            else cast(goods_national * freight_ratio as decimal(26, 10))
        end as freight_cost,
        insurance_national,
        insurance_is_declared,
        case
            when insurance_national is null then cast(goods_national * insurance_ratio as decimal(26, 10))
            else insurance_national
        end as insurance_cost,
        rate,
        price_factor,
        freight_factor,
        insurance_factor,
        main_carriage_in_price,
        insurance_in_price,
        main_carriage_share,
        customs_excess,
        freight_ratio,
        insurance_ratio,
        freight_share,
        carriage_share,
        insurance_share,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from expected

),

estimated as (

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
        commodity_code,
        hs6,
        hs2,
        declared_value,
        customs_value,
        valuation_method,
        price_national,
        freight_national,
        case
            when freight_national > 0 and freight_is_declared then 'declared'
            when freight_national is not null then 'allocated'
            when flow = 'M' and main_carriage_in_price then 'included'
            when freight_factor <> 0 and freight_ratio is not null then 'estimated'
            else 'none'
        end as freight_source,
        case
            when insurance_national is not null and insurance_is_declared then 'declared'
            when insurance_national is not null then 'allocated'
            when flow = 'M' and insurance_in_price > 0 then 'included'
            when insurance_factor <> 0 and insurance_ratio is not null then 'estimated'
            else 'none'
        end as insurance_source,
        rate,
        main_carriage_share,
        customs_excess,
        freight_share,
        carriage_share,
        freight_cost,
        insurance_national,
        insurance_cost,
        insurance_share,
        case
            when price_factor is null then cast(price_national as decimal(34, 14))
            else price_national * price_factor
                + coalesce(freight_cost, cast(0 as decimal(26, 10))) * freight_factor
                + coalesce(insurance_cost, cast(0 as decimal(26, 10))) * insurance_factor
        end as value_at_border,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from completed

),

computed as (

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
        commodity_code,
        hs6,
        hs2,
        declared_value,
        customs_value,
        case when value_at_border > 0 then value_at_border else cast(price_national as decimal(34, 14)) end as computed_national,
        case
            when declared_value > 0 then null
            when valuation_method in ('2', '3', '4', '5', '6') and customs_value > 0 then try_cast(customs_value as decimal(24, 10))
            when value_at_border > 0 then try_cast(value_at_border as decimal(24, 10))
            else price_national
        end as source_national,
        case
            when declared_value > 0 then 'declared'
            when valuation_method in ('2', '3', '4', '5', '6') and customs_value > 0 then 'customs'
            when price_national > 0 then 'computed'
            else 'none'
        end as value_source,
        case
            when flow <> 'M' then null
            when declared_value > 0 then try_cast(declared_value * rate as decimal(26, 10))
            when valuation_method in ('2', '3', '4', '5', '6') and customs_value > 0 then cast(customs_value as decimal(26, 10))
            when value_at_border > 0 then cast(value_at_border as decimal(26, 10))
            else price_national
        end as cif_national,
        case
            when declared_value > 0 or flow <> 'M' or freight_national is not null then null
            when valuation_method in ('2', '3', '4', '5', '6') and customs_value > 0 then null
            when value_at_border > 0
                then case
                    when main_carriage_share < 1 then cast(freight_cost * main_carriage_share as decimal(26, 10))
                    else freight_cost
                end + insurance_cost
        end as carriage_put_in,
        freight_national,
        freight_share,
        freight_source,
        insurance_national,
        insurance_cost,
        insurance_source,
        insurance_share,
        rate,
        coalesce(main_carriage_share, 1) as main_carriage_share,
        customs_excess,
        carriage_share,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from estimated

),

carried as (

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
        commodity_code,
        hs6,
        hs2,
        declared_value,
        customs_value,
        computed_national,
        source_national,
        value_source,
        cif_national,
        case
            when flow <> 'M' then null
            when main_carriage_share < 1 then cast(freight_national * main_carriage_share as decimal(26, 10))
            else freight_national
        end
            + case
                when insurance_cost is null then coalesce(cast(cif_national * insurance_share as decimal(26, 10)), cast(0 as decimal(26, 10)))
                else insurance_cost
            end as told_carriage,
        case
            when carriage_put_in is not null then carriage_put_in
            when insurance_national is not null
                then cast((cif_national - insurance_national) * freight_share as decimal(26, 10)) + insurance_national
        end as expected_carriage,
        carriage_share,
        freight_source,
        insurance_source,
        rate,
        customs_excess,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        customs_office,
        border_transport_mode,
        delivery_terms,
        invoice_currency
    from computed

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
    commodity_code,
    hs6,
    hs2,
    declared_value,
    customs_value,
    computed_national,
    source_national,
    value_source,
    freight_source,
    insurance_source,
    case
        when told_carriage < cif_national then try_cast(told_carriage as decimal(24, 10))
        when expected_carriage < cif_national then try_cast(expected_carriage as decimal(24, 10))
    end as carriage_national,
    case when flow = 'M' then carriage_share end as carriage_share,
    case
        when flow = 'M' then carriage_share is not null and coalesce(told_carriage >= cif_national, true)
        else freight_source = 'estimated' and coalesce(declared_value <= 0, true)
    end as freight_is_estimated,
    customs_value > computed_national * customs_excess as customs_exceeds,
    rate,
    gross_mass_kg,
    net_mass_kg,
    supplementary_unit,
    supplementary_quantity,
    customs_office,
    border_transport_mode,
    delivery_terms,
    invoice_currency
from carried
