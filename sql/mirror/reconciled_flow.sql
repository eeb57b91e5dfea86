-- One value for each flow from two reports, apart from the official series
--
-- Where both sides report, V = w X + (1 - w) M', and the less reliable side counts less:
-- with e = exp(sigma squared), w = e_j (e_j - 1) / (e_i (e_i - 1) + e_j (e_j - 1)), for the
-- exporter i and the importer j. Equal reliability gives one half. Where one side reports,
-- its figure stands. Masses take the same weights. Beside it, for comparison: the weights
-- by the symmetry index of the two reporters, and a fixed rate with equal weights.
--
-- A value found to be in a wrong unit or currency (`bar_unit_error`) is put right before,
-- because nothing between a figure and a thousand times that figure is true of either; the
-- two reports stand beside as they were given. For the same reason masses that are not of one
-- magnitude give none.
--
-- The interval is that of two lognormal errors: the value times exp of plus and minus
-- one standard deviation of the weighted mean; of a single report, of that side's own.
-- Standard deviations are those of `reporter_error`, without the partners' errors that a
-- sigma has in it. It should hold the true value in two thirds of the flows (see
-- `evaluate reconcile`). Estimates: none of this replaces a published figure.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with fixed as (

    select max(value) as rate
    from parameter
    where name = 'cif_fob_rate_imf'
        and $last_day between valid_from and valid_to

),

export_side as (

    select
        reporter,
        cast(sigma as double) as sigma
    from reporter_reliability
    where role = 'exporter'

),

import_side as (

    select
        reporter,
        cast(sigma as double) as sigma
    from reporter_reliability
    where role = 'importer'

),

export_error as (

    select
        reporter,
        cast(error as double) as error
    from reporter_error
    where role = 'exporter'

),

import_error as (

    select
        reporter,
        cast(error as double) as error
    from reporter_error
    where role = 'importer'

),

symmetry as (

    select
        reporter,
        role,
        period,
        symmetry_index
    from reporter_asymmetry
    where period_kind = 'year'

),

apart as (

    select cast(power(10, max(value)) as decimal(38, 6)) as mass_ratio_max
    from parameter
    where name = 'mirror_mass_decades_max'
        and $last_day between valid_from and valid_to

),

cell as (

    select
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.frequency,
        mirror_cell.period,
        mirror_cell.year,
        mirror_cell.commodity_code,
        mirror_cell.class,
        mirror_cell.import_valuation,
        mirror_cell.export_value as given_export_value,
        mirror_cell.import_value_fob as given_import_value_fob,
        cast(round(mirror_cell.export_value * coalesce(bar_unit_error.export_scale, 1), 6) as decimal(38, 6)) as export_value,
        cast(round(mirror_cell.import_value * coalesce(bar_unit_error.import_scale, 1), 6) as decimal(38, 6)) as import_value,
        cast(round(mirror_cell.import_value_fob * coalesce(bar_unit_error.import_scale, 1), 6) as decimal(38, 6)) as import_value_fob,
        mirror_cell.export_mass_kg,
        mirror_cell.import_mass_kg
    from bar_unit_error
    right join mirror_cell
        on bar_unit_error.exporter = mirror_cell.exporter
        and bar_unit_error.importer = mirror_cell.importer
        and bar_unit_error.frequency = mirror_cell.frequency
        and bar_unit_error.period = mirror_cell.period
        and bar_unit_error.commodity_code = mirror_cell.commodity_code
    where mirror_cell.is_in_span
        and mirror_cell.class <> 'unspecified'

),

described as (

    select
        cell.exporter,
        cell.importer,
        cell.frequency,
        cell.period,
        cell.commodity_code,
        cell.class,
        cell.given_export_value,
        cell.given_import_value_fob,
        cell.export_value,
        cell.import_value_fob,
        -- imports reported free on board hold no freight that a rate could take off
        case
            when cell.import_valuation <> 'CIF' then cell.import_value
            else cell.import_value / (select max(rate) from fixed)
        end as import_value_fixed,
        cell.export_mass_kg,
        cell.import_mass_kg,
        export_error.error as export_error,
        import_error.error as import_error,
        exp(power(export_side.sigma, 2)) * (exp(power(export_side.sigma, 2)) - 1) as export_variance,
        exp(power(import_side.sigma, 2)) * (exp(power(import_side.sigma, 2)) - 1) as import_variance,
        export_symmetry.symmetry_index as export_symmetry,
        import_symmetry.symmetry_index as import_symmetry
    from symmetry as import_symmetry
    right join (
        symmetry as export_symmetry
        right join (
            import_side
            right join (
                export_side
                right join (
                    import_error
                    right join (
                        export_error
                        right join cell
                            on export_error.reporter = cell.exporter
                    )
                        on import_error.reporter = cell.importer
                )
                    on export_side.reporter = cell.exporter
            )
                on import_side.reporter = cell.importer
        )
            on export_symmetry.reporter = cell.exporter
            and export_symmetry.period = cell.year
            and export_symmetry.role = 'exporter'
    )
        on import_symmetry.reporter = cell.importer
        and import_symmetry.period = cell.year
        and import_symmetry.role = 'importer'

),

weighted as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        class,
        given_export_value,
        given_import_value_fob,
        export_value,
        import_value_fob,
        import_value_fixed,
        export_mass_kg,
        import_mass_kg,
        export_error,
        import_error,
        export_symmetry,
        import_symmetry,
        cast(
            case
                when class <> 'matched' then case when export_value > 0 then 1 else 0 end
                -- a pair nobody could judge counts both sides alike
                else coalesce(round(import_variance / (export_variance + import_variance), 6), cast(0.5 as double))
            end as decimal(10, 6)
        ) as export_weight
    from described

),

reconciled as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        class,
        given_export_value,
        given_import_value_fob,
        export_value,
        import_value_fob,
        import_value_fixed,
        export_weight,
        export_symmetry,
        import_symmetry,
        cast(round(export_weight * export_value + (1 - export_weight) * import_value_fob, 6) as decimal(38, 6)) as reconciled_value,
        cast(
            case
                when export_mass_kg is null then import_mass_kg
                when import_mass_kg is null then export_mass_kg
                when greatest(export_mass_kg, import_mass_kg)
                    > least(export_mass_kg, import_mass_kg) * (select max(mass_ratio_max) from apart) then null
                else cast(round(export_weight * export_mass_kg + (1 - export_weight) * import_mass_kg, 6) as decimal(38, 6))
            end as decimal(38, 6)
        ) as reconciled_mass_kg,
        -- errors of the two reports are independent
        sqrt(
            power(cast(export_weight as double) * export_error, 2) + power((1 - cast(export_weight as double)) * import_error, 2)
        ) as log_error
    from weighted

)

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    class,
    given_export_value as export_value,
    given_import_value_fob as import_value_fob,
    export_weight,
    reconciled_value,
    reconciled_mass_kg,
    cast(round(cast(reconciled_value as double) * exp(-log_error), 6) as decimal(38, 6)) as lower_value,
    cast(round(cast(reconciled_value as double) * exp(log_error), 6) as decimal(38, 6)) as upper_value,
    cast(
        case
            when class <> 'matched' then reconciled_value
            when export_symmetry + import_symmetry > 0
                then cast(round(
                    cast(export_symmetry * export_value + import_symmetry * import_value_fob as decimal(38, 10))
                        / (export_symmetry + import_symmetry),
                    6
                ) as decimal(38, 6))
            else cast(round((export_value + import_value_fob) * 0.5, 6) as decimal(38, 6))
        end as decimal(38, 6)
    ) as symmetry_weighted_value,
    cast(
        case
            when export_value > 0 and import_value_fixed > 0
                then cast(round((export_value + import_value_fixed) * 0.5, 6) as decimal(38, 6))
            when import_value_fixed > 0 then cast(round(import_value_fixed, 6) as decimal(38, 6))
            else export_value
        end as decimal(38, 6)
    ) as fixed_rate_value
from reconciled
