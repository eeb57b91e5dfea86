-- Each open gap with what every pattern claims of it
--
-- One row a flow: the gap that the records leave, and the claims of the bars, met by
-- adding up rather than by a join, because there are as many of them as of flows. Each
-- reader takes one basis, which costs less than to sort and to write both. All parts stand
-- in the order of the pairs, the basis last, so that a gap is complete when its row is, and
-- none is kept until the end.
--
-- method: R-4.1
-- grain:  basis, exporter, importer, frequency, period, commodity_code
-- view:   yes

with part as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        year,
        level,
        reported_gap,
        unit_error,
        partner_concept,
        trade_system,
        reexport,
        cif_fob,
        time_lag,
        gap,
        cast(null as varchar) as bar,
        cast(null as decimal(38, 6)) as amount
    from timed_gap

    union all

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        null as year,
        null as level,
        null as reported_gap,
        null as unit_error,
        null as partner_concept,
        null as trade_system,
        null as reexport,
        null as cif_fob,
        null as time_lag,
        null as gap,
        bar,
        amount
    from bar_claim

)

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    max(year) as year,
    max(level) as level,
    cast(sum(reported_gap) as decimal(38, 6)) as reported_gap,
    cast(sum(unit_error) as decimal(38, 6)) as unit_error,
    cast(sum(partner_concept) as decimal(38, 6)) as partner_concept,
    cast(sum(trade_system) as decimal(38, 6)) as trade_system,
    cast(sum(reexport) as decimal(38, 6)) as reexport,
    cast(sum(cif_fob) as decimal(38, 6)) as cif_fob,
    cast(sum(time_lag) as decimal(38, 6)) as time_lag,
    cast(sum(gap) as decimal(38, 6)) as gap,
    cast(coalesce(sum(amount) filter (where bar = 'time_lag'), 0) as decimal(38, 6)) as time_lag_claim,
    cast(coalesce(sum(amount) filter (where bar = 'confidentiality'), 0) as decimal(38, 6)) as confidentiality_claim,
    cast(coalesce(sum(amount) filter (where bar = 'transit'), 0) as decimal(38, 6)) as transit_claim,
    cast(coalesce(sum(amount) filter (where bar = 'hub_origin'), 0) as decimal(38, 6)) as hub_origin_claim,
    cast(coalesce(sum(amount) filter (where bar = 'classification'), 0) as decimal(38, 6)) as classification_claim,
    cast(coalesce(sum(amount) filter (where bar = 'edition'), 0) as decimal(38, 6)) as edition_claim,
    cast(coalesce(sum(amount) filter (where bar = 'threshold'), 0) as decimal(38, 6)) as threshold_claim
from part
group by
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code
-- claims on months before the span have no gap here
having count(year) > 0
