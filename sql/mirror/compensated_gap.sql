-- What gaps of one group compensate, by pattern
--
-- What some gaps of a group have too much and others too little is one and the same as far
-- as the smaller of the two sums reaches. It is shared in proportion to the gaps, so that
-- value moves inside the group and the group as a whole keeps its gap; what rounding leaves
-- goes to the largest. Groups are summed and joined back, because most of them hold nothing
-- that compensates.
--
-- method: R-4.1
-- grain:  pattern, exporter, importer, frequency, period, commodity_code, basis
-- view:   yes

with met as (

    select
        pattern,
        basis,
        frequency,
        period,
        group_pair,
        group_code,
        sum(case when is_above then size else 0 end) as above,
        sum(case when is_above then 0 else size end) as below
    from compensable_gap
    group by
        pattern,
        basis,
        frequency,
        period,
        group_pair,
        group_code
    having bool_or(is_above)
        and not bool_and(is_above)

),

shared as (

    select
        compensable_gap.pattern,
        compensable_gap.basis,
        compensable_gap.exporter,
        compensable_gap.importer,
        compensable_gap.frequency,
        compensable_gap.period,
        compensable_gap.commodity_code,
        compensable_gap.group_pair,
        compensable_gap.group_code,
        compensable_gap.is_above,
        compensable_gap.size,
        least(met.above, met.below) as moved,
        cast(
            round(
                cast(compensable_gap.size as decimal(28, 12)) / case when compensable_gap.is_above then met.above else met.below end
                * cast(least(met.above, met.below) as decimal(22, 6)),
                6
            ) as decimal(38, 6)
        ) as share
    from met
    join compensable_gap
        on met.pattern = compensable_gap.pattern
        and met.basis = compensable_gap.basis
        and met.frequency = compensable_gap.frequency
        and met.period = compensable_gap.period
        and met.group_pair = compensable_gap.group_pair
        and met.group_code = compensable_gap.group_code

),

rounded as (

    select
        pattern,
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        is_above,
        share,
        moved - sum(share) over (partition by pattern, basis, frequency, period, group_pair, group_code, is_above) as rest,
        row_number() over (
            partition by pattern, basis, frequency, period, group_pair, group_code, is_above
            order by size desc, exporter, importer, commodity_code
        ) as place
    from shared

)

select
    pattern,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    share,
    cast(
        case when is_above then 1 else -1 end * (share + case when place = 1 then rest else 0 end) as decimal(38, 6)
    ) as amount
from rounded
