-- How far reports lie apart by exporter, importer and chapter, for the reliability of countries
--
-- Distances and weights are those of `report_observation`. Sums here, rounded to twelve
-- decimals before they are added; the algorithm splits the distances into what exporter,
-- importer, chapter and year each add, and fills the columns left empty here.
--
-- method: R-4.1
-- grain:  exporter, importer, product, year
-- apply:  additive_effects

select
    exporter,
    importer,
    product,
    year,
    count(*) as observation_count,
    sum(cast(weight as decimal(38, 12))) as weight,
    sum(cast(weight * distance as decimal(38, 12))) as weighted_distance,
    cast(null as double) as exporter_mean,
    cast(null as double) as importer_mean,
    cast(null as varchar) as status
from report_observation
group by
    exporter,
    importer,
    product,
    year
