-- Two records of the same goods, side by side: those that belong together, and those of one mass
--
-- By period or lag (`paired_flow`), and where nothing else stands against a record, by
-- mass alone (`weighed_pair`). Enough to compare values; nothing is moved by it.
--
-- `commodity_code` is the exporter's.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, export_period, import_period, commodity_code, import_commodity_code
-- view:   yes

select
    exporter,
    importer,
    frequency,
    export_period,
    import_period,
    commodity_code,
    commodity_code as import_commodity_code,
    export_value,
    import_value,
    import_value_fob,
    export_mass_kg,
    import_mass_kg,
    export_quantity,
    import_quantity,
    usual_unit_value,
    usual_unit_value_count
from paired_flow

union all

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
    import_value_fob,
    export_mass_kg,
    import_mass_kg,
    export_quantity,
    import_quantity,
    usual_unit_value,
    usual_unit_value_count
from weighed_pair
