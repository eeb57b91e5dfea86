-- Imports by country of origin and by country of consignment, side by side
--
-- Imports are published by origin; a partner's exports by last known destination agree
-- better with imports by the country that sent them. The two columns have one total, and
-- `direct` is what stands in both: goods sent from the country they come from. A country
-- with much more by consignment than by origin is a place of transit or of traders.
-- `_X` is a country that was not declared or is on no list.
--
-- imts:     6.13, 6.18, 6.19
-- method:   R-1.50, R-1.51
-- grain:    partner
-- unit:     thousand_usd
-- decimals: 1

with cell as (

    select
        publishable_consignment.partner,
        publishable_consignment.partner_consignment,
        publishable_consignment.statistical_value,
        publishable_consignment.estimated_value,
        compared_month.is_month
    from compared_month
    join publishable_consignment
        on publishable_consignment.period = compared_month.period
        and publishable_consignment.flow = compared_month.flow
    where compared_month.is_to_date
        and publishable_consignment.flow = 'M'

),

line as (

    select
        'TOTAL' as partner,
        is_month,
        statistical_value as by_origin,
        statistical_value as by_consignment,
        case when partner = partner_consignment then statistical_value else 0 end as direct,
        estimated_value as by_origin_estimated,
        estimated_value as by_consignment_estimated,
        case when partner = partner_consignment then estimated_value else 0 end as direct_estimated
    from cell

    union all

    select
        partner,
        is_month,
        statistical_value as by_origin,
        0 as by_consignment,
        case when partner = partner_consignment then statistical_value else 0 end as direct,
        estimated_value as by_origin_estimated,
        0 as by_consignment_estimated,
        case when partner = partner_consignment then estimated_value else 0 end as direct_estimated
    from cell

    union all

    select
        partner_consignment as partner,
        is_month,
        0 as by_origin,
        statistical_value as by_consignment,
        0 as direct,
        0 as by_origin_estimated,
        estimated_value as by_consignment_estimated,
        0 as direct_estimated
    from cell

),

summed as (

    select
        partner,
        coalesce(sum(by_origin) filter (where is_month), 0) as import_by_origin_month,
        coalesce(sum(by_consignment) filter (where is_month), 0) as import_by_consignment_month,
        coalesce(sum(direct) filter (where is_month), 0) as import_direct_month,
        coalesce(sum(by_origin), 0) as import_by_origin_to_date,
        coalesce(sum(by_consignment), 0) as import_by_consignment_to_date,
        coalesce(sum(direct), 0) as import_direct_to_date,
        sum(by_origin_estimated) filter (where is_month) as import_by_origin_month_estimated,
        sum(by_consignment_estimated) filter (where is_month) as import_by_consignment_month_estimated,
        sum(direct_estimated) filter (where is_month) as import_direct_month_estimated,
        sum(by_origin_estimated) as import_by_origin_to_date_estimated,
        sum(by_consignment_estimated) as import_by_consignment_to_date_estimated,
        sum(direct_estimated) as import_direct_to_date_estimated
    from line
    group by partner

),

setting as (

    select max(value) as share_max
    from parameter
    where name = 'estimated_share_max'
        and $period between valid_from and valid_to

)

select
    row_number() over (
        order by
            case summed.partner when 'TOTAL' then 0 else 1 end,
            summed.import_by_origin_to_date desc,
            summed.import_by_consignment_to_date desc,
            summed.partner
    ) as row_order,
    case summed.partner when 'TOTAL' then 'total' else 'row' end as row_kind,
    summed.partner,
    coalesce(label.en, summed.partner) as partner_name,
    case when compared_flow.has_import_month then summed.import_by_origin_month end as import_by_origin_month,
    case when compared_flow.has_import_month then summed.import_by_consignment_month end as import_by_consignment_month,
    case when compared_flow.has_import_month then summed.import_direct_month end as import_direct_month,
    case when compared_flow.has_import_to_date then summed.import_by_origin_to_date end as import_by_origin_to_date,
    case when compared_flow.has_import_to_date then summed.import_by_consignment_to_date end as import_by_consignment_to_date,
    case when compared_flow.has_import_to_date then summed.import_direct_to_date end as import_direct_to_date,
    case when summed.import_by_origin_month_estimated > setting.share_max * summed.import_by_origin_month then 'e' else '' end
        as import_by_origin_month_flag,
    case when summed.import_by_consignment_month_estimated > setting.share_max * summed.import_by_consignment_month then 'e' else '' end
        as import_by_consignment_month_flag,
    case when summed.import_direct_month_estimated > setting.share_max * summed.import_direct_month then 'e' else '' end
        as import_direct_month_flag,
    case when summed.import_by_origin_to_date_estimated > setting.share_max * summed.import_by_origin_to_date then 'e' else '' end
        as import_by_origin_to_date_flag,
    case when summed.import_by_consignment_to_date_estimated > setting.share_max * summed.import_by_consignment_to_date then 'e' else '' end
        as import_by_consignment_to_date_flag,
    case when summed.import_direct_to_date_estimated > setting.share_max * summed.import_direct_to_date then 'e' else '' end
        as import_direct_to_date_flag,
    case
        when summed.import_by_origin_to_date_estimated > setting.share_max * summed.import_by_origin_to_date
            or summed.import_by_consignment_to_date_estimated > setting.share_max * summed.import_by_consignment_to_date
            or summed.import_direct_to_date_estimated > setting.share_max * summed.import_direct_to_date
            then 'e'
        else ''
    end as flag
from setting
cross join compared_flow
cross join summed
left join label
    on label.list = case summed.partner when 'TOTAL' then 'word' else 'country' end
    and label.code = case summed.partner when 'TOTAL' then 'total' else summed.partner end
order by row_order
