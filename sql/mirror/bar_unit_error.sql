-- Bar: a value in the wrong unit or currency
--
-- Evidence: masses (or quantities in one unit) agree, yet the values differ by a power
-- of ten, or by the rate of a currency of either side to the dollar. The two records of
-- the goods are set side by side as `record_pair` has them, which may be months apart; the
-- bar stands at the wrong one. A ratio of
-- values alone proves nothing, because one in many is near a power of ten by chance. Where
-- masses are only of one magnitude, unit values must be two decades apart.
-- Where the values of a flow lie equally far apart in other months, a month is measured
-- against this usual ratio, and needs no mass to show a power of ten. A record without
-- any answer is judged by `odd_record`.
--
-- Of two values a power of ten apart, the side whose unit value lies further from the
-- usual one of the subheading is corrected. Own unit values have been checked, so an own
-- value must lie further by more than half of the error, and where none is usual the
-- partner's is corrected, or between two others the larger value. An import may lack
-- part of its value besides, so the ratio may lie further below a power of ten than above.
--
-- A currency taken for dollars makes its value that many times as large, which tells the
-- side; the usual unit value could not, because prices of one subheading vary by more. An
-- import that is lower than the export by the rate may also be declared too cheap. That
-- lasts, a wrong currency does not: in figures by month, some other month of the flow must
-- agree as it is, and a flow of one month says nothing. Currencies are those whose code
-- begins with that of the country, as ISO 4217 makes them.
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
        cast(max(value) filter (where name = 'mirror_mass_decades_max') as double) as near,
        -- by how many decades an import may lack value besides
        -log10(1 - cast(coalesce(max(value) filter (where name = 'mirror_undervaluation_max'), 0) as double)) as lacking,
        max(value) filter (where name = 'mirror_screen_unit_value_ratio') as rate_min,
        max(value) filter (where name = 'cif_median_flows_min') as flows_min,
        cast(max(value) filter (where name = 'mirror_lone_decades_min') as double) as apart_min
    from parameter
    where $last_day between valid_from and valid_to

),

-- units of each country's currency for one dollar; a rate near to one is lost among other differences
country_rate as (

    select
        left(currency, 2) as country,
        frequency,
        period,
        cast(cast(1 as decimal(20, 10)) / rate as decimal(20, 10)) as rate
    from dollar_rate
    where rate > 0
        and greatest(cast(rate as double), 1 / cast(rate as double)) >= cast((select max(rate_min) from bound) as double)

),

compared as (

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
        case when usual_unit_value_count >= (select max(flows_min) from bound) then usual_unit_value end as usual_unit_value,
        export_value / nullif(export_mass_kg, 0) as export_unit_value,
        import_value_fob / nullif(import_mass_kg, 0) as import_unit_value,
        cast(import_value_fob as double) / cast(export_value as double) as ratio,
        coalesce(
            abs(import_mass_kg - export_mass_kg) <= (select max(tolerance) from bound) * nullif(least(import_mass_kg, export_mass_kg), 0),
            abs(import_quantity - export_quantity) <= (select max(tolerance) from bound) * nullif(least(import_quantity, export_quantity), 0),
            false
        ) as is_agreeing,
        -- masses of one magnitude, unit values decades apart
        coalesce(
            abs(log10(nullif(cast(import_mass_kg as double), 0) / nullif(cast(export_mass_kg as double), 0))) <= (select max(near) from bound)
            and abs(log10(cast(import_value_fob as double) / cast(export_value as double) * cast(export_mass_kg as double) / nullif(cast(import_mass_kg as double), 0)))
                >= (select max(apart_min) - cast(max(decade_tolerance) as double) from bound),
            false
        ) as is_apart
    from record_pair
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
        compared.import_commodity_code,
        compared.export_value,
        compared.import_value,
        compared.usual_unit_value,
        compared.export_unit_value,
        compared.import_unit_value,
        compared.is_agreeing,
        compared.ratio / coalesce(steady.usual_ratio, 1) as ratio,
        case
            when compared.is_apart and not compared.is_agreeing
                then log10(cast(compared.import_unit_value as double) / cast(compared.export_unit_value as double))
            else log10(compared.ratio / coalesce(steady.usual_ratio, 1))
        end as decades,
        -- more than chance: masses, or what is usual between the two
        case
            when compared.is_agreeing or compared.is_apart then cast((select max(decade_tolerance) from bound) as decimal(18, 10))
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
        judged.import_commodity_code,
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
        case
            when judged.is_agreeing and judged.decades < 0 then greatest((select max(lacking) from bound), cast(judged.decade_tolerance as double))
            else cast(judged.decade_tolerance as double)
        end as tolerance_below,
        -- of the two currencies the one that fits better
        case
            when abs(abs(ln(judged.ratio)) - abs(ln(cast(importer_rate.rate as double))))
                < coalesce(abs(abs(ln(judged.ratio)) - abs(ln(cast(exporter_rate.rate as double)))), cast('infinity' as double))
                then importer_rate.rate
            else exporter_rate.rate
        end as rate
    from country_rate as importer_rate
    right join (
        country_rate as exporter_rate
        right join judged
            on exporter_rate.period = judged.import_period
            and exporter_rate.frequency = judged.frequency
            and exporter_rate.country = judged.exporter
    )
        on importer_rate.period = judged.import_period
        and importer_rate.frequency = judged.frequency
        and importer_rate.country = judged.importer
    where judged.decade_tolerance is not null

),

fitted as (

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
        decades,
        decade_tolerance,
        tolerance_below,
        rate,
        case
            -- equal but for the rate, and not equal as they are
            when abs(ratio - 1) <= cast((select max(tolerance) from bound) as double) then null
            when abs(ratio / cast(rate as double) - 1) <= cast((select max(tolerance) from bound) as double)
                -- a value in units worth more than a dollar is the lower one, as an undervalued import is
                and is_agreeing and (is_usual or rate > 1) then rate
            when abs(ratio * cast(rate as double) - 1) <= cast((select max(tolerance) from bound) as double)
                and is_agreeing and (is_usual or rate < 1) then cast(cast(1 as decimal(20, 10)) / rate as decimal(20, 10))
        end as currency_factor
    from rated

),

factored as (

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
        rate,
        case
            when currency_factor is not null
                and not coalesce(abs(decades - round(decades)) < abs(decades - log10(cast(currency_factor as double))) and round(decades) <> 0, false)
                then cast(currency_factor as decimal(38, 10))
            when round(decades) <> 0 and decades - round(decades) between -tolerance_below and cast(decade_tolerance as double)
                then cast(power(cast(10 as double), round(decades)) as decimal(38, 10))
        end as factor,
        currency_factor is not null
            and not coalesce(abs(decades - round(decades)) < abs(decades - log10(cast(currency_factor as double))) and round(decades) <> 0, false)
            as is_currency
    from fitted

),

sided as (

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
        case when is_currency then 'currency' else 'power of ten' end as evidence,
        factor,
        case
            when is_currency then (factor > 1) = (rate > 1)
            when usual_unit_value > 0 and import_unit_value > 0 and export_unit_value > 0
                then abs(ln(cast(import_unit_value as double)) - ln(cast(usual_unit_value as double)))
                    - abs(ln(cast(export_unit_value as double)) - ln(cast(usual_unit_value as double)))
                    -- what has been checked must lie further by more than half of the error
                    >= case
                        when importer = $reporter then abs(ln(cast(factor as double))) / 2
                        when exporter = $reporter then -abs(ln(cast(factor as double))) / 2
                        else 0
                    end
            when importer = $reporter then false
            when exporter = $reporter then true
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
        import_commodity_code as commodity_code,
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

    union all

    -- records that nothing answers
    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        'lone record' as evidence,
        case side when 'import' then factor else 1 end as import_scale,
        case side when 'export' then factor else 1 end as export_scale,
        case side when 'import' then value - round(value * factor, 6) else round(value * factor, 6) - value end as amount
    from odd_record

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
