-- Two flows of one pair of countries, each reported by one side only, that may be the same goods
--
-- One side has a flow under a heading where the other has nothing, and the reverse under
-- another heading: where the two are alike, and no third one is as near to either, the same
-- goods may have been declared under both. `evidence` says what is alike:
--
--   mass    they weigh the same
--   value   they are worth the same free on board, and the mass of one is not told: weaker,
--           because values of unlike goods are equal more often than masses are
--
-- Neighbouring subheadings of one heading are told by `bar_classification` without that.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis, evidence

with bound as (

    select
        max(value) filter (where name = 'gfi_quantity_difference_max') as mass_difference_max,
        max(value) filter (where name = 'oecd_symmetry_max') as value_difference_max,
        max(value) filter (where name = 'mirror_screen_value_min') as value_min
    from parameter
    where $last_day between valid_from and valid_to

),

orphan as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        gap > 0 as is_import,
        abs(gap) as value,
        case when gap > 0 then import_mass_kg else export_mass_kg end as mass_kg
    from timed_gap
    where level = 6
        and commodity_code not like '%X'
        and left(commodity_code, 2) not in ('98', '99')
        and ((gap > 0 and export_value = 0) or (gap < 0 and import_value = 0))
        and abs(gap) >= (select max(value_min) from bound)

),

-- each by what it weighs and by what it is worth
measured as (

    select
        evidence,
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        is_import,
        value,
        mass_kg,
        case evidence when 'mass' then mass_kg else value end as size,
        case evidence
            when 'mass' then (select max(mass_difference_max) from bound)
            else (select max(value_difference_max) from bound)
        end as difference_max
    from (
        select
            unnest(make_array('mass', 'value')) as evidence,
            basis,
            exporter,
            importer,
            frequency,
            period,
            commodity_code,
            is_import,
            value,
            mass_kg
        from orphan
    ) as orphan_by_measure
    where evidence = 'value'
        or mass_kg > 0

),

-- in the order of their sizes only neighbours can be alike
placed as (

    select
        evidence,
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        is_import,
        value,
        mass_kg,
        size,
        difference_max,
        lead(commodity_code) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as other_code,
        lead(is_import) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as other_is_import,
        lead(value) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as other_value,
        lead(mass_kg) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as other_mass_kg,
        lead(size) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as other_size,
        lag(size) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as size_before,
        lead(size, 2) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as size_after
    from measured

),

alike as (

    select
        evidence,
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        other_code,
        value,
        other_value
    from placed
    where is_import <> other_is_import
        and left(commodity_code, 4) <> left(other_code, 4)
        and other_size - size <= difference_max * other_size
        and coalesce(size - size_before > difference_max * size, true)
        and coalesce(size_after - other_size > difference_max * size_after, true)
        -- unlike masses tell more than like values
        and (evidence = 'mass' or mass_kg is null or other_mass_kg is null)

)

select
    evidence,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    other_code,
    value,
    other_value
from alike

union all

select
    evidence,
    basis,
    exporter,
    importer,
    frequency,
    period,
    other_code as commodity_code,
    commodity_code as other_code,
    other_value as value,
    value as other_value
from alike
