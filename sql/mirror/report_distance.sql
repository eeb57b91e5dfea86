-- How far reports lie apart by exporter, importer and chapter, for the reliability of countries
--
-- The distance of a matched flow is |ln M' - ln X|; flows weigh by ln(X + M'), so that large
-- ones count more, but not in proportion. Sums here, rounded to twelve decimals before
-- they are added; the algorithm splits the distances into what exporter, importer, chapter
-- and year each add, and fills the columns left empty here.
--
-- method: R-4.1
-- grain:  exporter, importer, product, year
-- apply:  additive_effects

with observation as (

    select
        exporter,
        importer,
        left(commodity_code, 2) as product,
        year,
        ln(cast(export_value + import_value_fob as double)) as weight,
        abs(ln(cast(import_value_fob as double)) - ln(cast(export_value as double))) as distance
    from mirror_cell
    where class = 'matched'
        and is_in_span
        and level > 0
        and import_value_fob > 0
        -- a flow of a dollar or less would have no weight
        and export_value + import_value_fob > 1
        and not export_is_confidential
        and not import_is_confidential

)

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
from observation
group by
    exporter,
    importer,
    product,
    year
