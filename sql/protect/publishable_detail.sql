-- Publishable trade in four flows, by partner, subheading, unit and mode of transport
--
-- In the trade system of the profile. The flows are parts, none of which stands in
-- another. Exports are domestic exports and re-exports, imports are foreign imports and
-- re-imports. The partner is the country of origin of imports and of last known
-- destination of exports. A mode that no list knows, or none, is `unspecified`; two-digit
-- modes are put under the one-digit mode of the same Comtrade code. Confidentiality is
-- not applied yet: no cell is hidden, and every release says so.
--
-- method: R-1.20, R-1.40, R-1.70, R-1.71
-- grain:  period, flow, partner, hs6, supplementary_unit, border_transport_mode
-- view:   yes

with mode_in_force as (

    select
        mode,
        first_value(mode) over (partition by comtrade_code order by length(mode), mode) as main_mode
    from transport_mode
    where valid_from <= $last_day
        and valid_to >= $first_day

),

known_mode as (

    select distinct
        mode,
        main_mode
    from mode_in_force

),

counted as (

    select
        period,
        case
            when is_reexport then 'RX'
            when is_reimport then 'RM'
            when flow = 'X' then 'DX'
            else 'FM'
        end as flow,
        partner,
        hs6,
        supplementary_unit,
        border_transport_mode,
        statistical_value,
        value_national,
        value_national_missing_count,
        estimated_value,
        net_mass_kg,
        net_mass_missing_value,
        net_mass_estimated_kg,
        net_mass_estimated_value,
        supplementary_quantity,
        quantity_missing_value,
        quantity_estimated,
        quantity_estimated_value
    from trade_by_partner
    where case $trade_system
            when 'special_relaxed' then in_special_relaxed
            when 'special_strict' then in_special_strict
            else in_general
        end

)

select
    counted.period,
    counted.flow,
    counted.partner,
    counted.hs6,
    counted.supplementary_unit,
    coalesce(known_mode.main_mode, 'unspecified') as border_transport_mode,
    sum(counted.statistical_value) as statistical_value,
    sum(counted.value_national) as value_national,
    sum(counted.value_national_missing_count) as value_national_missing_count,
    sum(counted.estimated_value) as estimated_value,
    sum(counted.net_mass_kg) as net_mass_kg,
    sum(counted.net_mass_missing_value) as net_mass_missing_value,
    sum(counted.net_mass_estimated_kg) as net_mass_estimated_kg,
    sum(counted.net_mass_estimated_value) as net_mass_estimated_value,
    sum(counted.supplementary_quantity) as supplementary_quantity,
    sum(counted.quantity_missing_value) as quantity_missing_value,
    sum(counted.quantity_estimated) as quantity_estimated,
    sum(counted.quantity_estimated_value) as quantity_estimated_value,
    false as is_confidential
from known_mode
right join counted
    on known_mode.mode = counted.border_transport_mode
group by
    counted.period,
    counted.flow,
    counted.partner,
    counted.hs6,
    counted.supplementary_unit,
    known_mode.main_mode
