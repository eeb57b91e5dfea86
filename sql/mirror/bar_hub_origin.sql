-- Bar: goods that a hub sold on are imports from their country of origin
--
-- Evidence: for one importer and product, a hub exports more to it than it has as
-- origin, while more comes by origin from other countries than they exported there.
-- What compensates is moved from the hubs to the others; reports that agree but for a
-- small difference show nothing. Where the importer gives imports by consignment, the
-- partner concept has taken this already.
--
-- Countries of origin may have no figures at all, as those of used cars often have none:
-- then nothing compensates. What the hub has too much is explained all the same as far as
-- the importer has such goods from an origin that is silent, and the hub imported them from
-- that origin in the same period. Either figure is evidence once: it is shared among the
-- hubs of an importer, and among the importers of a hub, in proportion to their gaps.
--
-- imts:   6.13, 6.19
-- method: R-1.51, R-4.1
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
        on hub.country = timed_gap.exporter
    -- too little arrives through the hubs, and too much from elsewhere
    where ((hub.country is not null and timed_gap.gap < 0) or (hub.country is null and timed_gap.gap > 0))
        -- two reports as near as this agree
        and coalesce(abs(timed_gap.gap) * 2 > (select max(symmetry_max) from bound) * (timed_gap.export_value + timed_gap.import_value), true)

),

-- summed and joined back, for most flows have nothing on the other side that compensates
flow as (

    select
        basis,
        importer,
        frequency,
        period,
        commodity_code,
        sum(case when is_above then size else 0 end) as above,
        sum(case when is_above then 0 else size end) as below
    from cell
    group by
        basis,
        importer,
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
        and flow.importer = cell.importer
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
        moved - sum(share) over (partition by basis, importer, frequency, period, commodity_code, is_above) as rest,
        row_number() over (
            partition by basis, importer, frequency, period, commodity_code, is_above
            order by size desc, exporter
        ) as place
    from shared

),

-- what the hubs have too much and no other country has too little
left_over as (

    select
        cell.basis,
        cell.exporter as hub,
        cell.importer,
        cell.frequency,
        cell.period,
        cell.commodity_code,
        length(cell.commodity_code) as digits,
        cell.size - coalesce(shared.share, 0) as size
    from shared
    right join cell
        on shared.basis = cell.basis
        and shared.exporter = cell.exporter
        and shared.importer = cell.importer
        and shared.frequency = cell.frequency
        and shared.period = cell.period
        and shared.commodity_code = cell.commodity_code
    where not cell.is_above
        and cell.size > coalesce(shared.share, 0)

),

-- each figure as evidence for one hub and importer
weighed as (

    select
        basis,
        hub,
        importer,
        frequency,
        period,
        commodity_code,
        digits,
        size,
        size / sum(size) over (partition by basis, importer, frequency, period, commodity_code) as share_of_importer,
        size / sum(size) over (partition by basis, hub, frequency, period, commodity_code) as share_of_hub
    from left_over

),

-- the levels at which pairs are compared, to add imports up to
digits as (

    select distinct level as digits
    from pair_period
    where level > 0

),

-- imports by origin that nobody answers
arrived as (

    select
        mirror_cell.exporter as origin,
        mirror_cell.importer,
        mirror_cell.frequency,
        mirror_cell.period,
        left(mirror_cell.commodity_code, digits.digits) as commodity_code,
        digits.digits,
        sum(mirror_cell.import_value_fob) as import_value
    from digits
    cross join mirror_cell
    where mirror_cell.class = 'lost'
        and mirror_cell.is_in_span
        and mirror_cell.import_value > 0
        and mirror_cell.level >= digits.digits
    group by
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.frequency,
        mirror_cell.period,
        left(mirror_cell.commodity_code, digits.digits),
        digits.digits

),

-- what the hubs imported by origin
sold as (

    select
        mirror_cell.exporter as origin,
        mirror_cell.importer as hub,
        mirror_cell.frequency,
        mirror_cell.period,
        left(mirror_cell.commodity_code, digits.digits) as commodity_code,
        digits.digits,
        sum(mirror_cell.import_value_fob) as import_value
    from digits
    cross join mirror_cell
    where mirror_cell.importer in (select country from hub)
        and mirror_cell.class <> 'unspecified'
        and mirror_cell.is_in_span
        and mirror_cell.import_value > 0
        and mirror_cell.level >= digits.digits
    group by
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.frequency,
        mirror_cell.period,
        left(mirror_cell.commodity_code, digits.digits),
        digits.digits

),

passed_on as (

    select
        weighed.basis,
        weighed.hub as exporter,
        weighed.importer,
        weighed.frequency,
        weighed.period,
        weighed.commodity_code,
        least(
            max(weighed.size),
            sum(least(
                arrived.import_value * weighed.share_of_importer,
                sold.import_value * weighed.share_of_hub
            ))
        ) as amount
    -- first what is often empty: then nothing else is worked out
    from arrived
    join (
        sold
        join weighed
            on sold.hub = weighed.hub
            and sold.frequency = weighed.frequency
            and sold.period = weighed.period
            and sold.commodity_code = weighed.commodity_code
            and sold.digits = weighed.digits
    )
        on arrived.origin = sold.origin
        and arrived.importer = weighed.importer
        and arrived.frequency = weighed.frequency
        and arrived.period = weighed.period
        and arrived.commodity_code = weighed.commodity_code
        and arrived.digits = weighed.digits
    group by
        weighed.basis,
        weighed.hub,
        weighed.importer,
        weighed.frequency,
        weighed.period,
        weighed.commodity_code

),

-- not added up by groups: millions of claims would have to be held for it
claim as (

    select
        coalesce(rounded.basis, passed_on.basis) as basis,
        coalesce(rounded.exporter, passed_on.exporter) as exporter,
        coalesce(rounded.importer, passed_on.importer) as importer,
        coalesce(rounded.frequency, passed_on.frequency) as frequency,
        coalesce(rounded.period, passed_on.period) as period,
        coalesce(rounded.commodity_code, passed_on.commodity_code) as commodity_code,
        cast(
            case when rounded.is_above then 1 else -1 end
                * (rounded.share + case when rounded.place = 1 then rounded.rest else 0 end)
            as decimal(38, 6)
        ) as compensated,
        cast(round(passed_on.amount, 6) as decimal(38, 6)) as sold_on
    from passed_on
    full join rounded
        on rounded.basis = passed_on.basis
        and rounded.exporter = passed_on.exporter
        and rounded.importer = passed_on.importer
        and rounded.frequency = passed_on.frequency
        and rounded.period = passed_on.period
        and rounded.commodity_code = passed_on.commodity_code

)

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    cast(
        coalesce(compensated, cast(0 as decimal(38, 6))) - coalesce(sold_on, cast(0 as decimal(38, 6)))
        as decimal(38, 6)
    ) as amount
from claim
