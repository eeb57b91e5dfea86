-- Flows from which the cost of freight and insurance can be learnt
--
-- Both sides give value and mass of the same subheading; the outcome is the logarithm
-- of the import's unit value over the export's. Unit values, not values, so that a
-- side that misses part of the goods does not count as freight. A flow weighs as much
-- as the two masses agree, and where they do not nearly, the two records are of other
-- goods. Unit values too far apart to be freight are errors of value, which would
-- drown it. Logarithms are floating point: this is an estimate.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code
-- view:   yes

with bound as (

    select
        max(value) filter (where name = 'gfi_quantity_difference_max') as difference_max,
        max(value) filter (where name = 'gfi_price_ratio_min') as ratio_min,
        max(value) filter (where name = 'gfi_price_ratio_max') as ratio_max
    from parameter
    where $last_day between valid_from and valid_to

)

select
    matched_flow.exporter,
    matched_flow.importer,
    matched_flow.frequency,
    matched_flow.period,
    matched_flow.year,
    matched_flow.commodity_code,
    cast(
        least(matched_flow.export_mass_kg, matched_flow.import_mass_kg) / greatest(matched_flow.export_mass_kg, matched_flow.import_mass_kg)
        as double
    ) as weight,
    ln(pair_distance.distance_km) as distance,
    power(ln(pair_distance.distance_km), 2) as distance_squared,
    case when pair_distance.has_common_border then 1.0 else 0.0 end as border,
    case when pair_distance.exporter_is_landlocked then 1.0 else 0.0 end as landlocked_exporter,
    case when pair_distance.importer_is_landlocked then 1.0 else 0.0 end as landlocked_importer,
    ln(cast(product_unit_value.unit_value as double)) as unit_value,
    ln(cast(matched_flow.import_value as double) / cast(matched_flow.import_mass_kg as double))
        - ln(cast(matched_flow.export_value as double) / cast(matched_flow.export_mass_kg as double)) as outcome
from pair_distance
join (
    product_unit_value
    join matched_flow
        on product_unit_value.commodity_code = matched_flow.commodity_code
        and product_unit_value.year = matched_flow.year
        and product_unit_value.edition = matched_flow.edition
)
    on pair_distance.exporter = matched_flow.exporter
    and pair_distance.importer = matched_flow.importer
where matched_flow.class = 'matched'
    and matched_flow.is_in_span
    and matched_flow.level = 6
    and matched_flow.import_valuation = 'CIF'
    and matched_flow.export_mass_kg > 0
    and matched_flow.import_mass_kg > 0
    and product_unit_value.unit_value > 0
    and not matched_flow.export_is_confidential
    and not matched_flow.import_is_confidential
    and abs(matched_flow.import_mass_kg - matched_flow.export_mass_kg)
        <= (select max(difference_max) from bound) * matched_flow.import_mass_kg
    and cast(matched_flow.import_value as double) / cast(matched_flow.import_mass_kg as double)
        / (cast(matched_flow.export_value as double) / cast(matched_flow.export_mass_kg as double))
        between cast((select max(ratio_min) from bound) as double) and cast((select max(ratio_max) from bound) as double)
