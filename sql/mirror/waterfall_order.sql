-- How much of the split depends on the order of the patterns
--
-- The claims are met once in the order of `waterfall` and once in the opposite order.
-- What changes its bar is claimed by more than one cause; an audit stops a release
-- where that is more than the method allows. Where one evidence is better than the other
-- it has gone first, and nothing is claimed twice (see `unhidden_gap`): what is left are
-- goods that may have come through one hub or another.
--
-- method: R-4.1
-- grain:  exporter, importer, year

with sized as (

    select
        exporter,
        importer,
        year,
        reported_gap,
        abs(gap) as size,
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
        year,
        reported_gap,
        least(size, confidentiality) as to_confidentiality,
        least(size, confidentiality + transit) as to_transit,
        least(size, confidentiality + transit + hub_origin) as to_hub_origin,
        least(size, confidentiality + transit + hub_origin + classification) as to_classification,
        least(size, confidentiality + transit + hub_origin + classification + edition) as to_edition,
        least(size, confidentiality + transit + hub_origin + classification + edition + threshold) as to_threshold,
        least(size, threshold) as from_threshold,
        least(size, threshold + edition) as from_edition,
        least(size, threshold + edition + classification) as from_classification,
        least(size, threshold + edition + classification + hub_origin) as from_hub_origin,
        least(size, threshold + edition + classification + hub_origin + transit) as from_transit,
        least(size, threshold + edition + classification + hub_origin + transit + confidentiality) as from_confidentiality
    from sized

),

difference as (

    select
        exporter,
        importer,
        year,
        reported_gap,
        abs(to_confidentiality - (from_confidentiality - from_transit))
            + abs((to_transit - to_confidentiality) - (from_transit - from_hub_origin))
            + abs((to_hub_origin - to_transit) - (from_hub_origin - from_classification))
            + abs((to_classification - to_hub_origin) - (from_classification - from_edition))
            + abs((to_edition - to_classification) - (from_edition - from_threshold))
            + abs(to_threshold - to_edition - from_threshold) as moved
    from met

)

select
    exporter,
    importer,
    year,
    sum(abs(reported_gap)) as gross_gap,
    -- what one bar gains another loses: half of the differences changed places
    cast(sum(moved) * 0.5 as decimal(38, 6)) as moved,
    cast(round(sum(moved) * 0.5 / nullif(sum(abs(reported_gap)), 0), 6) as decimal(38, 6)) as share
from difference
group by
    exporter,
    importer,
    year
