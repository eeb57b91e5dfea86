-- How well a country's imports follow the other's exports, some months apart
--
-- Each cell of a month is asked how alike its import and the export of `shift` months
-- before are: the smaller over the larger, nil where one is missing. `similarity` is the
-- mean of that, in which a cell weighs by the logarithm of its value, so that a wrong
-- unit or one large contract does not decide. Sparse series tell little each, so they
-- are pooled: by subheading, by chapter and, as `TOTAL`, over the pair of countries,
-- because the way of the goods is the same for most of them. `cell_count` is the number
-- of cells in which both sides have something.
--
-- A negative shift is an exporter who counts later than the partner, as with oil that
-- is declared when its sale is settled. Months are set side by side only where both
-- sides can be asked for them (see `pair_reach`), so that the figures of a month in which
-- the other side is silent serve for the months in which it is not. Logarithms are rounded
-- before they are added.
--
-- method: R-4.1
-- grain:  basis, exporter, importer, commodity_code, shift

with bound as (

    select
        cast(max(value) as int) as months_max
    from parameter
    where name = 'mirror_lag_months_max'
        and $last_day between valid_from and valid_to

),

cell as (

    select
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.period,
        mirror_cell.commodity_code,
        mirror_cell.export_value,
        mirror_cell.import_value_fob as import_value,
        mirror_cell.import_value_fob - coalesce(bar_partner_concept.amount, 0) / mirror_cell.cif_fob_factor as consigned_value
    from bar_partner_concept
    right join (
        pair_reach
        join mirror_cell
            on pair_reach.exporter = mirror_cell.exporter
            and pair_reach.importer = mirror_cell.importer
    )
        on bar_partner_concept.exporter = mirror_cell.exporter
        and bar_partner_concept.importer = mirror_cell.importer
        and bar_partner_concept.frequency = mirror_cell.frequency
        and bar_partner_concept.period = mirror_cell.period
        and bar_partner_concept.commodity_code = mirror_cell.commodity_code
    where mirror_cell.frequency = 'M'
        and mirror_cell.class <> 'unspecified'
        and mirror_cell.commodity_code not like '%X'

),

valued as (

    select
        'ordered' as basis,
        exporter,
        importer,
        period,
        commodity_code,
        cast(export_value as double) as export_value,
        greatest(cast(consigned_value as double), 0) as import_value
    from cell

    union all

    select
        'alone' as basis,
        exporter,
        importer,
        period,
        commodity_code,
        cast(export_value as double) as export_value,
        cast(import_value as double) as import_value
    from cell

),

-- nothing can be learnt from a series that one side does not have
series as (

    select
        basis,
        exporter,
        importer,
        commodity_code
    from valued
    group by
        basis,
        exporter,
        importer,
        commodity_code
    having max(export_value) > 0
        and max(import_value) > 0

),

kept as (

    select
        valued.basis,
        valued.exporter,
        valued.importer,
        valued.period,
        valued.commodity_code,
        valued.export_value,
        valued.import_value
    from series
    join valued
        on series.basis = valued.basis
        and series.exporter = valued.exporter
        and series.importer = valued.importer
        and series.commodity_code = valued.commodity_code

),

-- all months of the import, of trade or not
month as (

    select
        exporter,
        importer,
        first_export,
        last_export,
        cast(unnest(generate_series(first_import, last_import, interval '1 month')) as date) as period
    from pair_reach

),

-- a month of the import and the month of the export that is set against it
shifted_month as (

    select
        exporter,
        importer,
        shift,
        period,
        export_period
    from (
        select
            exporter,
            importer,
            shift,
            period,
            first_export,
            last_export,
            cast(period - cast(concat(cast(shift as varchar), ' months') as interval) as date) as export_period
        from (
            select
                exporter,
                importer,
                first_export,
                last_export,
                period,
                unnest(generate_series(-(select max(months_max) from bound), (select max(months_max) from bound))) as shift
            from month
        ) as shifted
    ) as placed_month
    where export_period between first_export and last_export

),

placed as (

    select
        kept.basis,
        kept.exporter,
        kept.importer,
        kept.commodity_code,
        shifted_month.shift,
        shifted_month.period,
        kept.import_value,
        cast(0 as double) as export_value
    from shifted_month
    join kept
        on shifted_month.exporter = kept.exporter
        and shifted_month.importer = kept.importer
        and shifted_month.period = kept.period
    where kept.import_value > 0

    union all

    select
        kept.basis,
        kept.exporter,
        kept.importer,
        kept.commodity_code,
        shifted_month.shift,
        shifted_month.period,
        cast(0 as double) as import_value,
        kept.export_value
    from shifted_month
    join kept
        on shifted_month.exporter = kept.exporter
        and shifted_month.importer = kept.importer
        and shifted_month.export_period = kept.period
    where kept.export_value > 0

),

met as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        shift,
        period,
        max(import_value) as import_value,
        max(export_value) as export_value
    from placed
    group by
        basis,
        exporter,
        importer,
        commodity_code,
        shift,
        period

),

summed as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        shift,
        count(*) filter (where least(export_value, import_value) > 0) as cell_count,
        sum(cast(ln(1 + export_value + import_value) as decimal(38, 12))) as weight,
        sum(
            cast(
                ln(1 + export_value + import_value) * least(export_value, import_value) / greatest(export_value, import_value)
                as decimal(38, 12)
            )
        ) as alike
    from met
    group by
        basis,
        exporter,
        importer,
        commodity_code,
        shift

),

pooled as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        shift,
        cell_count,
        weight,
        alike
    from summed

    union all

    select
        basis,
        exporter,
        importer,
        left(commodity_code, 2) as commodity_code,
        shift,
        cell_count,
        weight,
        alike
    from summed
    where commodity_code <> 'TOTAL'

    union all

    select
        basis,
        exporter,
        importer,
        'TOTAL' as commodity_code,
        shift,
        cell_count,
        weight,
        alike
    from summed
    where commodity_code <> 'TOTAL'

)

select
    basis,
    exporter,
    importer,
    commodity_code,
    cast(shift as int) as shift,
    cast(sum(cell_count) as bigint) as cell_count,
    cast(round(cast(sum(alike) as double) / cast(sum(weight) as double), 6) as decimal(10, 6)) as similarity
from pooled
group by
    basis,
    exporter,
    importer,
    commodity_code,
    shift
