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
from report_observation
where distance <= (select max(distance_max) from bound)
group by
    exporter,
    importer,
    product,
    year
