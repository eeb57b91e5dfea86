-- Bar: the two sides count the same goods in different months
--
-- Evidence: over the year the import follows the export of some months earlier (or
-- later) closely, and clearly better than that of the same month; see `lag_fit`. The
-- bar of a month is what the gap loses when the import is set against the export of
-- that other month: the export of that month less that of this one. Where that month
-- is not there, nothing is claimed.
--
-- method: R-4.1
-- grain:  basis, exporter, importer, frequency, period, commodity_code

with bound as (

    select
        max(value) filter (where name = 'mirror_lag_correlation_min') as correlation_min,
        max(value) filter (where name = 'mirror_lag_correlation_gain_min') as gain_min
    from parameter
    where $last_day between valid_from and valid_to

),

ranked as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        shift,
        correlation,
        max(case when shift = 0 then coalesce(correlation, 0) end)
            over (partition by basis, exporter, importer, commodity_code) as correlation_at_once,
        row_number() over (
            partition by basis, exporter, importer, commodity_code
            order by correlation desc nulls last, abs(shift), shift desc
        ) as place
    from lag_fit

),

best as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        shift
    from ranked
    where place = 1
        and shift <> 0
        and correlation >= (select max(correlation_min) from bound)
        and correlation - coalesce(correlation_at_once, 0) >= (select max(gain_min) from bound)

),

month as (

    select distinct
        basis,
        exporter,
        importer,
        period
    from open_gap
    where frequency = 'M'

),

wanted as (

    select
        best.basis,
        best.exporter,
        best.importer,
        best.commodity_code,
        best.shift,
        month.period,
        cast(month.period - cast(concat(cast(best.shift as varchar), ' months') as interval) as date) as other_period
    from best
    join month
        on best.basis = month.basis
        and best.exporter = month.exporter
        and best.importer = month.importer

),

-- months that both sides have figures for
paired as (

    select
        wanted.basis,
        wanted.exporter,
        wanted.importer,
        wanted.commodity_code,
        wanted.shift,
        wanted.period,
        wanted.other_period
    from wanted
    join month
        on wanted.basis = month.basis
        and wanted.exporter = month.exporter
        and wanted.importer = month.importer
        and wanted.other_period = month.period

)

select
    paired.basis,
    paired.exporter,
    paired.importer,
    'M' as frequency,
    paired.period,
    paired.commodity_code,
    paired.shift,
    cast(coalesce(other.export_value, 0) - this.export_value as decimal(38, 6)) as amount
from paired
join open_gap as this
    on paired.basis = this.basis
    and paired.exporter = this.exporter
    and paired.importer = this.importer
    and paired.commodity_code = this.commodity_code
    and paired.period = this.period
    and this.frequency = 'M'
left join open_gap as other
    on paired.basis = other.basis
    and paired.exporter = other.exporter
    and paired.importer = other.importer
    and paired.commodity_code = other.commodity_code
    and paired.other_period = other.period
    and other.frequency = 'M'
where coalesce(other.export_value, 0) <> this.export_value
