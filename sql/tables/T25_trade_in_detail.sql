-- Trade in full detail: four flows by subheading, partner and mode of transport
--
-- Every month of the published period. The flows are parts, none of which stands in
-- another. Exports are domestic exports (DX) and re-exports (RX), imports are foreign
-- imports (FM) and re-imports (RM). Mass and quantity are the declared and the estimated
-- ones together, and empty where a part of the goods has neither; the quantity is in the
-- standard unit of the subheading. A figure is flagged as estimated where more than
-- `estimated_share_max` of the value of its goods was. A value in the national currency
-- is empty where a rate is missing. `unspecified` is a mode that was not declared or is on
-- no list. What could not be put into a subheading stands under its chapter, `87XXXX`.
--
-- method:   R-1.22, R-1.23, R-1.40, R-1.45, R-1.71
-- grain:    period, flow, hs6, partner, transport_mode
-- unit:     one
-- decimals: 2
-- page:     no

with setting as (

    select max(value) as share_max
    from parameter
    where name = 'estimated_share_max'
        and $period between valid_from and valid_to

),

detail as (

    select
        publishable_detail.period,
        publishable_detail.flow,
        publishable_detail.hs6,
        publishable_detail.partner,
        publishable_detail.border_transport_mode,
        publishable_detail.statistical_value,
        publishable_detail.estimated_value,
        case when publishable_detail.value_national_missing_count = 0 then publishable_detail.value_national end as value_national,
        case
            when coalesce(publishable_detail.net_mass_missing_value, 0) = coalesce(publishable_detail.net_mass_estimated_value, 0)
                and coalesce(publishable_detail.net_mass_kg, publishable_detail.net_mass_estimated_kg) is not null
                then coalesce(publishable_detail.net_mass_kg, 0) + coalesce(publishable_detail.net_mass_estimated_kg, 0)
        end as net_mass_kg,
        publishable_detail.net_mass_estimated_value,
        publishable_detail.supplementary_unit,
        case
            when coalesce(publishable_detail.quantity_missing_value, 0) = coalesce(publishable_detail.quantity_estimated_value, 0)
                and coalesce(publishable_detail.supplementary_quantity, publishable_detail.quantity_estimated) is not null
                then coalesce(publishable_detail.supplementary_quantity, 0) + coalesce(publishable_detail.quantity_estimated, 0)
        end as supplementary_quantity,
        publishable_detail.quantity_estimated_value
    from compared_month
    join publishable_detail
        on publishable_detail.period = compared_month.period
        and case when publishable_detail.flow in ('DX', 'RX') then 'X' else 'M' end = compared_month.flow
    where compared_month.is_month

)

select
    row_number() over (
        order by
            detail.period,
            detail.flow,
            detail.hs6,
            detail.partner,
            detail.border_transport_mode,
            detail.supplementary_unit
    ) as row_order,
    'row' as row_kind,
    detail.period,
    detail.flow,
    detail.hs6,
    detail.partner,
    detail.border_transport_mode as transport_mode,
    detail.statistical_value,
    detail.value_national,
    detail.net_mass_kg,
    detail.supplementary_unit,
    detail.supplementary_quantity,
    case when detail.estimated_value > setting.share_max * detail.statistical_value then 'e' else '' end as statistical_value_flag,
    case
        when detail.net_mass_kg is not null and detail.net_mass_estimated_value > setting.share_max * detail.statistical_value then 'e'
        else ''
    end as net_mass_kg_flag,
    case
        when detail.supplementary_quantity is not null
            and detail.quantity_estimated_value > setting.share_max * detail.statistical_value
            then 'e'
        else ''
    end as supplementary_quantity_flag
from setting
cross join detail
order by row_order
