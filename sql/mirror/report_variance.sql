-- Squared distances of reports by exporter, importer and chapter, for the spread of each country's errors
--
-- The squared distance of two reports whose errors are independent is, in the mean, the
-- sum of the two variances; so it can be split into what each side adds, which the plain
-- distance of `report_distance` cannot. Weights and cells are the same, but for reports
-- further apart than the bound of the method: those are faults, such as a wrong unit, and
-- one of them would outweigh hundreds. The column read by the algorithm keeps its name;
-- it holds squares.
--
-- method: R-4.1
-- grain:  exporter, importer, product, year
-- apply:  additive_effects

with bound as (

    select cast(max(value) as double) * ln(cast(10 as double)) as distance_max
    from parameter
    where name = 'reliability_decades_max'
        and $last_day between valid_from and valid_to

),

observation as (

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
    sum(cast(weight * distance * distance as decimal(38, 12))) as weighted_distance,
    cast(null as double) as exporter_mean,
    cast(null as double) as importer_mean,
    cast(null as varchar) as status
from observation
where distance <= (select max(distance_max) from bound)
group by
    exporter,
    importer,
    product,
    year
