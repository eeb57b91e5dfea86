-- Records without an answer, paired with the one record of the same mass
--
-- Where too few flows show how long goods are under way, the export of one month and the
-- import of another stand apart; and where one side counts goods under a neighbouring
-- subheading, the two stand under different codes. If two such records weigh the same
-- (or count the same), and no other does, they are the same goods. Records of one
-- subheading are looked for within the longest lag, or at the lag of the flow where it is
-- known; those of another one in the heading at that lag or in the same month. Enough to
-- compare their values; not enough to move anything, so no gap changes here.
--
-- `commodity_code` is the exporter's.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, export_period, import_period, commodity_code, import_commodity_code
-- view:   yes

with bound as (

    select
        cast(max(value) filter (where name = 'mirror_lag_months_max') as int) as months_max,
        max(value) filter (where name = 'mirror_scale_tolerance') as tolerance
    from parameter
    where $last_day between valid_from and valid_to

),

lag as (

    select
        exporter,
        importer,
        commodity_code,
        shift
    from flow_lag
    where basis = 'ordered'

),

lone_export as (

    select
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.commodity_code,
        mirror_cell.period as export_period,
        mirror_cell.export_value,
        mirror_cell.export_mass_kg,
        mirror_cell.export_quantity
    from mirror_cell
    left anti join paired_flow
        on mirror_cell.exporter = paired_flow.exporter
        and mirror_cell.importer = paired_flow.importer
        and mirror_cell.commodity_code = paired_flow.commodity_code
        and mirror_cell.frequency = paired_flow.frequency
        and mirror_cell.period = paired_flow.export_period
    where mirror_cell.frequency = 'M'
        and mirror_cell.class in ('matched', 'orphaned', 'lost')
        and mirror_cell.export_value > 0

),

-- the months in which the goods may arrive
expected as (

    select
        lone_export.exporter,
        lone_export.importer,
        lone_export.commodity_code,
        lone_export.export_period,
        lone_export.export_value,
        lone_export.export_mass_kg,
        lone_export.export_quantity,
        cast(
            lone_export.export_period
                + cast(concat(cast(coalesce(lag.shift, -(select max(months_max) from bound)) as varchar), ' months') as interval) as date
        ) as first_period,
        cast(
            lone_export.export_period
                + cast(concat(cast(coalesce(lag.shift, (select max(months_max) from bound)) as varchar), ' months') as interval) as date
        ) as last_period,
        cast(
            lone_export.export_period + cast(concat(cast(coalesce(lag.shift, 0) as varchar), ' months') as interval) as date
        ) as usual_period
    from lag
    right join lone_export
        on lag.exporter = lone_export.exporter
        and lag.importer = lone_export.importer
        and lag.commodity_code = lone_export.commodity_code

),

lone_import as (

    select
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.commodity_code as import_commodity_code,
        mirror_cell.period as import_period,
        mirror_cell.import_value,
        mirror_cell.import_value_fob,
        mirror_cell.import_mass_kg,
        mirror_cell.import_quantity,
        mirror_cell.usual_unit_value,
        mirror_cell.usual_unit_value_count
    from mirror_cell
    left anti join paired_flow
        on mirror_cell.exporter = paired_flow.exporter
        and mirror_cell.importer = paired_flow.importer
        and mirror_cell.commodity_code = paired_flow.commodity_code
        and mirror_cell.frequency = paired_flow.frequency
        and mirror_cell.period = paired_flow.import_period
    where mirror_cell.frequency = 'M'
        and mirror_cell.class in ('matched', 'orphaned', 'lost')
        and mirror_cell.import_value > 0

),

alike as (

    select
        expected.exporter,
        expected.importer,
        expected.commodity_code,
        lone_import.import_commodity_code,
        expected.export_period,
        lone_import.import_period,
        expected.export_value,
        lone_import.import_value,
        lone_import.import_value_fob,
        expected.export_mass_kg,
        lone_import.import_mass_kg,
        expected.export_quantity,
        lone_import.import_quantity,
        lone_import.usual_unit_value,
        lone_import.usual_unit_value_count,
        count(*) over (
            partition by expected.exporter, expected.importer, expected.commodity_code, expected.export_period
        ) as imports,
        count(*) over (
            partition by expected.exporter, expected.importer, lone_import.import_commodity_code, lone_import.import_period
        ) as exports
    from expected
    join lone_import
        on expected.exporter = lone_import.exporter
        and expected.importer = lone_import.importer
        and left(expected.commodity_code, 4) = left(lone_import.import_commodity_code, 4)
    where lone_import.import_period between expected.first_period and expected.last_period
        and (expected.commodity_code = lone_import.import_commodity_code or lone_import.import_period = expected.usual_period)
        and coalesce(
            abs(lone_import.import_mass_kg - expected.export_mass_kg)
                <= (select max(tolerance) from bound) * nullif(least(lone_import.import_mass_kg, expected.export_mass_kg), 0),
            expected.commodity_code = lone_import.import_commodity_code
                and abs(lone_import.import_quantity - expected.export_quantity)
                    <= (select max(tolerance) from bound) * nullif(least(lone_import.import_quantity, expected.export_quantity), 0),
            false
        )

)

select
    exporter,
    importer,
    'M' as frequency,
    export_period,
    import_period,
    commodity_code,
    import_commodity_code,
    export_value,
    import_value,
    import_value_fob,
    export_mass_kg,
    import_mass_kg,
    export_quantity,
    import_quantity,
    usual_unit_value,
    usual_unit_value_count
from alike
where imports = 1
    and exports = 1
