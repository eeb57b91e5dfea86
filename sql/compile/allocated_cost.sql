-- Freight and insurance of a whole declaration, shared among its items
--
-- Only declarations that state costs once for all goods have them, and these bear one
-- date, so that all items that share a cost are of one month; forms with costs on each
-- line have none and cost nothing here. Freight goes by gross mass, insurance by value,
-- both to the cent; the largest part takes what rounding leaves, so the parts add up to
-- the declared amount. Where nothing is there to share by, the whole amount goes to the
-- first item. An item that is held leaves its part to the others until somebody decides
-- it.
--
-- The items of a declaration may have come in several files: in a second receipt that
-- holds more than the first, or with an amendment that adds an item. One header speaks
-- for all of them: that of the latest version, which came with an item that counts.
--
-- An amount has its own currency, or that of the invoice. It is converted with the
-- official rate of the day, and where none is listed with the one the declaration
-- states for that currency.
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
        greatest(coalesce(scoped_item.gross_mass_kg, scoped_item.net_mass_kg, 0), 0) as mass,
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
        mass,
        price,
        worth
    from met
    where came_with_an_item

),

shared_by as (

    -- one kind of value for the whole declaration: that of the invoice only where each item has one
    select
        period,
        recording_date,
        batch_id,
        declaration_id,
        line_no,
        freight_cost,
        freight_currency,
        insurance_cost,
        insurance_currency,
        declared_currency,
        declared_rate,
        mass,
        case when min(price) over (partition by declaration_id) > 0 then price else worth end as worth
    from ranked
    where header_rank = 1

),

summed as (

    select
        period,
        recording_date,
        batch_id,
        declaration_id,
        line_no,
        freight_cost,
        freight_currency,
        insurance_cost,
        insurance_currency,
        declared_currency,
        declared_rate,
        mass,
        worth,
        sum(mass) over (partition by declaration_id) as all_mass,
        sum(worth) over (partition by declaration_id) as all_worth,
        row_number() over (partition by declaration_id order by mass desc, batch_id, line_no) as mass_rank,
        row_number() over (partition by declaration_id order by worth desc, batch_id, line_no) as worth_rank
    from shared_by

),

part as (

    -- an amount with more digits than the quotient has room for counts as missing
    select
        period,
        recording_date,
        batch_id,
        declaration_id,
        line_no,
        freight_cost,
        freight_currency,
        insurance_cost,
        insurance_currency,
        declared_currency,
        declared_rate,
        mass_rank,
        worth_rank,
        case
            when all_mass > 0 then try_cast(try_cast(freight_cost * mass as decimal(28, 5)) / all_mass as decimal(18, 2))
            when freight_cost > 0 then cast(0 as decimal(18, 2))
        end as freight_part,
        case
            when all_worth > 0 then try_cast(try_cast(insurance_cost * worth as decimal(28, 4)) / all_worth as decimal(18, 2))
            when insurance_cost > 0 then cast(0 as decimal(18, 2))
        end as insurance_part
    from summed

),

shared as (

    select
        period,
        recording_date,
        batch_id,
        line_no,
        freight_currency,
        insurance_currency,
        declared_currency,
        declared_rate,
        case
            when mass_rank = 1
                then freight_part + freight_cost - sum(freight_part) over (partition by declaration_id)
            else freight_part
        end as freight_cost,
        case
            when worth_rank = 1
                then insurance_part + insurance_cost - sum(insurance_part) over (partition by declaration_id)
            else insurance_part
        end as insurance_cost
    from part

)

select
    shared.period,
    shared.batch_id,
    shared.line_no,
    try_cast(shared.freight_cost as decimal(18, 2)) as freight_cost,
    try_cast(shared.insurance_cost as decimal(18, 2)) as insurance_cost,
    try_cast(
        try_cast(shared.freight_cost as decimal(18, 2))
            * coalesce(freight_rate.rate, case when shared.freight_currency = shared.declared_currency then shared.declared_rate end)
        as decimal(26, 10)
    ) as freight_national,
    try_cast(
        try_cast(shared.insurance_cost as decimal(18, 2))
            * coalesce(insurance_rate.rate, case when shared.insurance_currency = shared.declared_currency then shared.declared_rate end)
        as decimal(26, 10)
    ) as insurance_national
from official_rate as insurance_rate
right join (
    official_rate as freight_rate
    right join shared
        on shared.freight_currency = freight_rate.currency
        and shared.recording_date = freight_rate.day
)
    on shared.insurance_currency = insurance_rate.currency
    and shared.recording_date = insurance_rate.day
