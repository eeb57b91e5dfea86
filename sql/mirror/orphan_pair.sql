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
        gap,
        case when gap > 0 then import_mass_kg else export_mass_kg end as mass_kg
    from timed_gap
    where level = 6
        and commodity_code not like '%X'
        and left(commodity_code, 2) not in ('98', '99')
        and ((gap > 0 and export_value = 0) or (gap < 0 and import_value = 0))
        and abs(gap) >= (select max(value_min) from bound)

),

-- most pairs of countries have none on one of the sides
two_sided as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period
    from orphan
    group by
        basis,
        exporter,
        importer,
        frequency,
        period
    having bool_or(gap > 0)
        and bool_or(gap < 0)

),

-- each by what it weighs and by what it is worth
measured as (

    select
        unnest(make_array('mass', 'value')) as evidence,
        orphan.basis,
        orphan.exporter,
        orphan.importer,
        orphan.frequency,
        orphan.period,
        orphan.commodity_code,
        orphan.gap,
        orphan.mass_kg
    from two_sided
    join orphan
        on two_sided.basis = orphan.basis
        and two_sided.exporter = orphan.exporter
        and two_sided.importer = orphan.importer
        and two_sided.frequency = orphan.frequency
        and two_sided.period = orphan.period

),

sized as (

    select
        evidence,
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        gap,
        mass_kg,
        case evidence when 'mass' then mass_kg else abs(gap) end as size
    from measured
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
        gap,
        mass_kg,
        size,
        lead(commodity_code) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as other_code,
        lead(gap) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as other_gap,
        lead(mass_kg) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as other_mass_kg,
        lag(size) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as size_before,
        lead(size) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as other_size,
        lead(size, 2) over (partition by exporter, importer, frequency, period, basis, evidence order by size, commodity_code) as size_after
    from sized

),

bounded as (

    select
        evidence,
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        gap,
        mass_kg,
        size,
        other_code,
        other_gap,
        other_mass_kg,
        size_before,
        other_size,
        size_after,
        case evidence
            when 'mass' then (select max(mass_difference_max) from bound)
            else (select max(value_difference_max) from bound)
        end as difference_max
    from placed
    where (gap > 0) <> (other_gap > 0)
        and left(commodity_code, 4) <> left(other_code, 4)
        -- unlike masses tell more than like values
        and (evidence = 'mass' or mass_kg is null or other_mass_kg is null)

),

-- each of the two with the other
alike as (

    select
        evidence,
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        abs(gap) as value,
        other_code,
        abs(other_gap) as other_value,
        unnest(make_array(true, false)) as is_first
    from bounded
    where other_size - size <= difference_max * other_size
        and coalesce(size - size_before > difference_max * size, true)
        and coalesce(size_after - other_size > difference_max * size_after, true)

)

select
    evidence,
    basis,
    exporter,
    importer,
    frequency,
    period,
    case when is_first then commodity_code else other_code end as commodity_code,
    case when is_first then other_code else commodity_code end as other_code,
    case when is_first then value else other_value end as value,
    case when is_first then other_value else value end as other_value
from alike
