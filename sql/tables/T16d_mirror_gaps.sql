-- The largest differences between own and partner figures
--
-- The goods of each partner that differ most, at the finest level both sides report, as many
-- of each flow as `top_commodities` says. Masses and unit values tell whether the goods or
-- only their value differ: a ratio is import over export, and close to one where both agree.
--
-- method:   R-4.1
-- grain:    flow, partner, period, rank
-- unit:     thousand_usd
-- decimals: 1
-- notes:    mirror_values, mirror_estimate, rounding

with finest as (

    select
        flow,
        partner,
        period,
        max(dimension) as dimension
    from compared_mirror
    where dimension <> 'total'
    group by
        flow,
        partner,
        period

),

ranked as (

    select
        compared_mirror.flow,
        compared_mirror.partner,
        compared_mirror.frequency,
        compared_mirror.period,
        compared_mirror.dimension,
        compared_mirror.code as commodity_code,
        compared_mirror.class,
        compared_mirror.own_value,
        compared_mirror.partner_value,
        compared_mirror.gap,
        compared_mirror.asymmetry,
        compared_mirror.relative_to_mean,
        compared_mirror.own_mass_kg,
        compared_mirror.partner_mass_kg,
        compared_mirror.mass_ratio,
        compared_mirror.unit_value_ratio,
        compared_mirror.main_cause,
        compared_mirror.unexplained,
        compared_mirror.explained_share,
        row_number() over (
            partition by compared_mirror.flow, compared_mirror.partner, compared_mirror.period
            order by abs(compared_mirror.gap) desc, compared_mirror.code
        ) as rank
    from finest
    join compared_mirror
        on finest.flow = compared_mirror.flow
        and finest.partner = compared_mirror.partner
        and finest.period = compared_mirror.period
        and finest.dimension = compared_mirror.dimension
    where compared_mirror.gap <> 0

),

named as (

    select
        ranked.flow,
        ranked.partner,
        ranked.frequency,
        ranked.period,
        ranked.rank,
        ranked.commodity_code,
        coalesce(label.en, ranked.commodity_code) as name,
        ranked.class,
        ranked.own_value,
        ranked.partner_value,
        ranked.gap,
        ranked.asymmetry,
        ranked.relative_to_mean,
        ranked.own_mass_kg,
        ranked.partner_mass_kg,
        ranked.mass_ratio,
        ranked.unit_value_ratio,
        ranked.main_cause,
        ranked.unexplained,
        ranked.explained_share
    from label
    right join ranked
        on label.list = ranked.dimension
        and label.code = ranked.commodity_code

)

select
    row_number() over (
        order by
            case named.flow when 'X' then 0 else 1 end,
            named.period,
            named.partner,
            named.rank
    ) as row_order,
    'row' as row_kind,
    named.flow,
    named.partner,
    named.frequency,
    named.period,
    named.rank,
    named.commodity_code,
    named.name,
    named.class,
    named.own_value,
    named.partner_value,
    named.gap,
    named.asymmetry,
    named.relative_to_mean,
    named.own_mass_kg,
    named.partner_mass_kg,
    named.mass_ratio,
    named.unit_value_ratio,
    named.main_cause as cause,
    coalesce(label.en, named.main_cause) as cause_name,
    named.unexplained,
    named.explained_share,
    'e' as asymmetry_flag,
    'e' as relative_to_mean_flag,
    'e' as unexplained_flag,
    'e' as explained_share_flag
from parameter
join (
    label
    right join named
        on label.list = 'mirror_cause'
        and label.code = named.main_cause
)
    on named.rank <= parameter.value
where parameter.name = 'top_commodities'
    and cast($last_day as date) between parameter.valid_from and parameter.valid_to
order by row_order
