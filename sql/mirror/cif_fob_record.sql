-- Two records of the same goods, from which the cost of freight and insurance can be learnt
--
-- The ratio is the import's unit value over the export's. Unit values, not values, so that a
-- side that misses part of the goods does not count as freight. Two records are of the same
-- goods where their masses agree or, without masses, their quantities in one unit. Figures
-- by month may stand as far apart as goods are under way at most: an import of goods that
-- were long under way, set against the export of its own month, would show as freight how
-- trade changes from month to month. A record that agrees with more than one of the other
-- side shows nothing. Unit values too far apart to be freight are errors of value, which
-- would drown it. What is too far lies as many times above the fixed rate of the day as below it.
-- If more were left in above, differences without a reason would add up to freight. Ratios
-- are floating point: they serve an estimate.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with bound as (

    select
        max(value) filter (where name = 'gfi_quantity_difference_max') as difference_max,
        cast(max(value) filter (where name = 'gfi_price_ratio_min') as double) as ratio_min,
        cast(max(value) filter (where name = 'gfi_price_ratio_max') as double) as ratio_max,
        cast(max(value) filter (where name = 'cif_fob_rate_imf') as double) as fixed_rate,
        cast(max(value) filter (where name = 'mirror_lag_months_max') as int) as months_max
    from parameter
    where $last_day between valid_from and valid_to

),

-- the nearer bound counts on both sides
range as (

    select
        greatest(ratio_min, fixed_rate * fixed_rate / ratio_max) as lowest,
        least(ratio_max, fixed_rate * fixed_rate / ratio_min) as highest
    from bound

),

flow as (

    select
        exporter,
        importer,
        frequency,
        period,
        year,
        is_in_span,
        edition,
        commodity_code,
        case when not export_is_confidential and export_value > 0 then export_value end as export_value,
        case
            when not import_is_confidential and import_value > 0 and import_valuation = 'CIF' then import_value
        end as import_value,
        export_mass_kg,
        import_mass_kg,
        export_quantity,
        import_quantity,
        quantity_unit
    from matched_flow
    where level = 6
        and class <> 'unspecified'

),

-- the months in which the goods of an export may arrive
expected as (

    select
        exporter,
        importer,
        edition,
        commodity_code,
        period as export_period,
        cast(period + cast(concat(cast(shift as varchar), ' months') as interval) as date) as import_period,
        export_value,
        export_mass_kg,
        export_quantity,
        quantity_unit
    from (
        select
            exporter,
            importer,
            edition,
            commodity_code,
            period,
            export_value,
            export_mass_kg,
            export_quantity,
            quantity_unit,
            unnest(generate_series(-(select max(months_max) from bound), (select max(months_max) from bound))) as shift
        from flow
        where frequency = 'M'
            and export_value is not null
    ) as shifted

),

side_by_side as (

    select
        exporter,
        importer,
        frequency,
        period,
        period as export_period,
        year,
        is_in_span,
        edition,
        commodity_code,
        export_value,
        import_value,
        export_mass_kg,
        import_mass_kg,
        export_quantity,
        import_quantity,
        true as is_in_one_unit
    from flow
    where frequency <> 'M'
        and export_value is not null
        and import_value is not null

    union all

    select
        flow.exporter,
        flow.importer,
        flow.frequency,
        flow.period,
        expected.export_period,
        flow.year,
        flow.is_in_span,
        flow.edition,
        flow.commodity_code,
        expected.export_value,
        flow.import_value,
        expected.export_mass_kg,
        flow.import_mass_kg,
        expected.export_quantity,
        flow.import_quantity,
        expected.quantity_unit = flow.quantity_unit as is_in_one_unit
    from expected
    join flow
        on expected.exporter = flow.exporter
        and expected.importer = flow.importer
        and expected.edition = flow.edition
        and expected.commodity_code = flow.commodity_code
        and expected.import_period = flow.period
    where flow.frequency = 'M'
        and flow.import_value is not null

),

measured as (

    select
        exporter,
        importer,
        frequency,
        period,
        export_period,
        year,
        is_in_span,
        edition,
        commodity_code,
        export_value,
        import_value,
        case
            when export_mass_kg > 0 and import_mass_kg > 0 then export_mass_kg
            when is_in_one_unit then export_quantity
        end as export_measure,
        case
            when export_mass_kg > 0 and import_mass_kg > 0 then import_mass_kg
            when is_in_one_unit then import_quantity
        end as import_measure
    from side_by_side

),

agreeing as (

    select
        exporter,
        importer,
        frequency,
        period,
        export_period,
        year,
        is_in_span,
        edition,
        commodity_code,
        cast(least(export_measure, import_measure) as double)
            / cast(greatest(export_measure, import_measure) as double) as weight,
        cast(import_value as double) / cast(import_measure as double)
            / (cast(export_value as double) / cast(export_measure as double)) as ratio
    from measured
    where export_measure > 0
        and import_measure > 0
        and abs(import_measure - export_measure) <= (select max(difference_max) from bound) * import_measure

),

-- Only a record by month stands beside several of the other side.
alone as (

    select
        exporter,
        importer,
        frequency,
        period,
        export_period,
        year,
        is_in_span,
        edition,
        commodity_code,
        weight,
        ratio
    from agreeing
    where frequency <> 'M'

    union all

    select
        exporter,
        importer,
        frequency,
        period,
        export_period,
        year,
        is_in_span,
        edition,
        commodity_code,
        weight,
        ratio
    from (
        select
            exporter,
            importer,
            frequency,
            period,
            export_period,
            year,
            is_in_span,
            edition,
            commodity_code,
            weight,
            ratio,
            count(*) over (partition by exporter, importer, frequency, commodity_code, export_period) as imports,
            count(*) over (partition by exporter, importer, frequency, commodity_code, period) as exports
        from agreeing
        where frequency = 'M'
    ) as seen
    where imports = 1
        and exports = 1

)

select
    exporter,
    importer,
    frequency,
    period,
    export_period,
    year,
    edition,
    commodity_code,
    weight,
    ratio
from alone
where is_in_span
    and ratio between (select max(lowest) from range) and (select max(highest) from range)
