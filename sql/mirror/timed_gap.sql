-- The gap of each cell with both sides in the same month
--
-- The gap that the records leave (see `open_gap`), less what `bar_time_lag` moves between
-- months. Here the patterns begin: what one side counted a month later must not look as
-- hidden, misclassified or sent elsewhere. `alone` stays as reported, to see each of
-- them with the lag switched off.
--
-- Months beside the span, and cells that are lost to the comparison, were needed only to move
-- figures from. The two figures of a cell
-- stand beside each other, in the order of the pairs.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with lag as (

    select
        bar_time_lag.basis,
        bar_time_lag.exporter,
        bar_time_lag.importer,
        bar_time_lag.frequency,
        bar_time_lag.period,
        bar_time_lag.commodity_code,
        bar_time_lag.moved_side,
        bar_time_lag.amount,
        bar_time_lag.cif_fob,
        bar_time_lag.mass_kg,
        bar_time_lag.uncertain_value,
        bar_time_lag.is_confidential
    from bar_time_lag
    where bar_time_lag.basis = 'ordered'
        and bar_time_lag.period between $first_day and $last_day

),

known as (

    -- flows of which either side has something in the month itself
    select
        open_gap.basis,
        open_gap.exporter,
        open_gap.importer,
        open_gap.frequency,
        open_gap.period,
        open_gap.commodity_code,
        open_gap.year,
        open_gap.level,
        open_gap.reported_gap,
        open_gap.unit_error,
        open_gap.partner_concept,
        open_gap.trade_system,
        open_gap.reexport,
        cast(open_gap.cif_fob - coalesce(lag.cif_fob, 0) as decimal(38, 6)) as cif_fob,
        cast(coalesce(lag.amount, 0) as decimal(38, 6)) as time_lag,
        cast(open_gap.export_value + case when lag.moved_side = 'export' then lag.amount else 0 end as decimal(38, 6)) as export_value,
        cast(open_gap.import_value - case when lag.moved_side = 'import' then lag.amount - lag.cif_fob else 0 end as decimal(38, 6)) as import_value,
        cast(open_gap.gap - coalesce(lag.amount - lag.cif_fob, 0) as decimal(38, 6)) as gap,
        cast(case when lag.moved_side = 'export' then lag.mass_kg else open_gap.export_mass_kg end as decimal(38, 6)) as export_mass_kg,
        cast(case when lag.moved_side = 'import' then lag.mass_kg else open_gap.import_mass_kg end as decimal(38, 6)) as import_mass_kg,
        cast(greatest(open_gap.uncertain_value, lag.uncertain_value) as decimal(38, 6)) as uncertain_value,
        case when lag.moved_side = 'export' then lag.is_confidential else open_gap.export_is_confidential end as export_is_confidential,
        case when lag.moved_side = 'import' then lag.is_confidential else open_gap.import_is_confidential end as import_is_confidential
    from lag
    right join open_gap
        on lag.exporter = open_gap.exporter
        and lag.importer = open_gap.importer
        and lag.frequency = open_gap.frequency
        and lag.period = open_gap.period
        and lag.commodity_code = open_gap.commodity_code
        and lag.basis = open_gap.basis
    where open_gap.is_in_span is not false
        and open_gap.class is distinct from 'lost'

),

arrived as (

    -- and those that only another month has
    select
        lag.basis,
        lag.exporter,
        lag.importer,
        lag.frequency,
        lag.period,
        lag.commodity_code,
        cast(date_trunc('year', lag.period) as date) as year,
        cast(case when lag.commodity_code = 'TOTAL' then 0 else length(lag.commodity_code) end as int) as level,
        cast(0 as decimal(38, 6)) as reported_gap,
        cast(0 as decimal(38, 6)) as unit_error,
        cast(0 as decimal(38, 6)) as partner_concept,
        cast(0 as decimal(38, 6)) as trade_system,
        cast(0 as decimal(38, 6)) as reexport,
        cast(-lag.cif_fob as decimal(38, 6)) as cif_fob,
        cast(lag.amount as decimal(38, 6)) as time_lag,
        cast(case when lag.moved_side = 'export' then lag.amount else 0 end as decimal(38, 6)) as export_value,
        cast(case when lag.moved_side = 'import' then lag.cif_fob - lag.amount else 0 end as decimal(38, 6)) as import_value,
        cast(lag.cif_fob - lag.amount as decimal(38, 6)) as gap,
        cast(case when lag.moved_side = 'export' then lag.mass_kg end as decimal(38, 6)) as export_mass_kg,
        cast(case when lag.moved_side = 'import' then lag.mass_kg end as decimal(38, 6)) as import_mass_kg,
        cast(lag.uncertain_value as decimal(38, 6)) as uncertain_value,
        lag.moved_side = 'export' and lag.is_confidential as export_is_confidential,
        lag.moved_side = 'import' and lag.is_confidential as import_is_confidential
    from lag
    left anti join open_gap
        on lag.exporter = open_gap.exporter
        and lag.importer = open_gap.importer
        and lag.frequency = open_gap.frequency
        and lag.period = open_gap.period
        and lag.commodity_code = open_gap.commodity_code
        and lag.basis = open_gap.basis

)

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    year,
    level,
    reported_gap,
    unit_error,
    partner_concept,
    trade_system,
    reexport,
    cif_fob,
    time_lag,
    export_value,
    import_value,
    gap,
    export_mass_kg,
    import_mass_kg,
    uncertain_value,
    export_is_confidential,
    import_is_confidential
from known

union all

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    year,
    level,
    reported_gap,
    unit_error,
    partner_concept,
    trade_system,
    reexport,
    cif_fob,
    time_lag,
    export_value,
    import_value,
    gap,
    export_mass_kg,
    import_mass_kg,
    uncertain_value,
    export_is_confidential,
    import_is_confidential
from arrived
