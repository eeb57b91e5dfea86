-- The mass and quantity of incomplete cells of trade, estimated
--
-- Estimates stand beside the declared sums and never in them. An estimate is what is
-- known of the goods without a mass or quantity, times the ratio of their donors
-- (`imputation_donor`): gross mass by the share of net mass in it, quantity by kilograms
-- a unit, mass by units a kilogram, else value by the unit value. The auxiliary whose
-- level is lower is used. Estimating a sum or its items gives the same, because every
-- ratio holds for the whole cell.
--
-- An implausible mass or quantity is replaced where the parameter
-- `implausible_quantity_replaced` is 1 and there is something better: put right by its
-- power of ten, level 0, or else estimated. It then counts with what is missing, and
-- stands in a column of its own. Estimates are rounded once, half to even, to three
-- decimals. The level of a cell is the highest that was used.
--
-- imts:   CM 15.18, CM 15.19
-- method: R-1.40, R-1.41, R-1.43
-- grain:  period, scope_no, partner, partner_consignment, commodity_code, border_transport_mode
-- view:   yes

with setting as (

    select max(value) is not distinct from 1 as replaces
    from parameter
    where name = 'implausible_quantity_replaced'
        and $last_day between valid_from and valid_to

),

matched as (

    select
        incomplete_trade.period,
        incomplete_trade.scope_no,
        incomplete_trade.partner,
        incomplete_trade.partner_consignment,
        incomplete_trade.commodity_code,
        incomplete_trade.border_transport_mode,
        incomplete_trade.hs6,
        incomplete_trade.hs2,
        incomplete_trade.supplementary_unit,
        incomplete_trade.statistical_value,
        incomplete_trade.item_count,
        incomplete_trade.net_mass_is_implausible,
        incomplete_trade.net_mass_kg as declared_mass_kg,
        incomplete_trade.net_mass_missing_count,
        incomplete_trade.net_mass_missing_value,
        incomplete_trade.gross_only_kg,
        incomplete_trade.gross_only_value,
        incomplete_trade.quantity_only,
        incomplete_trade.quantity_only_value,
        case
            when setting.replaces and incomplete_trade.net_mass_is_implausible
                then cast(power(cast(10 as double), incomplete_trade.net_mass_power) as decimal(20, 9))
        end as mass_factor,
        setting.replaces and incomplete_trade.net_mass_is_implausible
            and (incomplete_trade.net_mass_power is not null or imputation_donor.value_per_kg is not null) as mass_is_replaced,
        imputation_donor.net_of_gross,
        imputation_donor.net_of_gross_level,
        imputation_donor.kg_per_unit,
        imputation_donor.kg_per_unit_level,
        imputation_donor.value_per_kg,
        imputation_donor.value_per_kg_level,
        incomplete_trade.quantity_is_implausible,
        incomplete_trade.supplementary_quantity as declared_quantity,
        incomplete_trade.quantity_missing_count,
        incomplete_trade.quantity_missing_value,
        incomplete_trade.mass_only_kg,
        incomplete_trade.mass_only_value,
        incomplete_trade.quantity_set_aside_count,
        case
            when setting.replaces and incomplete_trade.quantity_is_implausible
                then cast(power(cast(10 as double), incomplete_trade.quantity_power) as decimal(20, 9))
        end as quantity_factor,
        setting.replaces and incomplete_trade.quantity_is_implausible
            and (incomplete_trade.quantity_power is not null or imputation_donor.value_per_unit is not null)
            as quantity_is_replaced,
        imputation_donor.value_per_unit,
        imputation_donor.value_per_unit_level,
        imputation_donor.quantity_kg_per_unit,
        imputation_donor.quantity_kg_per_unit_level
    from setting
    cross join (
        imputation_donor
        right join incomplete_trade
            on imputation_donor.period = incomplete_trade.period
            and imputation_donor.flow = incomplete_trade.flow
            and imputation_donor.partner = incomplete_trade.partner
            and imputation_donor.commodity_code = incomplete_trade.commodity_code
    )

),

-- what each part is worth, and which auxiliary it is estimated by
divided as (

    select
        period,
        scope_no,
        partner,
        partner_consignment,
        commodity_code,
        border_transport_mode,
        hs6,
        hs2,
        supplementary_unit,
        statistical_value,
        item_count,
        net_mass_is_implausible,
        declared_mass_kg,
        net_mass_missing_count,
        net_mass_missing_value,
        mass_is_replaced,
        mass_factor,
        gross_only_value,
        case
            when gross_only_kg > 0 and net_of_gross_level < coalesce(value_per_kg_level, net_of_gross_level + 1)
                then cast(gross_only_kg * net_of_gross as decimal(38, 10))
        end as mass_by_gross,
        net_of_gross_level,
        quantity_only_value,
        case
            when quantity_only > 0 and kg_per_unit_level < coalesce(value_per_kg_level, kg_per_unit_level + 1)
                then cast(quantity_only * kg_per_unit as decimal(38, 10))
        end as mass_by_quantity,
        kg_per_unit_level,
        value_per_kg,
        value_per_kg_level,
        quantity_is_implausible,
        declared_quantity,
        quantity_missing_count,
        quantity_missing_value,
        quantity_set_aside_count,
        quantity_is_replaced,
        quantity_factor,
        mass_only_value,
        case
            when mass_only_kg > 0 and quantity_kg_per_unit_level < coalesce(value_per_unit_level, quantity_kg_per_unit_level + 1)
                then cast(mass_only_kg / quantity_kg_per_unit as decimal(38, 10))
        end as quantity_by_mass,
        quantity_kg_per_unit_level,
        value_per_unit,
        value_per_unit_level
    from matched

),

-- what no nearer auxiliary estimates is estimated by its value
valued as (

    select
        period,
        scope_no,
        partner,
        partner_consignment,
        commodity_code,
        border_transport_mode,
        hs6,
        hs2,
        supplementary_unit,
        statistical_value,
        item_count,
        net_mass_is_implausible,
        declared_mass_kg,
        net_mass_missing_count,
        net_mass_missing_value,
        mass_is_replaced,
        case when mass_is_replaced then cast(declared_mass_kg * mass_factor as decimal(38, 10)) end as mass_deduced,
        mass_by_gross,
        net_of_gross_level,
        mass_by_quantity,
        kg_per_unit_level,
        net_mass_missing_value
            - case when mass_by_gross is not null then gross_only_value else 0 end
            - case when mass_by_quantity is not null then quantity_only_value else 0 end
            + case when mass_is_replaced and mass_factor is null then statistical_value - net_mass_missing_value else 0 end
            as mass_value,
        value_per_kg,
        value_per_kg_level,
        quantity_is_implausible,
        declared_quantity,
        quantity_missing_count,
        quantity_missing_value,
        quantity_set_aside_count,
        quantity_is_replaced,
        case when quantity_is_replaced then cast(declared_quantity * quantity_factor as decimal(38, 10)) end as quantity_deduced,
        quantity_by_mass,
        quantity_kg_per_unit_level,
        quantity_missing_value
            - case when quantity_by_mass is not null then mass_only_value else 0 end
            + case
                when quantity_is_replaced and quantity_factor is null then statistical_value - quantity_missing_value
                else 0
            end as quantity_value,
        value_per_unit,
        value_per_unit_level
    from divided

),

estimated as (

    select
        period,
        scope_no,
        partner,
        partner_consignment,
        commodity_code,
        border_transport_mode,
        hs6,
        hs2,
        supplementary_unit,
        statistical_value,
        item_count,
        net_mass_is_implausible,
        mass_is_replaced,
        declared_mass_kg,
        case when mass_is_replaced then item_count - net_mass_missing_count else 0 end as net_mass_replaced_count,
        case when mass_is_replaced then statistical_value - net_mass_missing_value else 0 end as net_mass_replaced_value,
        case when mass_is_replaced then item_count else net_mass_missing_count end as net_mass_missing_count,
        case when mass_is_replaced then statistical_value else net_mass_missing_value end as net_mass_missing_value,
        case
            when coalesce(
                mass_deduced, mass_by_gross, mass_by_quantity, case when mass_value > 0 then value_per_kg end
            ) is not null
                then coalesce(mass_deduced, 0)
                    + coalesce(mass_by_gross, 0)
                    + coalesce(mass_by_quantity, 0)
                    + coalesce(cast(mass_value / value_per_kg as decimal(38, 10)), 0)
        end as mass_estimate,
        case when value_per_kg is null then mass_value else 0 end as mass_value_left,
        greatest(
            case when mass_deduced is not null then 0 end,
            case when mass_by_gross is not null then net_of_gross_level end,
            case when mass_by_quantity is not null then kg_per_unit_level end,
            case when mass_value > 0 then value_per_kg_level end
        ) as net_mass_level,
        quantity_is_implausible,
        quantity_is_replaced,
        declared_quantity,
        case when quantity_is_replaced then item_count - quantity_missing_count else 0 end as quantity_replaced_count,
        case when quantity_is_replaced then statistical_value - quantity_missing_value else 0 end as quantity_replaced_value,
        case when quantity_is_replaced then item_count else quantity_missing_count end as quantity_missing_count,
        case when quantity_is_replaced then statistical_value else quantity_missing_value end as quantity_missing_value,
        quantity_set_aside_count,
        case
            when coalesce(
                quantity_deduced, quantity_by_mass, case when quantity_value > 0 then value_per_unit end
            ) is not null
                then coalesce(quantity_deduced, 0)
                    + coalesce(quantity_by_mass, 0)
                    + coalesce(cast(quantity_value / value_per_unit as decimal(38, 10)), 0)
        end as quantity_estimate,
        case when value_per_unit is null then quantity_value else 0 end as quantity_value_left,
        greatest(
            case when quantity_deduced is not null then 0 end,
            case when quantity_by_mass is not null then quantity_kg_per_unit_level end,
            case when quantity_value > 0 then value_per_unit_level end
        ) as quantity_level
    from valued

),

rounded as (

    select
        period,
        scope_no,
        partner,
        partner_consignment,
        commodity_code,
        border_transport_mode,
        hs6,
        hs2,
        supplementary_unit,
        statistical_value,
        item_count,
        case when not mass_is_replaced then declared_mass_kg end as net_mass_kg,
        case when mass_is_replaced then declared_mass_kg end as net_mass_replaced_kg,
        net_mass_replaced_count,
        net_mass_replaced_value,
        case when net_mass_is_implausible then item_count else 0 end as net_mass_implausible_count,
        net_mass_missing_count,
        net_mass_missing_value,
        cast(
            cast(mass_estimate as decimal(38, 3))
                - case
                    when cast(mass_estimate as decimal(38, 3)) - mass_estimate = cast('0.0005' as decimal(4, 4))
                        and cast(mass_estimate as decimal(38, 3)) % cast('0.002' as decimal(3, 3)) <> 0
                        then cast('0.001' as decimal(3, 3))
                    else 0
                end
            as decimal(28, 3)
        ) as net_mass_estimated_kg,
        case when mass_estimate is not null then net_mass_missing_value - mass_value_left else 0 end as net_mass_estimated_value,
        net_mass_level,
        case when not quantity_is_replaced then declared_quantity end as supplementary_quantity,
        case when quantity_is_replaced then declared_quantity end as quantity_replaced,
        quantity_replaced_count,
        quantity_replaced_value,
        case when quantity_is_implausible then item_count else 0 end as quantity_implausible_count,
        quantity_missing_count,
        quantity_missing_value,
        quantity_set_aside_count,
        cast(
            cast(quantity_estimate as decimal(38, 3))
                - case
                    when cast(quantity_estimate as decimal(38, 3)) - quantity_estimate = cast('0.0005' as decimal(4, 4))
                        and cast(quantity_estimate as decimal(38, 3)) % cast('0.002' as decimal(3, 3)) <> 0
                        then cast('0.001' as decimal(3, 3))
                    else 0
                end
            as decimal(28, 3)
        ) as quantity_estimated,
        case when quantity_estimate is not null then quantity_missing_value - quantity_value_left else 0 end
            as quantity_estimated_value,
        quantity_level
    from estimated

)

select
    period,
    scope_no,
    partner,
    partner_consignment,
    commodity_code,
    border_transport_mode,
    hs6,
    hs2,
    supplementary_unit,
    statistical_value,
    item_count,
    net_mass_kg,
    net_mass_replaced_kg,
    net_mass_replaced_count,
    net_mass_replaced_value,
    net_mass_implausible_count,
    net_mass_missing_count,
    net_mass_missing_value,
    net_mass_estimated_kg,
    net_mass_estimated_value,
    net_mass_level,
    case when supplementary_unit = 'kg' then cast(net_mass_kg as decimal(34, 6)) else supplementary_quantity end
        as supplementary_quantity,
    case when supplementary_unit = 'kg' then cast(net_mass_replaced_kg as decimal(34, 6)) else quantity_replaced end
        as quantity_replaced,
    case when supplementary_unit = 'kg' then net_mass_replaced_count else quantity_replaced_count end
        as quantity_replaced_count,
    case when supplementary_unit = 'kg' then net_mass_replaced_value else quantity_replaced_value end
        as quantity_replaced_value,
    case when supplementary_unit = 'kg' then net_mass_implausible_count else quantity_implausible_count end
        as quantity_implausible_count,
    case when supplementary_unit = 'kg' then net_mass_missing_count else quantity_missing_count end
        as quantity_missing_count,
    case when supplementary_unit = 'kg' then net_mass_missing_value else quantity_missing_value end
        as quantity_missing_value,
    quantity_set_aside_count,
    case when supplementary_unit = 'kg' then net_mass_estimated_kg else quantity_estimated end as quantity_estimated,
    case when supplementary_unit = 'kg' then net_mass_estimated_value else quantity_estimated_value end
        as quantity_estimated_value,
    case when supplementary_unit = 'kg' then net_mass_level else quantity_level end as quantity_level
from rounded
