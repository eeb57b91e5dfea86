-- What the scope of an item is found by, one row a procedure
--
-- The flow, the first key of its meaning for goods of own, foreign and unstated origin,
-- the category that the procedure itself shows, and the one of an item that declares
-- no nature of transaction. `scoped_item` adds a key and a category to one number,
-- and looks up what that means in `item_scope`.
--
-- imts:   2.17
-- method: R-1.20, R-1.60
-- grain:  procedure_code
-- view:   yes

with listed as (

    select
        procedure_code,
        min(flow) as flow,
        max(first_key) filter (where goods_origin = 'own') as own_key,
        max(first_key) filter (where goods_origin = 'foreign') as foreign_key,
        max(first_key) filter (where goods_origin = 'unstated') as unstated_key
    from procedure_meaning
    group by procedure_code

),

shown_category as (

    select
        code,
        flow,
        category_no
    from category_key
    where kind = 'procedure'

),

silent_category as (

    select
        flow,
        category_no
    from category_key
    where kind = 'nature'
        and code = 'none'

)

select
    listed.procedure_code,
    listed.flow,
    listed.own_key,
    listed.foreign_key,
    listed.unstated_key,
    shown_category.category_no,
    silent_category.category_no as silent_category_no
from listed
left join shown_category
    on shown_category.code = listed.procedure_code
    and shown_category.flow = listed.flow
left join silent_category
    on silent_category.flow = listed.flow
