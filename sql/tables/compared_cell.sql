-- Every row of the published tables, long: one row a dimension, code and flow
--
-- Each dimension adds up the same cells in its own way; the audits hold them together.
-- Codes that no correspondence has stand under `unclassified`. Country groups overlap,
-- so their rows are never summed.
--
-- grain: dimension, code, flow

select
    'total' as dimension,
    'total' as code,
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
    flow

union all

select
    'returned' as dimension,
    'returned' as code,
    flow,
    sum(returned_month) as month,
    sum(returned_month_year_before) as month_year_before,
    sum(returned_to_date) as to_date,
    sum(returned_to_date_year_before) as to_date_year_before,
    sum(returned_estimated_month) as estimated_month,
    sum(returned_estimated_month_year_before) as estimated_month_year_before,
    sum(returned_estimated_to_date) as estimated_to_date,
    sum(returned_estimated_to_date_year_before) as estimated_to_date_year_before
from compared_trade
group by
    flow

union all

select
    'partner' as dimension,
    partner as code,
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
    partner,
    flow

union all

select
    'country_group' as dimension,
    country_group.country_group as code,
    compared_trade.flow,
    sum(compared_trade.month) as month,
    sum(compared_trade.month_year_before) as month_year_before,
    sum(compared_trade.to_date) as to_date,
    sum(compared_trade.to_date_year_before) as to_date_year_before,
    sum(compared_trade.estimated_month) as estimated_month,
    sum(compared_trade.estimated_month_year_before) as estimated_month_year_before,
    sum(compared_trade.estimated_to_date) as estimated_to_date,
    sum(compared_trade.estimated_to_date_year_before) as estimated_to_date_year_before
from country_group
join compared_trade
    on compared_trade.partner = country_group.country
-- membership is that of each month
where compared_trade.period between country_group.valid_from and country_group.valid_to
group by
    country_group.country_group,
    compared_trade.flow

union all

select
    'hs_section' as dimension,
    section as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
group by
    section,
    flow

union all

select
    'hs2' as dimension,
    hs2 as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
group by
    hs2,
    flow

union all

select
    'hs4' as dimension,
    left(hs6, 4) as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
group by
    left(hs6, 4),
    flow

union all

select
    'hs6' as dimension,
    hs6 as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
group by
    hs6,
    flow

union all

select
    'sitc1' as dimension,
    case when sitc4 = 'unclassified' then sitc4 else left(sitc4, 1) end as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
group by
    case when sitc4 = 'unclassified' then sitc4 else left(sitc4, 1) end,
    flow

union all

select
    'sitc2' as dimension,
    case when sitc4 = 'unclassified' then sitc4 else left(sitc4, 2) end as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
where length(sitc4) >= 2
group by
    case when sitc4 = 'unclassified' then sitc4 else left(sitc4, 2) end,
    flow

union all

select
    'sitc3' as dimension,
    case when sitc4 = 'unclassified' then sitc4 else left(sitc4, 3) end as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
where length(sitc4) >= 3
group by
    case when sitc4 = 'unclassified' then sitc4 else left(sitc4, 3) end,
    flow

union all

select
    'bec1' as dimension,
    case when bec4 = 'unclassified' then bec4 else left(bec4, 1) end as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
group by
    case when bec4 = 'unclassified' then bec4 else left(bec4, 1) end,
    flow

union all

select
    'bec2' as dimension,
    case when bec4 = 'unclassified' then bec4 else left(bec4, 2) end as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
where length(bec4) >= 2
group by
    case when bec4 = 'unclassified' then bec4 else left(bec4, 2) end,
    flow

union all

select
    'bec3' as dimension,
    case when bec4 = 'unclassified' then bec4 else left(bec4, 3) end as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
where length(bec4) >= 3
group by
    case when bec4 = 'unclassified' then bec4 else left(bec4, 3) end,
    flow

union all

select
    'oil_product' as dimension,
    oil_product as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
group by
    oil_product,
    flow

union all

select
    'oil_product' as dimension,
    'oil' as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from classified_trade
where oil_product <> 'non_oil'
group by
    flow

union all

select
    'transport_mode' as dimension,
    border_transport_mode as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from compared_border
group by
    border_transport_mode,
    flow

union all

select
    'customs_office' as dimension,
    customs_office as code,
    flow,
    sum(month) as month,
    sum(month_year_before) as month_year_before,
    sum(to_date) as to_date,
    sum(to_date_year_before) as to_date_year_before,
    sum(estimated_month) as estimated_month,
    sum(estimated_month_year_before) as estimated_month_year_before,
    sum(estimated_to_date) as estimated_to_date,
    sum(estimated_to_date_year_before) as estimated_to_date_year_before
from compared_border
group by
    customs_office,
    flow
