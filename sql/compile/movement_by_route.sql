-- Declared movements by modes of transport at the border and inland, and by the countries beside the partner
--
-- The mode inland tells by what goods went on from our border, or came to it; the
-- trading country is that of the counterparty of the sale, and the country of first
-- destination the one where an export was to stop first. Only items that declare one
-- of the three are here, so that a country whose declarations lack the fields pays
-- next to nothing; what they leave of a month's trade declares none.
--
-- Values and masses are as declared, and the class is that of the procedure alone:
-- nothing is estimated, and no special category takes goods out. What is counted, by
-- mode at the border and by partner, is in `movement_at_border` and `trade_by_partner`.
-- `-` is a field that was not declared, `unspecified` and `_X` a code that no list
-- knows; two-digit modes are put under the one-digit mode of the same Comtrade code.
--
-- method: R-1.52, R-1.57
-- grain:  period, flow, record_class, in_general, in_special_relaxed, in_special_strict, hs2, partner,
--         trading_country, first_destination_country, border_transport_mode, inland_transport_mode

with known_country as (

    select distinct country
    from country
    where valid_from <= $last_day
        and valid_to >= $first_day

),

dated as (

    select
        cast(
            date_trunc(
                'month',
                case
                    when $recording_date in ('acceptance', 'acceptance_else_release')
                        then coalesce(acceptance_date, release_date, received_on)
                    when $recording_date in ('arrival', 'arrival_else_release')
                        then coalesce(arrival_date, release_date, acceptance_date, received_on)
                    else coalesce(release_date, acceptance_date, received_on)
                end
            ) as date
        ) as period,
        arrow_cast(procedure_code, 'Utf8View') as procedure_code,
        left(arrow_cast(commodity_code, 'Utf8View'), 2) as hs2,
        arrow_cast(origin_country, 'Utf8View') as origin_country,
        arrow_cast(destination_country, 'Utf8View') as destination_country,
        arrow_cast(trading_country, 'Utf8View') as trading_country,
        arrow_cast(first_destination_country, 'Utf8View') as first_destination_country,
        arrow_cast(border_transport_mode, 'Utf8View') as border_transport_mode,
        arrow_cast(inland_transport_mode, 'Utf8View') as inland_transport_mode,
        net_mass_kg,
        statistical_value
    from accepted_item
    where trading_country is not null
        or first_destination_country is not null
        or inland_transport_mode is not null

),

movement as (

    select
        period,
        procedure_code,
        hs2,
        origin_country,
        destination_country,
        trading_country,
        first_destination_country,
        border_transport_mode,
        inland_transport_mode,
        sum(statistical_value) filter (where statistical_value > 0) as declared_value,
        sum(net_mass_kg) filter (where net_mass_kg > 0) as net_mass_kg,
        count(*) filter (where coalesce(statistical_value, 0) <= 0) as value_missing_count,
        count(*) filter (where coalesce(net_mass_kg, 0) <= 0) as net_mass_missing_count,
        count(*) as item_count
    from dated
    group by
        period,
        procedure_code,
        hs2,
        origin_country,
        destination_country,
        trading_country,
        first_destination_country,
        border_transport_mode,
        inland_transport_mode

),

described as (

    select
        movement.period,
        coalesce(procedure_meaning.flow, '-') as flow,
        coalesce(procedure_meaning.record_class, 'unknown') as record_class,
        coalesce(procedure_meaning.in_general, false) as in_general,
        coalesce(procedure_meaning.in_special_relaxed, false) as in_special_relaxed,
        coalesce(procedure_meaning.in_special_strict, false) as in_special_strict,
        movement.hs2,
        coalesce(partner.country, '_X') as partner,
        case when movement.trading_country is not null then coalesce(trading.country, '_X') else '-' end as trading_country,
        case when movement.first_destination_country is not null then coalesce(first_destination.country, '_X') else '-' end
            as first_destination_country,
        case when movement.border_transport_mode is not null then coalesce(at_border.main_mode, 'unspecified') else '-' end
            as border_transport_mode,
        case when movement.inland_transport_mode is not null then coalesce(inland.main_mode, 'unspecified') else '-' end
            as inland_transport_mode,
        movement.declared_value,
        movement.net_mass_kg,
        movement.value_missing_count,
        movement.net_mass_missing_count,
        movement.item_count
    from movement
    left join procedure_meaning
        on procedure_meaning.procedure_code = movement.procedure_code
        and procedure_meaning.goods_origin = 'unstated'
    left join known_country as partner
        on partner.country = case
            when procedure_meaning.flow = 'M' then movement.origin_country
            else movement.destination_country
        end
    left join known_country as trading
        on trading.country = movement.trading_country
    left join known_country as first_destination
        on first_destination.country = movement.first_destination_country
    left join known_mode as at_border
        on at_border.mode = movement.border_transport_mode
    left join known_mode as inland
        on inland.mode = movement.inland_transport_mode

)

select
    period,
    flow,
    record_class,
    in_general,
    in_special_relaxed,
    in_special_strict,
    hs2,
    partner,
    trading_country,
    first_destination_country,
    border_transport_mode,
    inland_transport_mode,
    sum(declared_value) as declared_value,
    sum(net_mass_kg) as net_mass_kg,
    sum(value_missing_count) as value_missing_count,
    sum(net_mass_missing_count) as net_mass_missing_count,
    sum(item_count) as item_count
from described
group by
    period,
    flow,
    record_class,
    in_general,
    in_special_relaxed,
    in_special_strict,
    hs2,
    partner,
    trading_country,
    first_destination_country,
    border_transport_mode,
    inland_transport_mode
