-- What freight and insurance add to a value, by distance, border, coast and unit value
--
-- A weighted regression over all flows of the comparison, with one level for each year
-- and the same slopes. The file adds up products of every two variables, weighted;
-- the algorithm solves the equations and fills the columns left empty here. Products
-- are rounded to twelve decimals before they are added, so that the sums, and with
-- them the coefficients, do not depend on the order of the rows.
--
-- A system without a unique solution, or with fewer flows than coefficients, has the
-- status `singular` or `too thin` and no coefficients.
--
-- method: R-4.1
-- grain:  year
-- apply:  pooled_regression

with subheading as (

    select
        year,
        count(*) as subheading_count
    from (
        select distinct
            year,
            commodity_code
        from cif_fob_observation
    ) as observed
    group by year

)

select
    cif_fob_observation.year,
    count(*) as observation_count,
    max(subheading.subheading_count) as subheading_count,
    sum(cast(weight as decimal(38, 12))) as moment__one__one,
    sum(cast(weight * distance as decimal(38, 12))) as moment__one__distance,
    sum(cast(weight * distance_squared as decimal(38, 12))) as moment__one__distance_squared,
    sum(cast(weight * border as decimal(38, 12))) as moment__one__border,
    sum(cast(weight * landlocked_exporter as decimal(38, 12))) as moment__one__landlocked_exporter,
    sum(cast(weight * landlocked_importer as decimal(38, 12))) as moment__one__landlocked_importer,
    sum(cast(weight * unit_value as decimal(38, 12))) as moment__one__unit_value,
    sum(cast(weight * outcome as decimal(38, 12))) as moment__one__outcome,
    sum(cast(weight * distance * distance as decimal(38, 12))) as moment__distance__distance,
    sum(cast(weight * distance * distance_squared as decimal(38, 12))) as moment__distance__distance_squared,
    sum(cast(weight * distance * border as decimal(38, 12))) as moment__distance__border,
    sum(cast(weight * distance * landlocked_exporter as decimal(38, 12))) as moment__distance__landlocked_exporter,
    sum(cast(weight * distance * landlocked_importer as decimal(38, 12))) as moment__distance__landlocked_importer,
    sum(cast(weight * distance * unit_value as decimal(38, 12))) as moment__distance__unit_value,
    sum(cast(weight * distance * outcome as decimal(38, 12))) as moment__distance__outcome,
    sum(cast(weight * distance_squared * distance_squared as decimal(38, 12))) as moment__distance_squared__distance_squared,
    sum(cast(weight * distance_squared * border as decimal(38, 12))) as moment__distance_squared__border,
    sum(cast(weight * distance_squared * landlocked_exporter as decimal(38, 12))) as moment__distance_squared__landlocked_exporter,
    sum(cast(weight * distance_squared * landlocked_importer as decimal(38, 12))) as moment__distance_squared__landlocked_importer,
    sum(cast(weight * distance_squared * unit_value as decimal(38, 12))) as moment__distance_squared__unit_value,
    sum(cast(weight * distance_squared * outcome as decimal(38, 12))) as moment__distance_squared__outcome,
    sum(cast(weight * border * border as decimal(38, 12))) as moment__border__border,
    sum(cast(weight * border * landlocked_exporter as decimal(38, 12))) as moment__border__landlocked_exporter,
    sum(cast(weight * border * landlocked_importer as decimal(38, 12))) as moment__border__landlocked_importer,
    sum(cast(weight * border * unit_value as decimal(38, 12))) as moment__border__unit_value,
    sum(cast(weight * border * outcome as decimal(38, 12))) as moment__border__outcome,
    sum(cast(weight * landlocked_exporter * landlocked_exporter as decimal(38, 12))) as moment__landlocked_exporter__landlocked_exporter,
    sum(cast(weight * landlocked_exporter * landlocked_importer as decimal(38, 12))) as moment__landlocked_exporter__landlocked_importer,
    sum(cast(weight * landlocked_exporter * unit_value as decimal(38, 12))) as moment__landlocked_exporter__unit_value,
    sum(cast(weight * landlocked_exporter * outcome as decimal(38, 12))) as moment__landlocked_exporter__outcome,
    sum(cast(weight * landlocked_importer * landlocked_importer as decimal(38, 12))) as moment__landlocked_importer__landlocked_importer,
    sum(cast(weight * landlocked_importer * unit_value as decimal(38, 12))) as moment__landlocked_importer__unit_value,
    sum(cast(weight * landlocked_importer * outcome as decimal(38, 12))) as moment__landlocked_importer__outcome,
    sum(cast(weight * unit_value * unit_value as decimal(38, 12))) as moment__unit_value__unit_value,
    sum(cast(weight * unit_value * outcome as decimal(38, 12))) as moment__unit_value__outcome,
    sum(cast(weight * outcome * outcome as decimal(38, 12))) as moment__outcome__outcome,
    cast(null as double) as intercept,
    cast(null as double) as coefficient__distance,
    cast(null as double) as standard_error__distance,
    cast(null as double) as coefficient__distance_squared,
    cast(null as double) as standard_error__distance_squared,
    cast(null as double) as coefficient__border,
    cast(null as double) as standard_error__border,
    cast(null as double) as coefficient__landlocked_exporter,
    cast(null as double) as standard_error__landlocked_exporter,
    cast(null as double) as coefficient__landlocked_importer,
    cast(null as double) as standard_error__landlocked_importer,
    cast(null as double) as coefficient__unit_value,
    cast(null as double) as standard_error__unit_value,
    cast(null as double) as r_squared,
    cast(null as varchar) as status
from subheading
join cif_fob_observation
    on subheading.year = cif_fob_observation.year
group by cif_fob_observation.year
