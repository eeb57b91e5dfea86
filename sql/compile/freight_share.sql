-- Freight, insurance and goods of the items that declare them all, in national currency
--
-- An item is complete when its delivery terms are known, its price and its freight are
-- declared (or its part of the declaration's freight), and the price holds more than
-- carriage. The goods are the price, less what the terms put into it. An export whose
-- price leaves the main carriage out declares none beyond our border, and is never
-- complete. Missing insurance counts as none, so that what is estimated with it is the
-- insurance to be expected. Every combination that occurs has a row, for `freight_ratio`
-- finds a ratio for each.
--
-- imts:   4.8
-- method: R-1.32
-- grain:  period, flow, border_transport_mode, partner_zone, hs2

with item as (

    select
        priced_item.period,
        arrow_cast(priced_item.flow, 'Utf8View') as flow,
        coalesce(arrow_cast(priced_item.border_transport_mode, 'Utf8View'), '-') as border_transport_mode,
        arrow_cast(priced_item.partner_zone, 'Utf8View') as partner_zone,
        coalesce(arrow_cast(priced_item.hs2, 'Utf8View'), '-') as hs2,
        case
            when delivery_adjustment.main_carriage_in_price or (priced_item.flow = 'M' and not delivery_adjustment.main_carriage_in_price)
                then priced_item.freight_national
        end as freight,
        coalesce(priced_item.insurance_national, 0) as insurance,
        priced_item.price_national
            - case when delivery_adjustment.main_carriage_in_price then priced_item.freight_national else 0 end
            - case when delivery_adjustment.insurance_in_price > 0 then coalesce(priced_item.insurance_national, 0) else 0 end
            as value
    from delivery_adjustment
    right join priced_item
        on priced_item.flow = delivery_adjustment.flow
        and priced_item.delivery_terms = delivery_adjustment.delivery_terms

)

select
    period,
    flow,
    border_transport_mode,
    partner_zone,
    hs2,
    try_cast(sum(freight) filter (where freight > 0 and value > 0) as decimal(24, 2)) as freight,
    try_cast(sum(insurance) filter (where freight > 0 and value > 0) as decimal(24, 2)) as insurance,
    try_cast(sum(value) filter (where freight > 0 and value > 0) as decimal(24, 2)) as value,
    count(*) filter (where freight > 0 and value > 0) as item_count
from item
where flow in ('M', 'X')
group by
    period,
    flow,
    border_transport_mode,
    partner_zone,
    hs2
