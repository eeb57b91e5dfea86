-- The total is the sum of its partners, chapters, headings, subheadings and all other parts
--
-- Every dimension that divides trade without overlap, for each flow and compared span,
-- in full precision; a dimension without a row is one that was lost. Country groups
-- overlap and are not here; nor are levels of a classification that do not reach every
-- code.
--
-- method: R-1.70

with listed as (

    select unnest([
        'partner', 'hs_section', 'hs2', 'hs4', 'hs6', 'sitc1', 'sitc2', 'sitc3', 'bec1', 'oil_product',
        'transport_mode', 'customs_office'
    ]) as listed_dimension

),

part as (

    select
        dimension,
        flow,
        sum(month) as month,
        sum(month_year_before) as month_year_before,
        sum(to_date) as to_date,
        sum(to_date_year_before) as to_date_year_before
    from compared_cell
    -- oil is the sum of its products, which are there already
    where dimension <> 'oil_product'
        or code <> 'oil'
    group by
        dimension,
        flow

),

whole as (

    select
        listed.listed_dimension,
        total.flow as total_flow,
        total.month as month_total,
        total.month_year_before as month_year_before_total,
        total.to_date as to_date_total,
        total.to_date_year_before as to_date_year_before_total
    from listed
    cross join part as total
    where total.dimension = 'total'

),

listed_part as (

    select
        part.dimension,
        part.flow,
        part.month,
        part.month_year_before,
        part.to_date,
        part.to_date_year_before
    from listed
    join part
        on part.dimension = listed.listed_dimension

)

select
    coalesce(listed_part.dimension, whole.listed_dimension) as dimension,
    coalesce(listed_part.flow, whole.total_flow) as flow,
    whole.month_total,
    listed_part.month,
    whole.to_date_total,
    listed_part.to_date
from listed_part
full join whole
    on whole.listed_dimension = listed_part.dimension
    and whole.total_flow = listed_part.flow
where coalesce(listed_part.month, 0) <> coalesce(whole.month_total, 0)
    or coalesce(listed_part.month_year_before, 0) <> coalesce(whole.month_year_before_total, 0)
    or coalesce(listed_part.to_date, 0) <> coalesce(whole.to_date_total, 0)
    or coalesce(listed_part.to_date_year_before, 0) <> coalesce(whole.to_date_year_before_total, 0)
