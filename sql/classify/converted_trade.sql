-- Trade by month, flow, partner and subheading, in every edition of the Harmonized System
--
-- Choose one `edition` and the months before and after a change of the nomenclature
-- become one series. `statistical_value` is divided by the weights of `hs_conversion`;
-- `target_value` is the same trade by rule alone, each code whole to its one target. Both
-- keep the value of every month, flow and partner to the last digit: each part is rounded
-- half to even to six decimals, and the part with the largest weight takes what rounding
-- leaves. `uncertain_value` is what came by weights that rest on an assumption. A code
-- without a successor stays in its chapter as `<chapter>XXXX`, uncertain.
-- Months of the edition itself are unchanged. Ask for one edition at a time: all at once
-- need more memory than a run has; `tradestat reference convert` prints one after the
-- other. Mass and quantity are not converted: weights of value say nothing about them,
-- and units change with the codes.
--
-- method: R-1.27
-- grain:  edition, period, flow, category, in_general, in_special_relaxed, in_special_strict, is_reexport, is_reimport,
--         partner, hs6
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

traded as (

    select
        period,
        flow,
        category,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        partner,
        hs6,
        hs2,
        cast(sum(statistical_value) as decimal(24, 6)) as statistical_value
    from trade_by_partner
    group by
        period,
        flow,
        category,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        partner,
        hs6,
        hs2

),

-- The number only holds the parts of a row together; no figure depends on it.
of_edition as (

    select
        edition.edition as from_edition,
        row_number() over () as row_no,
        traded.period,
        traded.flow,
        traded.category,
        traded.in_general,
        traded.in_special_relaxed,
        traded.in_special_strict,
        traded.is_reexport,
        traded.is_reimport,
        traded.partner,
        traded.hs6,
        traded.hs2,
        traded.statistical_value
    from edition
    join traded
        on traded.period between edition.valid_from and edition.valid_to

),

part as (

    select
        edition.edition,
        of_edition.period,
        of_edition.flow,
        of_edition.category,
        of_edition.in_general,
        of_edition.in_special_relaxed,
        of_edition.in_special_strict,
        of_edition.is_reexport,
        of_edition.is_reimport,
        of_edition.partner,
        of_edition.row_no,
        coalesce(hs_conversion.to_hs6, concat(of_edition.hs2, 'XXXX')) as hs6,
        of_edition.statistical_value,
        of_edition.statistical_value * coalesce(hs_conversion.weight, cast(1 as decimal(12, 10))) as exact_part,
        case
            when coalesce(hs_conversion.is_target, true) then of_edition.statistical_value
            else cast(0 as decimal(24, 6))
        end as target_value,
        coalesce(hs_conversion.weight, cast(1 as decimal(12, 10))) as weight,
        coalesce(hs_conversion.is_target, true) as is_target,
        case
            when hs_conversion.weight is null then true
            else hs_conversion.is_uncertain
        end as is_uncertain
    from edition
    join of_edition
        on of_edition.from_edition <> edition.edition
    left join hs_conversion
        on  hs_conversion.from_edition = of_edition.from_edition
        and hs_conversion.to_edition = edition.edition
        and hs_conversion.from_hs6 = of_edition.hs6
        and (hs_conversion.weight > 0 or hs_conversion.is_target)

),

rounded as (

    select
        edition,
        period,
        flow,
        category,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        partner,
        row_no,
        hs6,
        statistical_value,
        target_value,
        weight,
        is_target,
        is_uncertain,
        case
            when cast(exact_part as decimal(24, 6)) - exact_part = cast('0.0000005' as decimal(7, 7))
                and cast(exact_part as decimal(24, 6)) % cast('0.000002' as decimal(6, 6)) <> 0
                then cast(cast(exact_part as decimal(24, 6)) - cast('0.000001' as decimal(6, 6)) as decimal(24, 6))
            else cast(exact_part as decimal(24, 6))
        end as part_value
    from part

),

conserved as (

    select
        edition,
        period,
        flow,
        category,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        partner,
        hs6,
        target_value,
        is_uncertain,
        part_value,
        statistical_value - sum(part_value) over (partition by edition, row_no) as remainder,
        row_number() over (
            partition by edition, row_no
            order by weight desc, is_target desc, hs6
        ) as part_rank
    from rounded

),

converted as (

    select
        edition,
        period,
        flow,
        category,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        partner,
        hs6,
        case when part_rank = 1 then part_value + remainder else part_value end as statistical_value,
        target_value,
        is_uncertain
    from conserved

    union all

    select
        from_edition as edition,
        period,
        flow,
        category,
        in_general,
        in_special_relaxed,
        in_special_strict,
        is_reexport,
        is_reimport,
        partner,
        hs6,
        statistical_value,
        statistical_value as target_value,
        false as is_uncertain
    from of_edition

)

select
    edition,
    period,
    flow,
    category,
    in_general,
    in_special_relaxed,
    in_special_strict,
    is_reexport,
    is_reimport,
    partner,
    hs6,
    sum(statistical_value) as statistical_value,
    sum(target_value) as target_value,
    coalesce(sum(statistical_value) filter (where is_uncertain), 0) as uncertain_value
from converted
group by
    edition,
    period,
    flow,
    category,
    in_general,
    in_special_relaxed,
    in_special_strict,
    is_reexport,
    is_reimport,
    partner,
    hs6
