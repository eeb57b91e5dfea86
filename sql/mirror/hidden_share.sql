-- What each confidential pool gives to each flow that is missing, the narrowest pool first
--
-- A pool of the same subheading without a partner, then one of the chapter, then one
-- without a chapter; each is shared in proportion to what is still missing and gives no
-- more than that or than it holds. What the silent side has under another subheading of
-- the heading is not looked for in the pools of a pair.
--
-- imts:   10.3
-- method: R-1.05, R-1.70, R-4.1
-- grain:  basis, exporter, importer, frequency, period, commodity_code

with partner_pool as (

    select
        basis,
        side,
        case side when 'import' then importer else exporter end as country,
        frequency,
        period,
        commodity_code,
        sum(size) as size
    from confidential_pool
    where kind = 'partner'
    group by
        basis,
        side,
        case side when 'import' then importer else exporter end,
        frequency,
        period,
        commodity_code

),

chapter_pool as (

    select
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        hs2,
        sum(size) as size
    from confidential_pool
    where kind = 'chapter'
    group by
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        hs2

),

pair_pool as (

    select
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        sum(size) as size
    from confidential_pool
    where kind = 'pair'
    group by
        basis,
        side,
        exporter,
        importer,
        frequency,
        period

),

missing as (

    select
        hidden_flow.basis,
        hidden_flow.side,
        hidden_flow.country,
        hidden_flow.exporter,
        hidden_flow.importer,
        hidden_flow.frequency,
        hidden_flow.period,
        coalesce(hidden_flow.pool_period, hidden_flow.period) as pool_period,
        hidden_flow.commodity_code,
        hidden_flow.hs2,
        hidden_flow.size,
        hidden_flow.is_in_heading,
        coalesce(partner_pool.size, 0) as partner_pool,
        coalesce(chapter_pool.size, 0) as chapter_pool,
        coalesce(pair_pool.size, 0) as pair_pool
    from pair_pool
    right join (
        chapter_pool
        right join (
            partner_pool
            right join hidden_flow
                on partner_pool.basis = hidden_flow.basis
                and partner_pool.side = hidden_flow.side
                and partner_pool.country = hidden_flow.country
                and partner_pool.frequency = hidden_flow.frequency
                and partner_pool.period = coalesce(hidden_flow.pool_period, hidden_flow.period)
                and partner_pool.commodity_code = hidden_flow.commodity_code
        )
            on chapter_pool.basis = hidden_flow.basis
            and chapter_pool.side = hidden_flow.side
            and chapter_pool.exporter = hidden_flow.exporter
            and chapter_pool.importer = hidden_flow.importer
            and chapter_pool.frequency = hidden_flow.frequency
            and chapter_pool.period = hidden_flow.period
            and chapter_pool.hs2 = hidden_flow.hs2
    )
        on pair_pool.basis = hidden_flow.basis
        and pair_pool.side = hidden_flow.side
        and pair_pool.exporter = hidden_flow.exporter
        and pair_pool.importer = hidden_flow.importer
        and pair_pool.frequency = hidden_flow.frequency
        and pair_pool.period = hidden_flow.period

),

of_partner as (

    select
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        hs2,
        size,
        is_in_heading,
        chapter_pool,
        pair_pool,
        least(
            partner_pool,
            sum(size) over (partition by basis, side, country, frequency, pool_period, commodity_code)
        ) as given,
        sum(size) over (partition by basis, side, country, frequency, pool_period, commodity_code) as wanted
    from missing

),

after_partner as (

    select
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        hs2,
        size,
        is_in_heading,
        chapter_pool,
        pair_pool,
        cast(round(cast(size as decimal(38, 10)) / wanted * given, 6) as decimal(38, 6)) as from_partner
    from of_partner

),

of_chapter as (

    select
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        hs2,
        from_partner,
        case when is_in_heading then 0 else size - from_partner end as size,
        chapter_pool,
        pair_pool,
        sum(case when is_in_heading then 0 else size - from_partner end) over (partition by basis, side, exporter, importer, frequency, period, hs2) as wanted
    from after_partner

),

after_chapter as (

    select
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        hs2,
        from_partner,
        size,
        pair_pool,
        -- the type is set in the branch: where no row comes to it, `case` would give that of the unrounded number
        case
            when wanted > 0
                then cast(round(
                    cast(size as decimal(38, 10)) / wanted * least(chapter_pool, wanted),
                    6
                ) as decimal(38, 6))
            else 0
        end as from_chapter
    from of_chapter

),

of_pair as (

    select
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        hs2,
        from_partner,
        from_chapter,
        size - from_chapter as size,
        pair_pool,
        sum(size - from_chapter) over (partition by basis, side, exporter, importer, frequency, period) as wanted
    from after_chapter

)

select
    basis,
    side,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    hs2,
    from_partner,
    from_chapter,
    case
        when wanted > 0
            then cast(round(
                cast(size as decimal(38, 10)) / wanted * least(pair_pool, wanted),
                6
            ) as decimal(38, 6))
        else 0
    end as from_pair
from of_pair
