-- Bar: the two sides put the goods under different codes
--
-- Evidence: within a heading of the same pair and period, one subheading lacks what
-- another has too much. What compensates is shared over the subheadings in proportion
-- to their gaps, so that the bar moves value inside the heading and is nil for the
-- heading as a whole; the rounding goes to the largest. Goods under two headings must be
-- told apart from unlike goods: only where each side alone has a flow, both weigh the same
-- and are worth the same, and no third one weighs as much (`orphan_pair`), the bar moves
-- value between headings. It looks at what the hubs leave; see `unhidden_gap`.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with bound as (

    select max(value) as symmetry_max
    from parameter
    where name = 'oecd_symmetry_max'
        and $last_day between valid_from and valid_to

),

same_goods as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        concat(least(commodity_code, other_code), greatest(commodity_code, other_code)) as group_code
    from orphan_pair
    where evidence = 'mass'
        and abs(value - other_value) * 2 <= (select max(symmetry_max) from bound) * (value + other_value)

),

gap as (

    select
        routed_gap.basis,
        routed_gap.exporter,
        routed_gap.importer,
        routed_gap.frequency,
        routed_gap.period,
        routed_gap.commodity_code,
        coalesce(same_goods.group_code, left(routed_gap.commodity_code, 4)) as group_code,
        routed_gap.gap > 0 as is_above,
        abs(routed_gap.gap) as size
    from same_goods
    right join routed_gap
        on same_goods.basis = routed_gap.basis
        and same_goods.exporter = routed_gap.exporter
        and same_goods.importer = routed_gap.importer
        and same_goods.frequency = routed_gap.frequency
        and same_goods.period = routed_gap.period
        and same_goods.commodity_code = routed_gap.commodity_code
    where routed_gap.level = 6
        and routed_gap.gap <> 0
        -- codes that stand for no subheading are dealt with under confidentiality
        and routed_gap.commodity_code not like '%X'
        -- two reports as near as this agree
        and abs(routed_gap.gap) * 2 > (select max(symmetry_max) from bound) * (routed_gap.export_value + routed_gap.import_value)

),


met as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        group_code,
        sum(case when is_above then size else 0 end) as above,
        sum(case when is_above then 0 else size end) as below
    from gap
    group by
        basis,
        exporter,
        importer,
        frequency,
        period,
        group_code
    having bool_or(is_above)
        and not bool_and(is_above)

),

shared as (

    select
        gap.basis,
        gap.exporter,
        gap.importer,
        gap.frequency,
        gap.period,
        gap.commodity_code,
        gap.is_above,
        gap.size,
        met.group_code,
        least(met.above, met.below) as moved,
        cast(
            round(
                cast(gap.size as decimal(38, 10)) / case when gap.is_above then met.above else met.below end
                * least(met.above, met.below),
                6
            ) as decimal(38, 6)
        ) as share
    from met
    join gap
        on met.basis = gap.basis
        and met.exporter = gap.exporter
        and met.importer = gap.importer
        and met.frequency = gap.frequency
        and met.period = gap.period
        and met.group_code = gap.group_code

),

rounded as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        is_above,
        share,
        moved - sum(share) over (partition by basis, exporter, importer, frequency, period, group_code, is_above) as rest,
        row_number() over (
            partition by basis, exporter, importer, frequency, period, group_code, is_above
            order by size desc, commodity_code
        ) as place
    from shared

)

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    cast(
        case when is_above then 1 else -1 end * (share + case when place = 1 then rest else 0 end) as decimal(38, 6)
    ) as amount
from rounded
