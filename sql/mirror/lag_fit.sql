-- How well a country's imports follow the other's exports, some months apart
--
-- Every flow that is compared by month, as a dense series: a month without a row is
-- nil if both sides have figures for it. `shift` months lie from the export to the
-- import; a negative one is an exporter who counts later than the partner, as with oil
-- that is declared when its sale is settled. The sums behind the correlation are
-- rounded and added exactly, so that it does not depend on the order of rows.
--
-- method: R-4.1
-- grain:  basis, exporter, importer, commodity_code, shift

with bound as (

    select
        cast(max(value) filter (where name = 'mirror_lag_months_max') as int) as months_max,
        max(value) filter (where name = 'mirror_lag_months_min') as months_min
    from parameter
    where $last_day between valid_from and valid_to

),

pair_month as (

    select distinct
        basis,
        exporter,
        importer,
        period
    from open_gap
    where frequency = 'M'

),

series as (

    select
        basis,
        exporter,
        importer,
        commodity_code
    from open_gap
    where frequency = 'M'
    group by
        basis,
        exporter,
        importer,
        commodity_code
    -- nothing can be learnt from a series that one side does not have
    having sum(export_value) > 0
        and sum(import_value) > 0
        and count(*) >= (select max(months_min) from bound)

),

dense as (

    select
        series.basis,
        series.exporter,
        series.importer,
        series.commodity_code,
        pair_month.period,
        coalesce(open_gap.export_value, 0) as export_value,
        coalesce(open_gap.import_value, 0) as import_value
    from series
    join pair_month
        on series.basis = pair_month.basis
        and series.exporter = pair_month.exporter
        and series.importer = pair_month.importer
    left join open_gap
        on series.basis = open_gap.basis
        and series.exporter = open_gap.exporter
        and series.importer = open_gap.importer
        and series.commodity_code = open_gap.commodity_code
        and pair_month.period = open_gap.period
        and open_gap.frequency = 'M'

),

shifted as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        period as export_period,
        export_value,
        unnest(generate_series(
            -(select max(months_max) from bound),
            (select max(months_max) from bound)
        )) as shift
    from dense

),

met as (

    select
        shifted.basis,
        shifted.exporter,
        shifted.importer,
        shifted.commodity_code,
        shifted.shift,
        cast(shifted.export_value as double) as export_value,
        cast(dense.import_value as double) as import_value
    from shifted
    join dense
        on shifted.basis = dense.basis
        and shifted.exporter = dense.exporter
        and shifted.importer = dense.importer
        and shifted.commodity_code = dense.commodity_code
        and cast(shifted.export_period + cast(concat(cast(shifted.shift as varchar), ' months') as interval) as date) = dense.period

),

summed as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        shift,
        cast(count(*) as double) as month_count,
        cast(sum(cast(export_value as decimal(38, 4))) as double) as export_sum,
        cast(sum(cast(import_value as decimal(38, 4))) as double) as import_sum,
        cast(sum(cast(export_value * export_value as decimal(38, 4))) as double) as export_square,
        cast(sum(cast(import_value * import_value as decimal(38, 4))) as double) as import_square,
        cast(sum(cast(export_value * import_value as decimal(38, 4))) as double) as product
    from met
    group by
        basis,
        exporter,
        importer,
        commodity_code,
        shift

),

spread as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        shift,
        month_count,
        month_count * product - export_sum * import_sum as covariance,
        month_count * export_square - export_sum * export_sum as export_variance,
        month_count * import_square - import_sum * import_sum as import_variance
    from summed

)

select
    basis,
    exporter,
    importer,
    commodity_code,
    cast(shift as int) as shift,
    cast(month_count as int) as month_count,
    -- a flat series has no correlation
    case
        when export_variance > 0 and import_variance > 0
            then round(covariance / sqrt(export_variance) / sqrt(import_variance), 6)
    end as correlation
from spread
where month_count >= (select max(months_min) from bound)
