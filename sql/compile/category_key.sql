-- Which category each code of a declaration means, for each flow
--
-- The rows of `category_code` in force, spread over the codes they stand for: procedure
-- pairs, additional procedures, natures of transaction, subheadings, subheadings with a
-- nature, modes of transport (post) and partners (bunkers and stores). Of the rows that fit a code the longest wins, so that 7108.20 is not
-- the gold of 7108; then one made for the flow. The code itself is there too when the
-- nomenclature does not have it, as those of chapter 99, a shorter one filled up with zeros.
-- Nature `none` is an item that declares none; flow `-` a movement without a flow.
--
-- method: R-1.01, R-1.02, R-1.2.01, R-1.2.02, R-1.2.04, R-1.2.05, R-1.2.07, R-1.2.08, R-1.2.09,
--         R-1.2.11, R-1.2.12, R-1.2.13, R-1.2.14, R-1.2.16, R-1.2.17, R-1.2.18, R-1.2.19, R-1.2.20,
--         R-1.2.22
-- grain:  kind, code, transaction_nature, flow
-- view:   yes

with rule as (

    select
        category_code.procedure_code,
        category_code.additional_procedure,
        category_code.transaction_nature,
        category_code.hs_prefix,
        category_code.border_transport_mode,
        category_code.partner,
        category_code.flow,
        category_code.valid_from,
        category_in_force.category_no,
        category_in_force.without_value_no
    from category_code
    join category_in_force
        on category_in_force.special_category = category_code.special_category
    where category_code.valid_from <= $last_day
        and category_code.valid_to >= $first_day

),

subheading as (

    select code
    from commodity
    where level = 6
        and valid_from <= $last_day
        and valid_to >= $first_day

    union

    select rpad(hs_prefix, 6, '0') as code
    from rule
    where hs_prefix is not null

),

pair as (

    select distinct procedure_code as code
    from procedure
    where valid_from <= $last_day
        and valid_to >= $first_day

),

spread as (

    select
        'procedure' as kind,
        pair.code,
        '-' as transaction_nature,
        length(rule.procedure_code) as code_length,
        rule.flow,
        rule.valid_from,
        rule.category_no,
        rule.without_value_no
    from rule
    join pair
        on starts_with(pair.code, rule.procedure_code)

    union all

    select
        'additional' as kind,
        additional_procedure as code,
        '-' as transaction_nature,
        0 as code_length,
        flow,
        valid_from,
        category_no,
        without_value_no
    from rule
    where additional_procedure is not null

    union all

    select
        'nature' as kind,
        transaction_nature as code,
        '-' as transaction_nature,
        0 as code_length,
        flow,
        valid_from,
        category_no,
        without_value_no
    from rule
    where transaction_nature is not null
        and hs_prefix is null

    union all

    select
        'mode' as kind,
        border_transport_mode as code,
        '-' as transaction_nature,
        0 as code_length,
        flow,
        valid_from,
        category_no,
        without_value_no
    from rule
    where border_transport_mode is not null

    union all

    select
        'partner' as kind,
        partner as code,
        '-' as transaction_nature,
        0 as code_length,
        flow,
        valid_from,
        category_no,
        without_value_no
    from rule
    where partner is not null

    union all

    select
        case when rule.transaction_nature is null then 'goods' else 'goods_nature' end as kind,
        subheading.code,
        coalesce(rule.transaction_nature, '-') as transaction_nature,
        length(rule.hs_prefix) as code_length,
        rule.flow,
        rule.valid_from,
        rule.category_no,
        rule.without_value_no
    from rule
    join subheading
        on starts_with(subheading.code, rule.hs_prefix)

),

direction as (

    select 'M' as flow

    union all

    select 'X' as flow

    union all

    select '-' as flow

),

ranked as (

    select
        spread.kind,
        spread.code,
        spread.transaction_nature,
        direction.flow,
        spread.category_no,
        spread.without_value_no,
        row_number() over (
            partition by spread.kind, spread.code, spread.transaction_nature, direction.flow
            order by
                spread.code_length desc,
                spread.flow is null,
                spread.valid_from desc,
                spread.category_no
        ) as strongest_first
    from spread
    join direction
        on spread.flow is null
        or spread.flow = direction.flow

)

select
    kind,
    code,
    transaction_nature,
    flow,
    category_no,
    without_value_no
from ranked
where strongest_first = 1
