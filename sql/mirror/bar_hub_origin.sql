-- Bar: goods that a hub sold on are imports from their country of origin
--
-- Evidence: for one importer and product, a hub exports more to it than it has as
-- origin, while more comes by origin from other countries than they exported there.
-- What compensates is moved from the hubs to the others. Where the importer gives imports
-- by consignment, the partner concept has taken this already.
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

with hub as (

    select distinct country
    from trade_hub
    where valid_from <= $last_day
        and valid_to >= $first_day

),

compensated as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        share,
        amount
    from compensated_gap
    where hub_side = 'exporter'

),

-- what the hubs have too much and no other country has too little
left_over as (

    select
        hub_gap.basis,
        hub_gap.exporter as hub,
        hub_gap.importer,
        hub_gap.frequency,
        hub_gap.period,
        hub_gap.commodity_code,
        length(hub_gap.commodity_code) as digits,
        hub_gap.size - coalesce(compensated.share, 0) as size
    from compensated
    right join hub_gap
        on compensated.basis = hub_gap.basis
        and compensated.exporter = hub_gap.exporter
        and compensated.importer = hub_gap.importer
        and compensated.frequency = hub_gap.frequency
        and compensated.period = hub_gap.period
        and compensated.commodity_code = hub_gap.commodity_code
    where hub_gap.hub_side = 'exporter'
        and not hub_gap.is_above
        and hub_gap.size > coalesce(compensated.share, 0)

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
        coalesce(compensated.basis, passed_on.basis) as basis,
        coalesce(compensated.exporter, passed_on.exporter) as exporter,
        coalesce(compensated.importer, passed_on.importer) as importer,
        coalesce(compensated.frequency, passed_on.frequency) as frequency,
        coalesce(compensated.period, passed_on.period) as period,
        coalesce(compensated.commodity_code, passed_on.commodity_code) as commodity_code,
        compensated.amount as compensated,
        cast(round(passed_on.amount, 6) as decimal(38, 6)) as sold_on
    from passed_on
    full join compensated
        on compensated.basis = passed_on.basis
        and compensated.exporter = passed_on.exporter
        and compensated.importer = passed_on.importer
        and compensated.frequency = passed_on.frequency
        and compensated.period = passed_on.period
        and compensated.commodity_code = passed_on.commodity_code

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
