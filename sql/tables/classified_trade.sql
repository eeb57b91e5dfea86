-- Compared trade by subheading, with the codes of the other classifications
--
-- Section, SITC and BEC follow from the subheading, by the correspondence of the
-- edition that was in force in the month. A subheading without a correspondence is
-- `unclassified`; what no list calls an oil product is non-oil. The list of oil products
-- is that of the published period, for the year before as well, so that the change is one
-- of trade and not of what the list calls oil.
--
-- grain:  commodity_edition, flow, hs6

with subheading as (

    select
        commodity_edition,
        hs6,
        hs2,
        flow,
        sum(month) as month,
        sum(month_year_before) as month_year_before,
        sum(to_date) as to_date,
        sum(to_date_year_before) as to_date_year_before,
        sum(estimated_month) as estimated_month,
        sum(estimated_month_year_before) as estimated_month_year_before,
        sum(estimated_to_date) as estimated_to_date,
        sum(estimated_to_date_year_before) as estimated_to_date_year_before
    from compared_trade
    group by
        commodity_edition,
        hs6,
        hs2,
        flow

)

select
    subheading.commodity_edition,
    subheading.flow,
    subheading.hs6,
    subheading.hs2,
    coalesce(hs_section.section, 'unclassified') as section,
    coalesce(sitc.sitc4, 'unclassified') as sitc4,
    coalesce(bec.bec4, 'unclassified') as bec4,
    coalesce(oil_product.product, 'non_oil') as oil_product,
    subheading.month,
    subheading.month_year_before,
    subheading.to_date,
    subheading.to_date_year_before,
    subheading.estimated_month,
    subheading.estimated_month_year_before,
    subheading.estimated_to_date,
    subheading.estimated_to_date_year_before
from subheading
left join hs_section
    on subheading.hs2 between hs_section.first_chapter and hs_section.last_chapter
left join sitc
    on sitc.commodity_edition = subheading.commodity_edition
    and sitc.hs6 = subheading.hs6
left join bec
    on bec.commodity_edition = subheading.commodity_edition
    and bec.hs6 = subheading.hs6
left join oil_product
    on oil_product.hs_prefix = left(subheading.hs6, 4)
    and $period between oil_product.valid_from and oil_product.valid_to
