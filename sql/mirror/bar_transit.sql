-- Bar: goods that went through a country are its imports for one side only
--
-- Evidence: for one exporter and product, a country of transit imports less than was
-- exported there, while other countries import more from this exporter than was
-- exported to them. What compensates is moved from the hubs to the others, in
-- proportion to their gaps. Reports that agree but for a small difference show nothing.
-- The hubs are a list.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with bound as (

    select max(value) as symmetry_max
    from parameter
    where name = 'oecd_symmetry_max'
        and $last_day between valid_from and valid_to

),

hub as (

    select distinct country
    from trade_hub
    where valid_from <= $last_day
        and valid_to >= $first_day

),

cell as (

    select
        timed_gap.basis,
        timed_gap.exporter,
        timed_gap.importer,
        timed_gap.frequency,
        timed_gap.period,
        timed_gap.commodity_code,
        timed_gap.gap > 0 as is_above,
        abs(timed_gap.gap) as size
    from hub
    right join timed_gap
        on hub.country = timed_gap.importer
    -- too little arrives through the hubs, and too much from elsewhere
    where ((hub.country is not null and timed_gap.gap < 0) or (hub.country is null and timed_gap.gap > 0))
        -- two reports as near as this agree
        and coalesce(abs(timed_gap.gap) * 2 > (select max(symmetry_max) from bound) * (timed_gap.export_value + timed_gap.import_value), true)

),

-- summed and joined back, for most flows have nothing on the other side that compensates
flow as (

    select
        basis,
        exporter,
        frequency,
        period,
        commodity_code,
        sum(case when is_above then size else 0 end) as above,
        sum(case when is_above then 0 else size end) as below
    from cell
    group by
        basis,
        exporter,
        frequency,
        period,
        commodity_code
    having bool_or(is_above)
        and not bool_and(is_above)

),

shared as (

    select
        cell.basis,
        cell.exporter,
        cell.importer,
        cell.frequency,
        cell.period,
        cell.commodity_code,
        cell.is_above,
        cell.size,
        least(flow.above, flow.below) as moved,
        cast(
            round(
                cast(cell.size as decimal(28, 12)) / case when cell.is_above then flow.above else flow.below end
                * cast(least(flow.above, flow.below) as decimal(22, 6)),
                6
            ) as decimal(38, 6)
        ) as share
    from flow
    join cell
        on flow.basis = cell.basis
        and flow.exporter = cell.exporter
        and flow.frequency = cell.frequency
        and flow.period = cell.period
        and flow.commodity_code = cell.commodity_code

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
        moved - sum(share) over (partition by basis, exporter, frequency, period, commodity_code, is_above) as rest,
        row_number() over (
            partition by basis, exporter, frequency, period, commodity_code, is_above
            order by size desc, importer
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
