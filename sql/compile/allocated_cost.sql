-- Freight and insurance of a whole declaration, shared among its items
--
-- Only declarations that state costs once for all goods have them; forms with costs
-- on each line have none and cost nothing here. Freight goes by gross mass, insurance
-- by value, both to the cent; the largest part takes what rounding leaves, so the
-- parts add up to the declared amount. Where nothing is there to share by, the whole
-- amount goes to the first item.
--
-- imts:   4.8
-- method: R-1.33
-- grain:  batch_id, line_no
-- view:   yes

with costed as (

    select
        batch_id,
        declaration_id,
        freight_cost,
        insurance_cost
    from declaration
    where freight_cost > 0
        or insurance_cost > 0

),

weighed as (

    select
        accepted_item.batch_id,
        accepted_item.declaration_id,
        accepted_item.line_no,
        costed.freight_cost,
        costed.insurance_cost,
        coalesce(accepted_item.gross_mass_kg, accepted_item.net_mass_kg, 0) as mass,
        coalesce(accepted_item.statistical_value, accepted_item.invoice_amount, 0) as worth
    from costed
    join accepted_item
        on accepted_item.batch_id = costed.batch_id
        and accepted_item.declaration_id = costed.declaration_id

),

summed as (

    select
        batch_id,
        declaration_id,
        line_no,
        freight_cost,
        insurance_cost,
        mass,
        worth,
        sum(mass) over (partition by batch_id, declaration_id) as all_mass,
        sum(worth) over (partition by batch_id, declaration_id) as all_worth,
        row_number() over (partition by batch_id, declaration_id order by mass desc, line_no) as mass_rank,
        row_number() over (partition by batch_id, declaration_id order by worth desc, line_no) as worth_rank
    from weighed

),

shared as (

    select
        batch_id,
        declaration_id,
        line_no,
        freight_cost,
        insurance_cost,
        mass_rank,
        worth_rank,
        case
            when all_mass > 0 then cast(freight_cost * mass / all_mass as decimal(18, 2))
            when freight_cost > 0 then cast(0 as decimal(18, 2))
        end as freight_part,
        case
            when all_worth > 0 then cast(insurance_cost * worth / all_worth as decimal(18, 2))
            when insurance_cost > 0 then cast(0 as decimal(18, 2))
        end as insurance_part
    from summed

)

select
    batch_id,
    line_no,
    case
        when mass_rank = 1
            then freight_part + freight_cost - sum(freight_part) over (partition by batch_id, declaration_id)
        else freight_part
    end as freight_cost,
    case
        when worth_rank = 1
            then insurance_part + insurance_cost - sum(insurance_part) over (partition by batch_id, declaration_id)
        else insurance_part
    end as insurance_cost
from shared
