-- What gaps of hubs and of other countries compensate, for one country at the other side
--
-- For one country at the other side and one product, what hubs have too little and others
-- too much is one and the same as far as the smaller sum reaches. It is shared in
-- proportion to the gaps; what rounding leaves goes to the largest.
--
-- method: R-4.1
-- grain:  hub_side, exporter, importer, frequency, period, commodity_code, basis
-- view:   yes

-- summed and joined back, for most flows have nothing on the other side that compensates
with flow as (

    select
        hub_side,
        other_side,
        basis,
        frequency,
        period,
        commodity_code,
        sum(case when is_above then size else 0 end) as above,
        sum(case when is_above then 0 else size end) as below
    from hub_gap
    group by
        hub_side,
        other_side,
        basis,
        frequency,
        period,
        commodity_code
    having bool_or(is_above)
        and not bool_and(is_above)

),

shared as (

    select
        hub_gap.hub_side,
        hub_gap.other_side,
        hub_gap.basis,
        hub_gap.exporter,
        hub_gap.importer,
        hub_gap.frequency,
        hub_gap.period,
        hub_gap.commodity_code,
        hub_gap.is_above,
        hub_gap.size,
        least(flow.above, flow.below) as moved,
        cast(
            round(
                cast(hub_gap.size as decimal(28, 12)) / case when hub_gap.is_above then flow.above else flow.below end
                * cast(least(flow.above, flow.below) as decimal(22, 6)),
                6
            ) as decimal(38, 6)
        ) as share
    from flow
    join hub_gap
        on flow.hub_side = hub_gap.hub_side
        and flow.other_side = hub_gap.other_side
        and flow.basis = hub_gap.basis
        and flow.frequency = hub_gap.frequency
        and flow.period = hub_gap.period
        and flow.commodity_code = hub_gap.commodity_code

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
        moved - sum(share) over (
            partition by hub_side, basis, other_side, frequency, period, commodity_code, is_above
        ) as rest,
        row_number() over (
            partition by hub_side, basis, other_side, frequency, period, commodity_code, is_above
            -- one of the two countries is the same in all of them
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
