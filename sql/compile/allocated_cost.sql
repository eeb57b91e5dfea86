-- Freight and insurance of a whole declaration, shared among its items
--
-- Only declarations that state costs once for all goods have them, and these bear one
-- date, so that all items that share a cost are of one month; forms with costs on each
-- line have none and cost nothing here. What an item tells of its own cost is a part of
-- the amount; the rest is for the items that tell none. Where nothing is left their
-- part is zero, which is known and not to be estimated. Freight goes by gross mass (by
-- net mass where there is no gross), and by value where one of these items has no mass;
-- insurance goes by value. Both go to the cent; the largest part takes what rounding
-- leaves, so the parts add up. Where nothing is there to share by, all goes to the first
-- item. An item that is held leaves its part to the others until somebody decides it.
--
-- The items of a declaration may have come in several files: in a second receipt that
-- holds more than the first, or with an amendment that adds an item. One header speaks
-- for all of them: that of the latest version, which came with an item that counts.
--
-- An amount has its own currency, or that of the invoice. It is converted with the
-- official rate of the day, and where none is listed with the one the declaration
-- states for that currency; an own cost in another currency than the header's likewise.
--
-- imts:   4.8, 4.17
-- method: R-1.31, R-1.33
-- grain:  period, batch_id, line_no

with header as (

    -- of several versions in one file the last, whether it states a cost or not
    select
        batch_id,
        declaration_id,
        max(coalesce(version, 1)) as version,
        last_value(freight_cost order by coalesce(version, 1), line_no) as freight_cost,
        last_value(coalesce(freight_currency, invoice_currency) order by coalesce(version, 1), line_no) as freight_currency,
        last_value(insurance_cost order by coalesce(version, 1), line_no) as insurance_cost,
        last_value(coalesce(insurance_currency, invoice_currency) order by coalesce(version, 1), line_no) as insurance_currency,
        last_value(invoice_currency order by coalesce(version, 1), line_no) as invoice_currency,
        last_value(exchange_rate order by coalesce(version, 1), line_no) as exchange_rate
    from declaration
    group by
        batch_id,
        declaration_id

),

costed as (

    select
        batch_id,
        declaration_id,
        version,
        freight_cost,
        freight_currency,
        insurance_cost,
        insurance_currency,
        invoice_currency,
        exchange_rate
    from header
    where freight_cost > 0
        or insurance_cost > 0

),

-- Each item with each header of its declaration, whatever file it came in.
met as (

    select
        scoped_item.period,
        scoped_item.recording_date,
        scoped_item.batch_id,
        scoped_item.declaration_id,
        scoped_item.line_no,
        costed.batch_id as header_batch_id,
        costed.version,
        bool_or(scoped_item.batch_id = costed.batch_id)
            over (partition by costed.declaration_id, costed.batch_id) as came_with_an_item,
        costed.freight_cost,
        coalesce(costed.freight_currency, scoped_item.invoice_currency) as freight_currency,
        costed.insurance_cost,
        coalesce(costed.insurance_currency, scoped_item.invoice_currency) as insurance_currency,
        coalesce(costed.invoice_currency, scoped_item.invoice_currency) as declared_currency,
        coalesce(costed.exchange_rate, scoped_item.exchange_rate) as declared_rate,
        scoped_item.invoice_currency as own_currency,
        scoped_item.exchange_rate as own_rate,
        case when scoped_item.freight_cost > 0 then scoped_item.freight_cost end as own_freight,
        case when scoped_item.insurance_cost > 0 then scoped_item.insurance_cost end as own_insurance,
        case
            when scoped_item.gross_mass_kg > 0 then scoped_item.gross_mass_kg
            else greatest(coalesce(scoped_item.net_mass_kg, 0), 0)
        end as mass,
        greatest(coalesce(scoped_item.invoice_amount, 0), 0) as price,
        greatest(coalesce(scoped_item.declared_value, 0), 0) as worth
    from costed
    join scoped_item
        on scoped_item.declaration_id = costed.declaration_id

),

ranked as (

    select
        period,
        recording_date,
        batch_id,
        declaration_id,
        line_no,
        dense_rank() over (partition by declaration_id order by version desc, header_batch_id) as header_rank,
        freight_cost,
        freight_currency,
        insurance_cost,
        insurance_currency,
        declared_currency,
        declared_rate,
        own_currency,
        own_rate,
        own_freight,
        own_insurance,
        mass,
        price,
        worth
    from met
    where came_with_an_item

),

rated as (

    select
        ranked.period,
        ranked.batch_id,
        ranked.declaration_id,
        ranked.line_no,
        ranked.freight_cost,
        ranked.insurance_cost,
        coalesce(
            freight_rate.rate,
            case when ranked.freight_currency = ranked.declared_currency then ranked.declared_rate end
        ) as freight_rate,
        coalesce(
            insurance_rate.rate,
            case when ranked.insurance_currency = ranked.declared_currency then ranked.declared_rate end
        ) as insurance_rate,
        coalesce(invoice_rate.rate, ranked.own_rate) as invoice_rate,
        ranked.own_freight,
        ranked.own_insurance,
        coalesce(ranked.freight_currency = ranked.own_currency, true) as freight_is_of_invoice,
        coalesce(ranked.insurance_currency = ranked.own_currency, true) as insurance_is_of_invoice,
        ranked.mass,
        -- one kind of value for the whole declaration: that of the invoice only where each item has one
        case when min(ranked.price) over (partition by ranked.declaration_id) > 0 then ranked.price else ranked.worth end as worth
    from official_rate as invoice_rate
    right join (
        official_rate as insurance_rate
        right join (
            official_rate as freight_rate
            right join ranked
                on ranked.freight_currency = freight_rate.currency
                and ranked.recording_date = freight_rate.day
        )
            on ranked.insurance_currency = insurance_rate.currency
            and ranked.recording_date = insurance_rate.day
    )
        on ranked.own_currency = invoice_rate.currency
        and ranked.recording_date = invoice_rate.day
    where ranked.header_rank = 1

),

told as (

    -- own costs in the currency of the header; one that no rate converts takes nothing off
    select
        period,
        batch_id,
        declaration_id,
        line_no,
        case when freight_cost > 0 then freight_cost end as freight_cost,
        case when insurance_cost > 0 then insurance_cost end as insurance_cost,
        freight_rate,
        insurance_rate,
        own_freight is not null as tells_freight,
        own_insurance is not null as tells_insurance,
        case
            when freight_is_of_invoice then own_freight
            else try_cast(try_cast(own_freight * invoice_rate as decimal(24, 10)) / nullif(freight_rate, 0) as decimal(18, 2))
        end as told_freight,
        case
            when insurance_is_of_invoice then own_insurance
            else try_cast(try_cast(own_insurance * invoice_rate as decimal(24, 10)) / nullif(insurance_rate, 0) as decimal(18, 2))
        end as told_insurance,
        mass,
        worth
    from rated

),

left_over as (

    select
        period,
        batch_id,
        declaration_id,
        line_no,
        freight_rate,
        insurance_rate,
        tells_freight,
        tells_insurance,
        case
            when sum(told_freight) over (partition by declaration_id) >= freight_cost then cast(0 as decimal(18, 2))
            else try_cast(freight_cost - coalesce(sum(told_freight) over (partition by declaration_id), 0) as decimal(18, 2))
        end as freight_left,
        case
            when sum(told_insurance) over (partition by declaration_id) >= insurance_cost then cast(0 as decimal(18, 2))
            else try_cast(insurance_cost - coalesce(sum(told_insurance) over (partition by declaration_id), 0) as decimal(18, 2))
        end as insurance_left,
        case
            when min(mass) over (partition by declaration_id, tells_freight) > 0 then mass
            when sum(worth) over (partition by declaration_id, tells_freight) > 0 then worth
            else mass
        end as freight_weight,
        worth as insurance_weight
    from told

),

summed as (

    select
        period,
        batch_id,
        declaration_id,
        line_no,
        freight_rate,
        insurance_rate,
        tells_freight,
        tells_insurance,
        case when not tells_freight then freight_left end as freight_left,
        case when not tells_insurance then insurance_left end as insurance_left,
        freight_weight,
        insurance_weight,
        sum(freight_weight) over (partition by declaration_id, tells_freight) as freight_weights,
        sum(insurance_weight) over (partition by declaration_id, tells_insurance) as insurance_weights,
        row_number() over (partition by declaration_id, tells_freight order by freight_weight desc, batch_id, line_no)
            as freight_place,
        row_number() over (partition by declaration_id, tells_insurance order by insurance_weight desc, batch_id, line_no)
            as insurance_place
    from left_over

),

part as (

    -- an amount with more digits than the quotient has room for counts as missing
    select
        period,
        batch_id,
        declaration_id,
        line_no,
        freight_rate,
        insurance_rate,
        freight_left,
        insurance_left,
        freight_place,
        insurance_place,
        case
            when freight_weights > 0
                then try_cast(try_cast(freight_left * freight_weight as decimal(28, 5)) / freight_weights as decimal(18, 2))
            when freight_left >= 0 then cast(0 as decimal(18, 2))
        end as freight_part,
        case
            when insurance_weights > 0
                then try_cast(try_cast(insurance_left * insurance_weight as decimal(28, 4)) / insurance_weights as decimal(18, 2))
            when insurance_left >= 0 then cast(0 as decimal(18, 2))
        end as insurance_part
    from summed

),

-- Parts of items that tell their own are null, and add nothing to the sums.
shared as (

    select
        period,
        batch_id,
        line_no,
        freight_rate,
        insurance_rate,
        try_cast(
            case
                when freight_place = 1 then freight_part + freight_left - sum(freight_part) over (partition by declaration_id)
                else freight_part
            end as decimal(18, 2)
        ) as freight_cost,
        try_cast(
            case
                when insurance_place = 1
                    then insurance_part + insurance_left - sum(insurance_part) over (partition by declaration_id)
                else insurance_part
            end as decimal(18, 2)
        ) as insurance_cost
    from part

)

select
    period,
    batch_id,
    line_no,
    freight_cost,
    insurance_cost,
    try_cast(freight_cost * freight_rate as decimal(24, 10)) as freight_national,
    try_cast(insurance_cost * insurance_rate as decimal(24, 10)) as insurance_national
from shared
