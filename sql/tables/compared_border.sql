-- Publishable trade at the border of the compared months, by the spans it belongs to
--
-- grain: period, flow, hs2, customs_office, border_transport_mode
-- view:  yes

select
    publishable_border.period,
    publishable_border.flow,
    publishable_border.hs2,
    publishable_border.customs_office,
    publishable_border.border_transport_mode,
    case when compared_month.is_month then publishable_border.statistical_value end as month,
    case when compared_month.is_month_year_before then publishable_border.statistical_value end as month_year_before,
    case when compared_month.is_to_date then publishable_border.statistical_value end as to_date,
    case when compared_month.is_to_date_year_before then publishable_border.statistical_value end as to_date_year_before,
    case when compared_month.is_month then publishable_border.estimated_value end as estimated_month,
    case when compared_month.is_month_year_before then publishable_border.estimated_value end as estimated_month_year_before,
    case when compared_month.is_to_date then publishable_border.estimated_value end as estimated_to_date,
    case when compared_month.is_to_date_year_before then publishable_border.estimated_value end as estimated_to_date_year_before
from compared_month
join publishable_border
    on publishable_border.period = compared_month.period
    and publishable_border.flow = compared_month.flow
