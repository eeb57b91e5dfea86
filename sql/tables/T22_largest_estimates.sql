-- The largest estimates of mass and quantity, to be checked by hand
--
-- Cells of the published period with the most value under an estimate, as many as the
-- parameter `largest_estimates` says, masses and quantities together. An estimate rests
-- on the goods that declare what these do not; what one large consignment gets from
-- them, somebody should ask its declarant. Goods for which nothing could be estimated
-- have no row: their mass or quantity stays missing, and validation lists them. The
-- quantity is the estimate; the values beside it are not.
--
-- imts:     CM 15.19
-- method:   R-1.44
-- grain:    rank
-- unit:     thousand_usd
-- decimals: 1

with cell as (

    select
        publishable_trade.flow,
        publishable_trade.partner,
        publishable_trade.hs6,
        publishable_trade.supplementary_unit,
        publishable_trade.net_mass_estimated_kg,
        publishable_trade.net_mass_estimated_value,
        publishable_trade.quantity_estimated,
        publishable_trade.quantity_estimated_value,
        publishable_trade.statistical_value
    from compared_month
    join publishable_trade
        on compared_month.period = publishable_trade.period
        and compared_month.flow = publishable_trade.flow
    where compared_month.is_month

),

estimate as (

    select
        'net_mass' as measure,
        flow,
        partner,
        hs6,
        'kg' as quantity_unit,
        sum(net_mass_estimated_kg) as quantity,
        sum(net_mass_estimated_value) as estimated_value,
        sum(statistical_value) as statistical_value
    from cell
    group by
        flow,
        partner,
        hs6

    union all

    select
        'quantity' as measure,
        flow,
        partner,
        hs6,
        supplementary_unit as quantity_unit,
        sum(quantity_estimated) as quantity,
        sum(quantity_estimated_value) as estimated_value,
        sum(statistical_value) as statistical_value
    from cell
    where supplementary_unit <> 'kg'
    group by
        flow,
        partner,
        hs6,
        supplementary_unit

),

ranked as (

    select
        measure,
        flow,
        partner,
        hs6,
        quantity_unit,
        quantity,
        estimated_value,
        statistical_value,
        row_number() over (
            order by
                estimated_value desc,
                flow desc,
                hs6,
                partner,
                measure,
                quantity_unit
        ) as rank
    from estimate
    where quantity is not null
        and estimated_value > 0

)

select
    ranked.rank as row_order,
    'row' as row_kind,
    ranked.rank,
    ranked.measure,
    ranked.flow,
    ranked.partner,
    coalesce(country_label.en, ranked.partner) as partner_name,
    ranked.hs6,
    coalesce(label.en, ranked.hs6) as name,
    ranked.quantity_unit,
    ranked.quantity,
    ranked.estimated_value,
    ranked.statistical_value,
    'e' as quantity_flag,
    '' as flag
from parameter
join ranked
    on ranked.rank <= parameter.value
left join label
    on label.list = 'hs6'
    and label.code = ranked.hs6
left join label as country_label
    on country_label.list = 'country'
    and country_label.code = ranked.partner
where parameter.name = 'largest_estimates'
    and $period between parameter.valid_from and parameter.valid_to
order by row_order
