-- The total is the sum of its partners, chapters, headings, subheadings and all other parts
--
-- Every dimension that divides trade without overlap, for each flow and compared span,
-- in full precision. Country groups overlap and are not here; nor are levels of a
-- classification that do not reach every code.
--
-- method: R-1.70

with part as (

    select
        dimension,
        flow,
        coalesce(sum(month), 0) as month,
        coalesce(sum(month_year_before), 0) as month_year_before,
        coalesce(sum(to_date), 0) as to_date,
        coalesce(sum(to_date_year_before), 0) as to_date_year_before
    from compared_cell
    where dimension in (
            'partner', 'hs_section', 'hs2', 'hs4', 'hs6', 'sitc1', 'sitc2', 'sitc3', 'bec1', 'oil_product',
            'transport_mode', 'customs_office'
        )
        -- oil is the sum of its products, which are there already
        and (dimension <> 'oil_product' or code <> 'oil')
    group by
        dimension,
        flow

),

whole as (

    select
        flow,
        coalesce(sum(month), 0) as month,
        coalesce(sum(month_year_before), 0) as month_year_before,
        coalesce(sum(to_date), 0) as to_date,
        coalesce(sum(to_date_year_before), 0) as to_date_year_before
    from compared_cell
    where dimension = 'total'
    group by flow

)

select
    part.dimension,
    coalesce(part.flow, whole.flow) as flow,
    whole.month as month_total,
    part.month,
    whole.to_date as to_date_total,
    part.to_date
from part
full join whole
    on whole.flow = part.flow
where (part.month is distinct from whole.month)
    or (part.month_year_before is distinct from whole.month_year_before)
    or (part.to_date is distinct from whole.to_date)
    or (part.to_date_year_before is distinct from whole.to_date_year_before)
