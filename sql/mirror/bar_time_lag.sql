-- Bar: the two sides count the same goods in different months
--
-- Evidence: the import follows the export of some months earlier (or later) clearly
-- better than that of the same month; see `flow_lag`. The figures of the moved side are
-- set into the months of the other, so the bar of a month is what stands there less
-- what belongs there: it moves value between months and makes none. A month may get a
-- bar that has no gap of its own. Where the month that should be moved in is not there,
-- the month stays as it is.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with month as (

    select distinct
        exporter,
        importer,
        period
    from open_gap
    where frequency = 'M'

),

-- months between the own record and the moved one, as they are added to the own month
lag as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        moved_side,
        shift,
        case moved_side when 'export' then -shift else shift end as months
    from flow_lag

),

moved as (

    select
        open_gap.basis,
        open_gap.exporter,
        open_gap.importer,
        open_gap.commodity_code,
        open_gap.period,
        lag.moved_side,
        lag.shift,
        lag.months,
        case
            when lag.moved_side = 'export' then -open_gap.export_value
            -- with the other bars off, imports stand as they are reported
            when open_gap.basis = 'alone' then open_gap.import_value
            else open_gap.import_value + open_gap.cif_fob
        end as amount,
        case when lag.moved_side = 'import' and open_gap.basis = 'ordered' then open_gap.cif_fob else 0 end as cif_fob,
        case lag.moved_side when 'export' then open_gap.export_mass_kg else open_gap.import_mass_kg end as mass_kg,
        open_gap.uncertain_value,
        case lag.moved_side when 'export' then open_gap.export_is_confidential else open_gap.import_is_confidential end as is_confidential
    from lag
    join open_gap
        on lag.basis = open_gap.basis
        and lag.exporter = open_gap.exporter
        and lag.importer = open_gap.importer
        and lag.commodity_code = open_gap.commodity_code
    where open_gap.frequency = 'M'

),

placed as (

    -- what stands in a month, if another month can be set in its place
    select
        moved.basis,
        moved.exporter,
        moved.importer,
        moved.commodity_code,
        moved.period,
        moved.moved_side,
        moved.shift,
        moved.amount,
        moved.cif_fob,
        false as belongs_here,
        moved.mass_kg,
        moved.uncertain_value,
        moved.is_confidential
    from month
    join moved
        on month.exporter = moved.exporter
        and month.importer = moved.importer
        and month.period = cast(moved.period + cast(concat(cast(moved.months as varchar), ' months') as interval) as date)

    union all

    -- what belongs there
    select
        moved.basis,
        moved.exporter,
        moved.importer,
        moved.commodity_code,
        month.period,
        moved.moved_side,
        moved.shift,
        -moved.amount as amount,
        -moved.cif_fob as cif_fob,
        true as belongs_here,
        moved.mass_kg,
        moved.uncertain_value,
        moved.is_confidential
    from month
    join moved
        on month.exporter = moved.exporter
        and month.importer = moved.importer
        and month.period = cast(moved.period - cast(concat(cast(moved.months as varchar), ' months') as interval) as date)

)

select
    basis,
    exporter,
    importer,
    'M' as frequency,
    period,
    commodity_code,
    max(shift) as shift,
    max(moved_side) as moved_side,
    -- of an import with its freight and insurance, whose part stands in `cif_fob`
    cast(sum(amount) as decimal(38, 6)) as amount,
    cast(sum(cif_fob) as decimal(38, 6)) as cif_fob,
    -- of the figures that belong here
    cast(sum(mass_kg) filter (where belongs_here) as decimal(38, 6)) as mass_kg,
    cast(coalesce(sum(uncertain_value) filter (where belongs_here), 0) as decimal(38, 6)) as uncertain_value,
    coalesce(bool_or(is_confidential) filter (where belongs_here), false) as is_confidential
from placed
group by
    basis,
    exporter,
    importer,
    period,
    commodity_code
having sum(amount) <> 0
    or sum(cif_fob) <> 0
