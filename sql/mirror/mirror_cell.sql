-- Each compared flow with its import brought to the exporter's border
--
-- X is `export_value`, M `import_value`, c `cif_fob_factor` and M' `import_value_fob`,
-- M over c, rounded once. Where the importer reports both values, the factor is theirs, unless
-- the one with freight is the lower, or too far above the other to be freight. Else it is the
-- regression's where that is rich enough and fits, never below one and never above the bound
-- of the method; else the median of the subheading, else of the pair, else the fixed rate of
-- the day. Imports that are reported free on board keep their value. `cif_fob_basis` says
-- which it was.
--
-- imts:   4.17
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with bound as (

    select
        max(value) filter (where name = 'cif_fob_reconcile_max') as highest,
        max(value) filter (where name = 'gfi_price_ratio_max') as recorded_max,
        max(value) filter (where name = 'cif_fob_rate_imf') as fixed_rate,
        max(value) filter (where name = 'cif_gravity_observations_min') as observations_min,
        max(value) filter (where name = 'cif_gravity_subheadings_min') as subheadings_min,
        max(value) filter (where name = 'cif_gravity_r_squared_min') as r_squared_min
    from parameter
    where $last_day between valid_from and valid_to

),

model as (

    select
        year,
        intercept,
        coefficient__distance,
        coefficient__distance_squared,
        coefficient__border,
        coefficient__landlocked_exporter,
        coefficient__landlocked_importer,
        coefficient__unit_value
    from cif_fob_model
    where status = 'fitted'
        and r_squared >= cast((select max(r_squared_min) from bound) as double)
        and observation_count >= (select max(observations_min) from bound)
        and subheading_count >= (select max(subheadings_min) from bound)

),

-- what does not depend on the product is worked out once a pair
pair_margin as (

    select
        pair_distance.exporter,
        pair_distance.importer,
        model.year,
        model.coefficient__unit_value,
        model.intercept
            + model.coefficient__distance * ln(pair_distance.distance_km)
            + model.coefficient__distance_squared * power(ln(pair_distance.distance_km), 2)
            + case when pair_distance.has_common_border then model.coefficient__border else 0 end
            + case when pair_distance.exporter_is_landlocked then model.coefficient__landlocked_exporter else 0 end
            + case when pair_distance.importer_is_landlocked then model.coefficient__landlocked_importer else 0 end as log_margin
    from pair_basis
    join model
        on pair_basis.year = model.year
    join pair_distance
        on pair_basis.exporter = pair_distance.exporter
        and pair_basis.importer = pair_distance.importer

),

estimated as (

    select
        matched_flow.exporter,
        matched_flow.importer,
        matched_flow.frequency,
        matched_flow.period,
        matched_flow.year,
        matched_flow.is_in_span,
        matched_flow.edition,
        matched_flow.level,
        matched_flow.commodity_code,
        matched_flow.class,
        matched_flow.import_concept,
        matched_flow.import_has_both_concepts,
        matched_flow.import_valuation,
        matched_flow.export_value,
        matched_flow.import_value,
        case
            when matched_flow.import_valuation = 'CIF'
                and matched_flow.import_fob_value > 0
                and matched_flow.import_fob_value <= matched_flow.import_value
                and matched_flow.import_value <= matched_flow.import_fob_value * (select max(recorded_max) from bound)
                then cast(matched_flow.import_value / matched_flow.import_fob_value as decimal(18, 10))
        end as recorded_factor,
        matched_flow.consignment_value,
        matched_flow.reexport_value,
        matched_flow.export_beyond_value,
        matched_flow.import_beyond_value,
        matched_flow.export_mass_kg,
        matched_flow.import_mass_kg,
        matched_flow.export_quantity,
        matched_flow.import_quantity,
        matched_flow.quantity_unit,
        matched_flow.export_uncertain_value,
        matched_flow.import_uncertain_value,
        matched_flow.export_is_confidential,
        matched_flow.import_is_confidential,
        product_unit_value.unit_value as usual_unit_value,
        product_unit_value.flow_count as usual_unit_value_count,
        case
            -- `least` would pass over what is not known
            when matched_flow.import_valuation = 'CIF'
                and pair_margin.log_margin is not null
                and product_unit_value.unit_value is not null
                then cast(
                greatest(
                    1,
                    least(
                        (select max(highest) from bound),
                        -- no margin is near what a decimal cannot hold: bounded before it is cast
                        cast(
                            least(
                                cast((select max(highest) from bound) as double),
                                exp(pair_margin.log_margin + pair_margin.coefficient__unit_value * ln(cast(product_unit_value.unit_value as double)))
                            ) as decimal(18, 10)
                        )
                    )
                ) as decimal(18, 10)
            )
        end as regression_factor,
        cif_fob_by_subheading.cif_fob_factor as subheading_factor,
        cif_fob_by_pair.cif_fob_factor as pair_factor
    from cif_fob_by_pair
    right join (
        pair_margin
        right join (
            cif_fob_by_subheading
            right join (
                product_unit_value
                right join matched_flow
                    on product_unit_value.commodity_code = matched_flow.commodity_code
                    and product_unit_value.edition = matched_flow.edition
                    and product_unit_value.year = matched_flow.year
                    and product_unit_value.unit_value > 0
            )
                on cif_fob_by_subheading.commodity_code = matched_flow.commodity_code
                and cif_fob_by_subheading.edition = matched_flow.edition
                and cif_fob_by_subheading.year = matched_flow.year
        )
            on pair_margin.exporter = matched_flow.exporter
            and pair_margin.importer = matched_flow.importer
            and pair_margin.year = matched_flow.year
    )
        on cif_fob_by_pair.exporter = matched_flow.exporter
        and cif_fob_by_pair.importer = matched_flow.importer
        and cif_fob_by_pair.year = matched_flow.year

),

chosen as (

    select
        exporter,
        importer,
        frequency,
        period,
        year,
        is_in_span,
        edition,
        level,
        commodity_code,
        class,
        import_concept,
        import_has_both_concepts,
        import_valuation,
        export_value,
        import_value,
        consignment_value,
        reexport_value,
        export_beyond_value,
        import_beyond_value,
        export_mass_kg,
        import_mass_kg,
        export_quantity,
        import_quantity,
        quantity_unit,
        export_uncertain_value,
        import_uncertain_value,
        export_is_confidential,
        import_is_confidential,
        usual_unit_value,
        usual_unit_value_count,
        case
            when import_valuation <> 'CIF' then 'reported FOB'
            when recorded_factor is not null then 'recorded'
            when regression_factor is not null then 'regression'
            when subheading_factor is not null then 'median of subheading'
            when pair_factor is not null then 'median of pair'
            else 'fixed rate'
        end as cif_fob_basis,
        cast(
            case
                when import_valuation <> 'CIF' then 1
                else coalesce(recorded_factor, regression_factor, subheading_factor, pair_factor, (select max(fixed_rate) from bound))
            end as decimal(18, 10)
        ) as cif_fob_factor
    from estimated

)

select
    exporter,
    importer,
    frequency,
    period,
    year,
    is_in_span,
    edition,
    level,
    commodity_code,
    class,
    import_concept,
    import_has_both_concepts,
    import_valuation,
    export_value,
    import_value,
    cast(round(import_value / cif_fob_factor, 6) as decimal(38, 6)) as import_value_fob,
    cif_fob_factor,
    cif_fob_basis,
    consignment_value,
    reexport_value,
    export_beyond_value,
    import_beyond_value,
    export_mass_kg,
    import_mass_kg,
    export_quantity,
    import_quantity,
    quantity_unit,
    export_uncertain_value,
    import_uncertain_value,
    export_is_confidential,
    import_is_confidential,
    usual_unit_value,
    usual_unit_value_count
from chosen
