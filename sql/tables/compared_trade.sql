-- Publishable trade of the compared months, each value under the spans it belongs to
--
-- grain: period, flow, partner, hs6, supplementary_unit
-- view:  yes

select
    publishable_trade.period,
    publishable_trade.flow,
    publishable_trade.partner,
    publishable_trade.hs6,
    publishable_trade.hs2,
    publishable_trade.supplementary_unit,
    compared_month.commodity_edition,
    case when compared_month.is_month then publishable_trade.statistical_value end as month,
    case when compared_month.is_month_year_before then publishable_trade.statistical_value end as month_year_before,
    case when compared_month.is_to_date then publishable_trade.statistical_value end as to_date,
    case when compared_month.is_to_date_year_before then publishable_trade.statistical_value end as to_date_year_before,
    case when compared_month.is_month then publishable_trade.returned_value end as returned_month,
    case when compared_month.is_month_year_before then publishable_trade.returned_value end as returned_month_year_before,
    case when compared_month.is_to_date then publishable_trade.returned_value end as returned_to_date,
    case when compared_month.is_to_date_year_before then publishable_trade.returned_value end as returned_to_date_year_before,
    case when compared_month.is_to_date then publishable_trade.net_mass_kg end as net_mass_kg,
    case when compared_month.is_to_date then publishable_trade.net_mass_missing_value end as net_mass_missing_value,
    case when compared_month.is_to_date then publishable_trade.net_mass_estimated_kg end as net_mass_estimated_kg,
    case when compared_month.is_to_date then publishable_trade.net_mass_estimated_value end as net_mass_estimated_value,
    case when compared_month.is_to_date then publishable_trade.supplementary_quantity end as supplementary_quantity,
    case when compared_month.is_to_date then publishable_trade.quantity_missing_value end as quantity_missing_value,
    case when compared_month.is_to_date then publishable_trade.quantity_estimated end as quantity_estimated,
    case when compared_month.is_to_date then publishable_trade.quantity_estimated_value end as quantity_estimated_value,
    case when compared_month.is_month then publishable_trade.estimated_value end as estimated_month,
    case when compared_month.is_month_year_before then publishable_trade.estimated_value end as estimated_month_year_before,
    case when compared_month.is_to_date then publishable_trade.estimated_value end as estimated_to_date,
    case when compared_month.is_to_date_year_before then publishable_trade.estimated_value end as estimated_to_date_year_before,
    case when compared_month.is_month then publishable_trade.returned_estimated_value end as returned_estimated_month,
    case when compared_month.is_month_year_before then publishable_trade.returned_estimated_value end as returned_estimated_month_year_before,
    case when compared_month.is_to_date then publishable_trade.returned_estimated_value end as returned_estimated_to_date,
    case when compared_month.is_to_date_year_before then publishable_trade.returned_estimated_value end as returned_estimated_to_date_year_before
from compared_month
join publishable_trade
    on publishable_trade.period = compared_month.period
    and publishable_trade.flow = compared_month.flow
