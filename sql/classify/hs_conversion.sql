-- Weights that convert trade in one edition of the Harmonized System to another
--
-- The weights of a code sum to exactly one. A code with one target goes there whole.
-- A code with several is divided as the trade by its targets says: in the first twelve
-- months of the target edition in the store where it is the newer, else in its last
-- twelve; both flows and all partners together. A target that takes goods from other
-- codes too shares its trade among them by their own trade on the other side of the
-- change, in equal parts if they had none. That is an assumption, so such weights are
-- uncertain. Where the targets have no trade the parts are equal, and uncertain; then a
-- code that collects goods of very many codes (electronic waste, HS 2022 8549) gets
-- nothing as long as there is another target, because its part of each is small.
-- The shares are estimates and are computed with floating point, row by row; then
-- they are decimals, and the largest part (of equal ones the target by rule, then the
-- lowest code) takes what rounding leaves.
--
-- method: R-1.27
-- grain:  from_edition, to_edition, from_hs6, to_hs6
-- view:   yes

with edition as (

    select
        edition,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from commodity
    where level = 6
    group by edition

),

monthly as (

    select
        edition.edition,
        trade_by_partner.hs6,
        trade_by_partner.period,
        sum(trade_by_partner.statistical_value) as statistical_value
    from edition
    join trade_by_partner
        on trade_by_partner.period between edition.valid_from and edition.valid_to
    group by
        edition.edition,
        trade_by_partner.hs6,
        trade_by_partner.period

),

span as (

    select
        edition,
        min(period) as first_month,
        max(period) as last_month
    from monthly
    group by edition

),

own_trade as (

    select
        monthly.edition,
        monthly.hs6,
        sum(monthly.statistical_value) filter (where monthly.period < span.first_month + interval '1 year') as first_value,
        sum(monthly.statistical_value) filter (where monthly.period > span.last_month - interval '1 year') as last_value
    from span
    join monthly
        on monthly.edition = span.edition
    group by
        monthly.edition,
        monthly.hs6

),

-- From how many codes on a code collects, at each change of edition.
collecting as (

    select
        edition.edition,
        parameter.value as sources
    from edition
    join parameter
        on edition.valid_from between parameter.valid_from and parameter.valid_to
    where parameter.name = 'conversion_collecting_min'

),

known as (

    select
        hs_link.from_edition,
        hs_link.to_edition,
        hs_link.from_hs6,
        hs_link.to_hs6,
        hs_link.kind,
        hs_link.is_target,
        hs_link.target_count,
        hs_link.source_count,
        coalesce(hs_link.source_count >= collecting.sources, false) as is_collecting,
        coalesce(
            case when hs_link.to_edition > hs_link.from_edition then target_trade.first_value else target_trade.last_value end,
            0
        ) as target_value,
        coalesce(
            case when hs_link.to_edition > hs_link.from_edition then source_trade.last_value else source_trade.first_value end,
            0
        ) as source_value
    from hs_link
    left join collecting
        on collecting.edition = greatest(hs_link.from_edition, hs_link.to_edition)
    left join own_trade as target_trade
        on  target_trade.edition = hs_link.to_edition
        and target_trade.hs6 = hs_link.to_hs6
    left join own_trade as source_trade
        on  source_trade.edition = hs_link.from_edition
        and source_trade.hs6 = hs_link.from_hs6

),

fed as (

    select
        from_edition,
        to_edition,
        from_hs6,
        to_hs6,
        kind,
        is_target,
        target_count,
        source_count,
        is_collecting,
        target_value,
        source_value,
        sum(source_value) over (partition by from_edition, to_edition, to_hs6) as sources_value
    from known

),

attributed as (

    select
        from_edition,
        to_edition,
        from_hs6,
        to_hs6,
        kind,
        is_target,
        target_count,
        is_collecting,
        case
            when source_count = 1 then cast(target_value as decimal(24, 6))
            when sources_value > 0
                then cast(cast(target_value as double) * cast(source_value as double) / cast(sources_value as double) as decimal(24, 6))
            else cast(cast(target_value as double) / source_count as decimal(24, 6))
        end as attributed_value
    from fed

),

-- The rank is that of the parts: they are as large as what they are computed from.
ranked as (

    select
        from_edition,
        to_edition,
        from_hs6,
        to_hs6,
        kind,
        is_target,
        target_count,
        is_collecting,
        attributed_value,
        sum(attributed_value) over (partition by from_edition, to_edition, from_hs6) as all_value,
        count(*) filter (where not is_collecting) over (partition by from_edition, to_edition, from_hs6) as plain_count,
        row_number() over (
            partition by from_edition, to_edition, from_hs6
            order by attributed_value desc, is_collecting, is_target desc, to_hs6
        ) as part_rank
    from attributed

),

divided as (

    select
        from_edition,
        to_edition,
        from_hs6,
        to_hs6,
        kind,
        is_target,
        part_rank,
        case
            when target_count = 1 then 'one target'
            when all_value > 0 then 'own trade'
            else 'equal parts'
        end as weight_basis,
        cast(
            case
                when target_count = 1 then 1
                when all_value > 0 then cast(attributed_value as double) / cast(all_value as double)
                when plain_count = 0 then 1 / cast(target_count as double)
                when is_collecting then 0
                else 1 / cast(plain_count as double)
            end as decimal(12, 10)
        ) as part
    from ranked

),

summed as (

    select
        from_edition,
        to_edition,
        from_hs6,
        to_hs6,
        kind,
        is_target,
        part_rank,
        weight_basis,
        part,
        1 - sum(part) over (partition by from_edition, to_edition, from_hs6) as remainder
    from divided

)

select
    from_edition,
    to_edition,
    from_hs6,
    to_hs6,
    kind,
    is_target,
    cast(case when part_rank = 1 then part + remainder else part end as decimal(12, 10)) as weight,
    weight_basis,
    weight_basis = 'equal parts' or (weight_basis = 'own trade' and kind = 'n:m') as is_uncertain
from summed
