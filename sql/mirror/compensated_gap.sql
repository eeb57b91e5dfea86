-- What gaps of one product compensate over the countries beside a hub
--
-- The group is, in each period, one exporter and product that hubs and other countries
-- import (`hub_side` importer), or one importer and product that hubs and other countries
-- export (`hub_side` exporter). What some gaps of a group have too much and others too
-- little is one and the same as far as the smaller of the two sums reaches. It is shared
-- in proportion to the gaps, so that value moves inside the group and the group as a whole
-- keeps its gap; what rounding leaves goes to the largest. Groups are summed and joined
-- back, because most of them hold nothing that compensates.
--
-- method: R-4.1
-- grain:  hub_side, exporter, importer, frequency, period, commodity_code, basis
-- view:   yes

with met as (

    select
        hub_side,
        basis,
        other_side,
        frequency,
        period,
        commodity_code,
        sum(case when is_above then size else 0 end) as above,
        sum(case when is_above then 0 else size end) as below
    from hub_gap
    group by
        hub_side,
        basis,
        other_side,
        frequency,
        period,
        commodity_code
    having bool_or(is_above)
        and not bool_and(is_above)

),

shared as (

    select
        hub_gap.hub_side,
        hub_gap.basis,
        hub_gap.other_side,
        hub_gap.exporter,
        hub_gap.importer,
        hub_gap.frequency,
        hub_gap.period,
        hub_gap.commodity_code,
        hub_gap.is_above,
        hub_gap.size,
        least(met.above, met.below) as moved,
        cast(
            round(
                cast(hub_gap.size as decimal(38, 10)) / case when hub_gap.is_above then met.above else met.below end
                * least(met.above, met.below),
                6
            ) as decimal(38, 6)
        ) as share
    from met
    join hub_gap
        on met.hub_side = hub_gap.hub_side
        and met.basis = hub_gap.basis
        and met.other_side = hub_gap.other_side
        and met.frequency = hub_gap.frequency
        and met.period = hub_gap.period
        and met.commodity_code = hub_gap.commodity_code

),

rounded as (

    select
        hub_side,
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        is_above,
        share,
        moved - sum(share) over (partition by hub_side, basis, other_side, frequency, period, commodity_code, is_above) as rest,
        row_number() over (
            partition by hub_side, basis, other_side, frequency, period, commodity_code, is_above
            order by size desc, exporter, importer
        ) as place
    from shared

)

select
    hub_side,
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
