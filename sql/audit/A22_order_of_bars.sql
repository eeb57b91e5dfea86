-- The split into causes does not hang on the order in which they are asked
--
-- Of all gaps together, what changes its bar when the patterns are met in the opposite
-- order may be no more than the share of the method.
--
-- method: R-4.1

with bound as (

    select max(value) as share_max
    from parameter
    where name = 'mirror_order_share_max'
        and $last_day between valid_from and valid_to

),

whole as (

    select
        sum(moved) as moved,
        sum(gross_gap) as gross_gap
    from waterfall_order

)

select
    whole.moved,
    whole.gross_gap,
    bound.share_max
from whole
join bound
    on whole.moved > bound.share_max * whole.gross_gap
