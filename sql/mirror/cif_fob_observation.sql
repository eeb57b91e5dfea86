-- Flows from which the cost of freight and insurance can be learnt
--
-- What the regression is fed: one row a pair of records of the same goods (see
-- `cif_fob_record`), whose countries lie at a known distance and whose product has a usual
-- unit value. The outcome is the logarithm of the import's unit value over the export's. A
-- flow weighs as much as the two masses agree. Logarithms are floating point: this is an
-- estimate.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code
-- view:   yes

select
    cif_fob_record.exporter,
    cif_fob_record.importer,
    cif_fob_record.frequency,
    cif_fob_record.period,
    cif_fob_record.year,
    cif_fob_record.commodity_code,
    cif_fob_record.weight,
    ln(pair_distance.distance_km) as distance,
    power(ln(pair_distance.distance_km), 2) as distance_squared,
    case when pair_distance.has_common_border then 1.0 else 0.0 end as border,
    case when pair_distance.exporter_is_landlocked then 1.0 else 0.0 end as landlocked_exporter,
    case when pair_distance.importer_is_landlocked then 1.0 else 0.0 end as landlocked_importer,
    ln(cast(product_unit_value.unit_value as double)) as unit_value,
    ln(cif_fob_record.ratio) as outcome
from pair_distance
join (
    product_unit_value
    join cif_fob_record
        on product_unit_value.commodity_code = cif_fob_record.commodity_code
        and product_unit_value.year = cif_fob_record.year
        and product_unit_value.edition = cif_fob_record.edition
)
    on pair_distance.exporter = cif_fob_record.exporter
    and pair_distance.importer = cif_fob_record.importer
where product_unit_value.unit_value > 0
