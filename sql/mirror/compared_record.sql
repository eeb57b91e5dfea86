-- How two records of the same goods differ in value, and whether their masses say that they should not
--
-- `ratio` is the import free on board over the export. Masses (or quantities in one unit)
-- agree; or they are of one magnitude and the unit values decades apart; or one side alone
-- has a mass, and its unit value lies as far from the usual one of the subheading as the two
-- values lie apart, where it is not an own record, which has been checked. Too few flows of
-- a subheading show nothing usual.
--
-- `masses` says what is known of them: agreeing (or the quantities), differing, or one alone.
-- `decades` is by how many decades the import is then dearer: of unit values where masses
-- differ, else of values. In floating point, as the ratios: they serve a judgement, not a
-- figure.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, export_period, import_period, commodity_code, import_commodity_code
-- view:   yes

with bound as (

    select
        max(value) filter (where name = 'mirror_scale_tolerance') as tolerance,
        max(value) filter (where name = 'mirror_decade_tolerance') as decade_tolerance,
        cast(max(value) filter (where name = 'mirror_mass_decades_max') as double) as near,
        max(value) filter (where name = 'cif_median_flows_min') as flows_min,
        max(value) filter (where name = 'mirror_lone_records_min') as records_min,
        cast(max(value) filter (where name = 'mirror_lone_decades_min') as double) as apart_min
    from parameter
    where $last_day between valid_from and valid_to

),

told as (

    select
        exporter,
        importer,
        frequency,
        export_period,
        import_period,
        commodity_code,
        import_commodity_code,
        export_value,
        import_value,
        export_mass_kg,
        import_mass_kg,
        export_quantity,
        import_quantity,
        case when usual_unit_value_count >= (select max(flows_min) from bound) then usual_unit_value end as usual_unit_value,
        export_value / nullif(export_mass_kg, 0) as export_unit_value,
        import_value_fob / nullif(import_mass_kg, 0) as import_unit_value,
        cast(import_value_fob as double) / cast(export_value as double) as ratio,
        -- by how many decades the one unit value there is makes the import too large, or the export too small
        case
            when usual_unit_value_count < (select max(records_min) from bound) then null
            when export_mass_kg is null and importer <> $reporter
                then log10(cast(import_value_fob as double) / nullif(cast(import_mass_kg as double) * cast(usual_unit_value as double), 0))
            when import_mass_kg is null and exporter <> $reporter
                then log10(cast(export_mass_kg as double) * cast(usual_unit_value as double) / cast(export_value as double))
        end as odd_decades
    from record_pair
    where import_value_fob > 0

),

weighed as (

    select
        exporter,
        importer,
        frequency,
        export_period,
        import_period,
        commodity_code,
        import_commodity_code,
        export_value,
        import_value,
        export_mass_kg,
        import_mass_kg,
        usual_unit_value,
        export_unit_value,
        import_unit_value,
        ratio,
        odd_decades,
        coalesce(
            abs(import_mass_kg - export_mass_kg) <= (select max(tolerance) from bound) * nullif(least(import_mass_kg, export_mass_kg), 0),
            abs(import_quantity - export_quantity) <= (select max(tolerance) from bound) * nullif(least(import_quantity, export_quantity), 0),
            false
        ) as is_agreeing,
        log10(ratio * cast(export_mass_kg as double) / nullif(cast(import_mass_kg as double), 0)) as unit_value_decades
    from told

)

select
    exporter,
    importer,
    frequency,
    export_period,
    import_period,
    commodity_code,
    import_commodity_code,
    export_value,
    import_value,
    usual_unit_value,
    export_unit_value,
    import_unit_value,
    ratio,
    is_agreeing,
    case
        when is_agreeing then 'agreeing'
        when unit_value_decades is not null then 'differing'
        when odd_decades is not null then 'one alone'
    end as masses,
    case when not is_agreeing and unit_value_decades is not null then unit_value_decades else log10(ratio) end as decades,
    -- masses of one magnitude, unit values decades apart
    coalesce(
        abs(log10(nullif(cast(import_mass_kg as double), 0) / nullif(cast(export_mass_kg as double), 0))) <= (select max(near) from bound)
        and abs(unit_value_decades)
            >= (select max(apart_min) - cast(max(decade_tolerance) as double) from bound),
        false
    ) as is_apart,
    -- one mass alone, and its unit value as far from the usual one as the two values are apart
    coalesce(
        abs(odd_decades) >= (select max(apart_min) - cast(max(decade_tolerance) as double) from bound)
        and abs(log10(ratio) - odd_decades) <= (select max(near) from bound),
        false
    ) as is_odd
from weighed
