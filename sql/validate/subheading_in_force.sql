-- Subheadings of the days of the run, with what the lists say about each
--
-- The Harmonized System leaves chapters 98 and 99 to the countries: their subheadings are
-- those of the national list, and have no standard unit. `may_have_no_value` are goods
-- that need not be worth anything, such as waste: of the rows of `category_code` that fit
-- a subheading the longest counts.
--
-- method: R-1.25, R-1.28, R-1.3.09
-- grain:  code, standard_unit
-- view:   yes

with subheading as (

    select
        cast(code as varchar) as code,
        cast(standard_unit as varchar) as standard_unit
    from commodity
    where level = 6
        and valid_from <= $last_day
        and valid_to >= $first_day

    union

    select
        cast(left(code, 6) as varchar) as code,
        cast(null as varchar) as standard_unit
    from national_commodity
    where left(code, 2) in ('98', '99')
        and character_length(code) >= 6
        and valid_from <= $last_day
        and valid_to >= $first_day

),

goods_category as (

    select
        category_code.hs_prefix,
        special_category.without_value
    from category_code
    join special_category
        on special_category.special_category = category_code.special_category
    where category_code.hs_prefix is not null
        and category_code.transaction_nature is null
        and category_code.valid_from <= $last_day
        and category_code.valid_to >= $first_day
        and special_category.valid_from <= $last_day
        and special_category.valid_to >= $first_day

),

ranked as (

    select
        subheading.code,
        goods_category.without_value,
        row_number() over (
            partition by subheading.code
            order by length(goods_category.hs_prefix) desc, goods_category.without_value
        ) as longest_first
    from subheading
    join goods_category
        on starts_with(subheading.code, goods_category.hs_prefix)

)

select
    subheading.code,
    subheading.standard_unit,
    ranked.without_value is not null as may_have_no_value
from subheading
left join ranked
    on ranked.code = subheading.code
    and ranked.longest_first = 1
