-- Main commodities, exports and imports apart
--
-- The subheadings with the largest value in the year to date, as many of each flow as
-- `top_commodities` says. Quantity is in the standard unit of the subheading where it is
-- known or estimated for all goods, else the net mass in kg; where a part of the goods has
-- neither it is missing, because it would stand beside the value of all of them. The unit
-- value is the value of the goods whose quantity was declared, divided by it, and tells the
-- price of those goods where the rest has none. A value, or a quantity, is
-- flagged as estimated where more than `estimated_share_max` of the value was: a value
-- is not an estimate because the goods were not weighed. `flag` is that of the year to
-- date, from which the share and the unit value come.
--
-- method:   R-1.40, R-1.45
--
-- grain:    flow, rank
-- unit:     thousand_usd
-- decimals: 1

with setting as (

    select max(value) as share_max
    from parameter
    where name = 'estimated_share_max'
        and $period between valid_from and valid_to

),

commodity_flow as (

    select
        flow,
        hs6,
        sum(month) as month,
        sum(month_year_before) as month_year_before,
        coalesce(sum(to_date), 0) as to_date,
        sum(to_date_year_before) as to_date_year_before,
        sum(estimated_month) as estimated_month,
        sum(estimated_month_year_before) as estimated_month_year_before,
        sum(estimated_to_date) as estimated_to_date,
        sum(estimated_to_date_year_before) as estimated_to_date_year_before,
        sum(net_mass_kg) as net_mass_kg,
        coalesce(sum(net_mass_missing_value), 0) as net_mass_missing_value,
        sum(net_mass_estimated_kg) as net_mass_estimated_kg,
        coalesce(sum(net_mass_estimated_value), 0) as net_mass_estimated_value,
        sum(supplementary_quantity) as supplementary_quantity,
        coalesce(sum(quantity_missing_value), 0) as quantity_missing_value,
        sum(quantity_estimated) as quantity_estimated,
        coalesce(sum(quantity_estimated_value), 0) as quantity_estimated_value,
        -- a unit may have changed since the year before, with the edition
        count(distinct supplementary_unit) filter (where to_date is not null) as unit_count,
        max(supplementary_unit) filter (where to_date is not null) as supplementary_unit
    from compared_trade
    group by
        flow,
        hs6

),

ranked as (

    select
        flow,
        hs6,
        month,
        month_year_before,
        to_date,
        to_date_year_before,
        estimated_month,
        estimated_month_year_before,
        estimated_to_date,
        estimated_to_date_year_before,
        net_mass_kg,
        to_date - net_mass_missing_value as net_mass_value,
        net_mass_estimated_kg,
        net_mass_estimated_value,
        supplementary_quantity,
        to_date - quantity_missing_value as quantity_value,
        quantity_estimated,
        quantity_estimated_value,
        supplementary_unit,
        unit_count = 1
            and quantity_missing_value = quantity_estimated_value
            and coalesce(supplementary_quantity, quantity_estimated) is not null
            as has_one_unit,
        net_mass_missing_value = net_mass_estimated_value
            and coalesce(net_mass_kg, net_mass_estimated_kg) is not null
            as has_mass,
        sum(to_date) over (partition by flow) as flow_to_date,
        row_number() over (partition by flow order by to_date desc, hs6) as rank
    from commodity_flow

)

select
    row_number() over (order by case ranked.flow when 'X' then 0 else 1 end, ranked.rank) as row_order,
    'row' as row_kind,
    ranked.flow,
    ranked.rank,
    ranked.hs6,
    coalesce(label.en, ranked.hs6) as name,
    case when comparison.has_month then coalesce(ranked.month, 0) end as month,
    case when comparison.has_month_year_before then coalesce(ranked.month_year_before, 0) end as month_year_before,
    case when comparison.has_month and comparison.has_month_year_before
        then cast(
            (coalesce(ranked.month, 0) - ranked.month_year_before) * 100 / nullif(ranked.month_year_before, 0) as decimal(28, 6)
        )
    end as month_growth,
    case when comparison.has_to_date then ranked.to_date end as to_date,
    case when comparison.has_to_date_year_before then coalesce(ranked.to_date_year_before, 0) end as to_date_year_before,
    case when comparison.has_to_date and comparison.has_to_date_year_before
        then cast(
            (ranked.to_date - ranked.to_date_year_before) * 100 / nullif(ranked.to_date_year_before, 0) as decimal(28, 6)
        )
    end as to_date_growth,
    cast(ranked.to_date / nullif(ranked.flow_to_date, 0) as decimal(18, 10)) as share,
    case when ranked.has_one_unit then ranked.supplementary_unit else 'kg' end as quantity_unit,
    case
        when ranked.has_one_unit
            then coalesce(ranked.supplementary_quantity, 0) + coalesce(ranked.quantity_estimated, 0)
        when ranked.has_mass
            then coalesce(ranked.net_mass_kg, 0) + coalesce(ranked.net_mass_estimated_kg, 0)
    end as quantity,
    case
        when ranked.has_one_unit
            then cast(ranked.quantity_value / nullif(ranked.supplementary_quantity, 0) as decimal(28, 6))
        else cast(ranked.net_mass_value / nullif(ranked.net_mass_kg, 0) as decimal(28, 6))
    end as unit_value,
    case
        when case
            when ranked.has_one_unit then ranked.quantity_estimated_value
            when ranked.has_mass then ranked.net_mass_estimated_value
        end > setting.share_max * ranked.to_date
            then 'e'
        else ''
    end as quantity_flag,
    case when ranked.estimated_month > setting.share_max * ranked.month then 'e' else '' end as month_flag,
    case when ranked.estimated_month_year_before > setting.share_max * ranked.month_year_before then 'e' else '' end as month_year_before_flag,
    case when ranked.estimated_to_date > setting.share_max * ranked.to_date then 'e' else '' end as to_date_flag,
    case when ranked.estimated_to_date_year_before > setting.share_max * ranked.to_date_year_before then 'e' else '' end as to_date_year_before_flag,
    case when ranked.estimated_to_date > setting.share_max * ranked.to_date then 'e' else '' end as flag
from setting
cross join parameter
join ranked
    on ranked.rank <= parameter.value
join comparison
    on comparison.flow = ranked.flow
left join label
    on label.list = 'hs6'
    and label.code = ranked.hs6
where parameter.name = 'top_commodities'
    and $period between parameter.valid_from and parameter.valid_to
    and ranked.to_date > 0
order by row_order
