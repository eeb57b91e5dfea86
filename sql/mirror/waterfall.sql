-- The gap of each cell split into its causes: the bars add up to it exactly
--
-- The reported import less the reported export, and what of it is due to what. Bars
-- that stand in the records come first, and may be larger than the gap or of the other
-- sign. They are a unit error, the partner concept, the trade system, re-exports, freight
-- and insurance, and months between the two records, which move value from one month to
-- another and may fill a month without a gap. Freight and insurance come after the other
-- amounts of the records, because those are parts of the import as declared, CIF: only what
-- they leave has freight in it that is still to be taken off. Then come the patterns in a fixed order;
-- each takes what its evidence shows, but never more than is left, and never turns the
-- gap around. What no evidence reaches stays `unexplained`; no bar takes the rest.
--
-- A pattern gets what the gap still holds when all before it have taken theirs, which is
-- the growth of the part that is met: `to_x` is what the bars up to x meet together.
--
-- How much the order matters is in `waterfall_order`; each bar with all the others
-- switched off is in `waterfall_alone`.
--
-- imts:   4.17, 6.13, 10.3
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with sized as (

    select
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
        abs(gap) as size,
        case when gap < 0 then -1 else 1 end as direction,
        -- a claim of the other sign explains nothing of the gap
        greatest(0, case when gap < 0 then -confidentiality_claim else confidentiality_claim end) as confidentiality,
        greatest(0, case when gap < 0 then -transit_claim else transit_claim end) as transit,
        greatest(0, case when gap < 0 then -hub_origin_claim else hub_origin_claim end) as hub_origin,
        greatest(0, case when gap < 0 then -classification_claim else classification_claim end) as classification,
        greatest(0, case when gap < 0 then -edition_claim else edition_claim end) as edition,
        greatest(0, case when gap < 0 then -threshold_claim else threshold_claim end) as threshold
    from claimed_gap
    where basis = 'ordered'

),

met as (

    select
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
        direction,
        least(size, confidentiality) as to_confidentiality,
        least(size, confidentiality + transit) as to_transit,
        least(size, confidentiality + transit + hub_origin) as to_hub_origin,
        least(size, confidentiality + transit + hub_origin + classification) as to_classification,
        least(size, confidentiality + transit + hub_origin + classification + edition) as to_edition,
        least(size, confidentiality + transit + hub_origin + classification + edition + threshold) as to_threshold
    from sized

)

select
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
    cast(direction * to_confidentiality as decimal(38, 6)) as confidentiality,
    cast(direction * (to_transit - to_confidentiality) as decimal(38, 6)) as transit,
    cast(direction * (to_hub_origin - to_transit) as decimal(38, 6)) as hub_origin,
    cast(direction * (to_classification - to_hub_origin) as decimal(38, 6)) as classification,
    cast(direction * (to_edition - to_classification) as decimal(38, 6)) as edition,
    cast(direction * (to_threshold - to_edition) as decimal(38, 6)) as threshold,
    cast(gap - direction * to_threshold as decimal(38, 6)) as unexplained
from met
