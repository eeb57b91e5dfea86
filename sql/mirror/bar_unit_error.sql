-- Bar: a value in the wrong unit or currency
--
-- Evidence: masses (or quantities in one unit) agree, yet the values differ by a power
-- of ten, or by the rate of the national currency to the dollar. The side whose unit
-- value lies further from the usual one of the subheading is corrected; where none is
-- usual, the larger value is. A ratio of values alone proves nothing, because one in
-- many is near a power of ten by chance.
--
-- `import_scale` and `export_scale` bring the two values to the right unit.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with bound as (

    select
        max(value) filter (where name = 'mirror_scale_tolerance') as tolerance,
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

agreeing as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        export_value,
        import_value,
        import_value_fob / export_value as ratio,
        case when usual_unit_value_count >= (select max(flows_min) from bound) then usual_unit_value end as usual_unit_value,
        export_value / export_mass_kg as export_unit_value,
        import_value_fob / import_mass_kg as import_unit_value,
        -- ten to the nearest whole power
        cast(
            power(cast(10 as double), round(log10(cast(import_value_fob as double) / cast(export_value as double))))
            as decimal(38, 10)
        ) as power_of_ten
    from mirror_cell
    where class = 'matched'
        and import_value_fob > 0
        and coalesce(
            abs(import_mass_kg - export_mass_kg) <= (select max(tolerance) from bound) * least(import_mass_kg, export_mass_kg),
            abs(import_quantity - export_quantity) <= (select max(tolerance) from bound) * least(import_quantity, export_quantity)
        )

),

factored as (

    select
        agreeing.exporter,
        agreeing.importer,
        agreeing.frequency,
        agreeing.period,
        agreeing.commodity_code,
        agreeing.export_value,
        agreeing.import_value,
        agreeing.usual_unit_value,
        agreeing.export_unit_value,
        agreeing.import_unit_value,
        case
            when agreeing.power_of_ten <> 1
                and abs(agreeing.ratio - agreeing.power_of_ten) <= (select max(tolerance) from bound) * agreeing.power_of_ten
                then agreeing.power_of_ten
            when agreeing.exporter <> $reporter and agreeing.importer <> $reporter then null
            -- equal but for the rate, and not equal as they are
            when abs(agreeing.ratio - 1) <= (select max(tolerance) from bound) then null
            when abs(agreeing.ratio - rate.rate) <= (select max(tolerance) from bound) * rate.rate then rate.rate
            when abs(agreeing.ratio * rate.rate - 1) <= (select max(tolerance) from bound) then cast(1 as decimal(20, 10)) / rate.rate
        end as factor,
        agreeing.power_of_ten = 1 as is_currency
    from rate
    right join agreeing
        on rate.period = agreeing.period
        and rate.frequency = agreeing.frequency

),

sided as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        export_value,
        import_value,
        is_currency,
        cast(factor as decimal(38, 10)) as factor,
        case
            when usual_unit_value > 0 and import_unit_value > 0 and export_unit_value > 0
                then abs(ln(cast(import_unit_value as double)) - ln(cast(usual_unit_value as double)))
                    >= abs(ln(cast(export_unit_value as double)) - ln(cast(usual_unit_value as double)))
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
        period,
        commodity_code,
        export_value,
        import_value,
        case when is_currency then 'currency' else 'power of ten' end as evidence,
        cast(case when import_is_wrong then round(cast(1 as decimal(20, 10)) / factor, 10) else 1 end as decimal(28, 10)) as import_scale,
        cast(case when import_is_wrong then 1 else factor end as decimal(28, 10)) as export_scale
    from sided

)

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    evidence,
    import_scale,
    export_scale,
    cast(
        import_value - round(import_value * import_scale, 6) - export_value + round(export_value * export_scale, 6) as decimal(38, 6)
    ) as amount
from scaled
