-- The two records of the same goods, side by side, in the months they were found to lie in
--
-- Where no lag was found the two stand in one period; else the import stands beside the
-- export of as many months before as `flow_lag` says. `period` is the one in which the
-- comparison counts the flow. Values, masses and quantities as in `mirror_cell`.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code
-- view:   yes

with lag as (

    select
        exporter,
        importer,
        commodity_code,
        moved_side,
        shift
    from flow_lag
    where basis = 'ordered'

),

late_export as (

    select
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.commodity_code,
        mirror_cell.period,
        lag.moved_side,
        cast(mirror_cell.period + cast(concat(cast(lag.shift as varchar), ' months') as interval) as date) as import_period,
        mirror_cell.export_value,
        mirror_cell.export_mass_kg,
        mirror_cell.export_quantity
    from lag
    join mirror_cell
        on lag.exporter = mirror_cell.exporter
        and lag.importer = mirror_cell.importer
        and lag.commodity_code = mirror_cell.commodity_code
    where mirror_cell.frequency = 'M'
        and mirror_cell.export_value > 0

)

-- records of one and the same period
select
    mirror_cell.exporter,
    mirror_cell.importer,
    mirror_cell.frequency,
    mirror_cell.period,
    mirror_cell.period as export_period,
    mirror_cell.period as import_period,
    mirror_cell.commodity_code,
    mirror_cell.export_value,
    mirror_cell.import_value,
    mirror_cell.import_value_fob,
    mirror_cell.export_mass_kg,
    mirror_cell.import_mass_kg,
    mirror_cell.export_quantity,
    mirror_cell.import_quantity,
    mirror_cell.quantity_unit,
    mirror_cell.usual_unit_value,
    mirror_cell.usual_unit_value_count
from lag
right anti join mirror_cell
    on lag.exporter = mirror_cell.exporter
    and lag.importer = mirror_cell.importer
    and lag.commodity_code = mirror_cell.commodity_code
    and mirror_cell.frequency = 'M'
where mirror_cell.class = 'matched'

union all

-- and of periods that are months apart
select
    mirror_cell.exporter,
    mirror_cell.importer,
    mirror_cell.frequency,
    -- the month of own declarations, else of the import
    case when late_export.moved_side = 'import' then late_export.period else mirror_cell.period end as period,
    late_export.period as export_period,
    mirror_cell.period as import_period,
    mirror_cell.commodity_code,
    late_export.export_value,
    mirror_cell.import_value,
    mirror_cell.import_value_fob,
    late_export.export_mass_kg,
    mirror_cell.import_mass_kg,
    late_export.export_quantity,
    mirror_cell.import_quantity,
    mirror_cell.quantity_unit,
    mirror_cell.usual_unit_value,
    mirror_cell.usual_unit_value_count
from late_export
join mirror_cell
    on late_export.exporter = mirror_cell.exporter
    and late_export.importer = mirror_cell.importer
    and late_export.commodity_code = mirror_cell.commodity_code
    and late_export.import_period = mirror_cell.period
where mirror_cell.frequency = 'M'
    and mirror_cell.import_value > 0
