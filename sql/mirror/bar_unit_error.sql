-- Bar: a value in the wrong unit or currency
--
-- Evidence: masses (or quantities in one unit) agree, yet the values differ by a power
-- of ten, or by the rate of the national currency to the dollar. The two records of the
-- goods are set side by side as `flow_lag` found them, which may be months apart; the
-- bar stands at the wrong one. A ratio of values alone proves nothing, because one in
-- many is near a power of ten by chance. Where the values of a flow lie equally far
-- apart in other months, that is its usual ratio: a month is measured against it, and
-- needs no mass to show a power of ten.
--
-- The side whose unit value lies further from the usual one of the subheading is
-- corrected. Own unit values have been checked, so an own value must lie further by
-- more than half of the error, and where none is usual the partner's is corrected, or
-- between two others the larger value.
--
-- An import that is lower than the export by the rate may also be declared too cheap.
-- That lasts, a wrong currency does not: in figures by month, some other month of the
-- flow must agree as it is.
--
-- `import_scale` and `export_scale` bring the two values to the right unit.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with bound as (

    select
        max(value) filter (where name = 'mirror_scale_tolerance') as tolerance,
        max(value) filter (where name = 'oecd_symmetry_max') as symmetry_max,
        coalesce(max(value) filter (where name = 'mirror_decade_tolerance'), max(value) filter (where name = 'mirror_scale_tolerance')) as decade_tolerance,
        max(value) filter (where name = 'cif_median_flows_min') as flows_min
    from parameter
    where $last_day between valid_from and valid_to

),

rate as (

    select
        mirror_month.period,
        mirror_month.frequency,
        avg(exchange_rate.rate) as rate
    from (
        select distinct
            period,
            frequency
        from mirror_cell
    ) as mirror_month
    join exchange_rate
        on exchange_rate.valid_from <= mirror_month.period
            + case mirror_month.frequency when 'M' then interval '1 month' else interval '1 year' end - interval '1 day'
        and exchange_rate.valid_to >= mirror_month.period
    where exchange_rate.reporter_currency = $reporter_currency
        and exchange_rate.currency = 'USD'
        and $reporter_currency <> 'USD'
    group by
        mirror_month.period,
        mirror_month.frequency

),

compared as (

    select
        exporter,
        importer,
        frequency,
        export_period,
        import_period,
        commodity_code,
        export_value,
        import_value,
        case when usual_unit_value_count >= (select max(flows_min) from bound) then usual_unit_value end as usual_unit_value,
        export_value / nullif(export_mass_kg, 0) as export_unit_value,
        import_value_fob / nullif(import_mass_kg, 0) as import_unit_value,
        cast(import_value_fob as double) / cast(export_value as double) as ratio,
        coalesce(
            abs(import_mass_kg - export_mass_kg) <= (select max(tolerance) from bound) * nullif(least(import_mass_kg, export_mass_kg), 0),
            abs(import_quantity - export_quantity) <= (select max(tolerance) from bound) * nullif(least(import_quantity, export_quantity), 0),
            false
        ) as is_agreeing
    from paired_flow
    where import_value_fob > 0

),

middle as (

    select
        exporter,
        importer,
        commodity_code,
        median(ratio) as middle_ratio
    from compared
    where frequency = 'M'
    group by
        exporter,
        importer,
        commodity_code

),

-- flows whose values lie equally far apart in more than one month
steady as (

    select
        compared.exporter,
        compared.importer,
        compared.commodity_code,
        max(middle.middle_ratio) as usual_ratio
    from middle
    join compared
        on middle.exporter = compared.exporter
        and middle.importer = compared.importer
        and middle.commodity_code = compared.commodity_code
    where compared.frequency = 'M'
        and abs(compared.ratio / middle.middle_ratio - 1) <= cast((select max(symmetry_max) from bound) as double)
    group by
        compared.exporter,
        compared.importer,
        compared.commodity_code
    having count(*) > 1

),

-- months of a flow in which the values agree as they are
settled as (

    select distinct
        exporter,
        importer,
        commodity_code
    from compared
    where frequency = 'M'
        and is_agreeing
        and abs(ratio - 1) <= cast((select max(symmetry_max) from bound) as double)

),

judged as (

    select
        compared.exporter,
        compared.importer,
        compared.frequency,
        compared.export_period,
        compared.import_period,
        compared.commodity_code,
        compared.export_value,
        compared.import_value,
        compared.usual_unit_value,
        compared.export_unit_value,
        compared.import_unit_value,
        compared.is_agreeing,
        compared.ratio / coalesce(steady.usual_ratio, 1) as ratio,
        log10(compared.ratio / coalesce(steady.usual_ratio, 1)) as decades,
        -- more than chance: masses, or what is usual between the two
        case
            when compared.is_agreeing then (select max(decade_tolerance) from bound)
            -- not where the masses follow the values: that is a shipment of another size
            when steady.usual_ratio is not null
                and round(log10(cast(nullif(compared.import_unit_value, 0) as double) / cast(nullif(compared.export_unit_value, 0) as double)))
                    = round(log10(compared.ratio / steady.usual_ratio))
                then cast(log10(1 + cast((select max(tolerance) from bound) as double)) as decimal(18, 10))
        end as decade_tolerance,
        compared.frequency <> 'M' or steady.usual_ratio is not null or settled.exporter is not null as is_usual
    from settled
    right join (
        steady
        right join compared
            on steady.exporter = compared.exporter
            and steady.importer = compared.importer
            and steady.commodity_code = compared.commodity_code
            and compared.frequency = 'M'
    )
        on settled.exporter = compared.exporter
        and settled.importer = compared.importer
        and settled.commodity_code = compared.commodity_code
        and compared.frequency = 'M'

),

rated as (

    select
        judged.exporter,
        judged.importer,
        judged.frequency,
        judged.export_period,
        judged.import_period,
        judged.commodity_code,
        judged.export_value,
        judged.import_value,
        judged.usual_unit_value,
        judged.export_unit_value,
        judged.import_unit_value,
        judged.is_usual and judged.is_agreeing as is_usual,
        judged.is_agreeing,
        judged.ratio,
        judged.decades,
        judged.decade_tolerance,
        case when judged.exporter = $reporter or judged.importer = $reporter then rate.rate end as rate
    from rate
    right join judged
        on rate.period = judged.import_period
        and rate.frequency = judged.frequency
    where judged.decade_tolerance is not null

),

factored as (

    select
        exporter,
        importer,
        frequency,
        export_period,
        import_period,
        commodity_code,
        export_value,
        import_value,
        usual_unit_value,
        export_unit_value,
        import_unit_value,
        case
            when round(decades) <> 0 and abs(decades - round(decades)) <= cast(decade_tolerance as double)
                then cast(power(cast(10 as double), round(decades)) as decimal(38, 10))
            -- equal but for the rate, and not equal as they are
            when abs(ratio - 1) <= cast((select max(tolerance) from bound) as double) then null
            when abs(ratio / cast(rate as double) - 1) <= cast((select max(tolerance) from bound) as double) and is_agreeing then rate
            when abs(ratio * cast(rate as double) - 1) <= cast((select max(tolerance) from bound) as double) and is_usual
                then cast(1 as decimal(20, 10)) / rate
        end as factor,
        round(decades) = 0 as is_currency
    from rated

),

sided as (

    select
        exporter,
        importer,
        frequency,
        export_period,
        import_period,
        commodity_code,
        export_value,
        import_value,
        case when is_currency then 'currency' else 'power of ten' end as evidence,
        cast(factor as decimal(38, 10)) as factor,
        case
            when usual_unit_value > 0 and import_unit_value > 0 and export_unit_value > 0
                then abs(ln(cast(import_unit_value as double)) - ln(cast(usual_unit_value as double)))
                    - abs(ln(cast(export_unit_value as double)) - ln(cast(usual_unit_value as double)))
                    -- what has been checked must lie further by more than half of the error
                    >= case
                        when is_currency then 0
                        when importer = $reporter then abs(ln(cast(factor as double))) / 2
                        when exporter = $reporter then -abs(ln(cast(factor as double))) / 2
                        else 0
                    end
            when not is_currency and importer = $reporter then false
            when not is_currency and exporter = $reporter then true
            else factor > 1
        end as import_is_wrong
    from factored
    where factor is not null

),

scaled as (

    select
        exporter,
        importer,
        frequency,
        import_period as period,
        commodity_code,
        evidence,
        cast(round(cast(1 as decimal(20, 10)) / factor, 10) as decimal(28, 10)) as import_scale,
        cast(1 as decimal(28, 10)) as export_scale,
        import_value - round(import_value * cast(round(cast(1 as decimal(20, 10)) / factor, 10) as decimal(28, 10)), 6) as amount
    from sided
    where import_is_wrong

    union all

    select
        exporter,
        importer,
        frequency,
        export_period as period,
        commodity_code,
        evidence,
        cast(1 as decimal(28, 10)) as import_scale,
        cast(factor as decimal(28, 10)) as export_scale,
        round(export_value * cast(factor as decimal(28, 10)), 6) - export_value as amount
    from sided
    where not import_is_wrong

)

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    max(evidence) as evidence,
    -- the one side may be wrong against one month, the other against another
    coalesce(max(import_scale) filter (where import_scale <> 1), 1) as import_scale,
    coalesce(max(export_scale) filter (where export_scale <> 1), 1) as export_scale,
    cast(sum(amount) as decimal(38, 6)) as amount
from scaled
group by
    exporter,
    importer,
    frequency,
    period,
    commodity_code
