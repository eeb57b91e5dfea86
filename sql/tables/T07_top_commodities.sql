-- Main commodities, exports and imports apart
--
-- The subheadings with the largest value in the year to date, as many of each flow as
-- `top_commodities` says. Quantity is in the supplementary unit where all goods of the
-- subheading have one and the same, else the net mass in kg. The unit value is the
-- value of the goods whose quantity is known, divided by it.
--
-- grain:    flow, rank
-- unit:     thousand_usd
-- decimals: 1

with commodity_flow as (

    select
        flow,
        hs6,
        sum(month) as month,
        sum(month_year_before) as month_year_before,
        coalesce(sum(to_date), 0) as to_date,
        sum(to_date_year_before) as to_date_year_before,
        sum(estimated_value) as estimated_value,
        sum(net_mass_kg) as net_mass_kg,
        coalesce(sum(net_mass_missing_value), 0) as net_mass_missing_value,
        sum(supplementary_quantity) as supplementary_quantity,
        sum(quantity_missing_count) as quantity_missing_count,
        count(distinct supplementary_unit) as unit_count,
        max(supplementary_unit) as supplementary_unit
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
        estimated_value,
        net_mass_kg,
        to_date - net_mass_missing_value as net_mass_value,
        supplementary_quantity,
        supplementary_unit,
        unit_count = 1 and quantity_missing_count = 0 as has_one_unit,
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
    case when ranked.has_one_unit then ranked.supplementary_quantity else ranked.net_mass_kg end as quantity,
    case
        when ranked.has_one_unit
            then cast(ranked.to_date / nullif(ranked.supplementary_quantity, 0) as decimal(28, 6))
        else cast(ranked.net_mass_value / nullif(ranked.net_mass_kg, 0) as decimal(28, 6))
    end as unit_value,
    case when ranked.estimated_value > 0 then 'e' else '' end as flag
from parameter
cross join comparison
join ranked
    on ranked.rank <= parameter.value
left join label
    on label.list = 'hs6'
    and label.code = ranked.hs6
where parameter.name = 'top_commodities'
    and $period between parameter.valid_from and parameter.valid_to
    and ranked.to_date > 0
order by row_order
