-- Each bar with all the others switched off
--
-- What one cause alone would explain of the gap as it was reported. A bar that is much
-- larger here than in `waterfall` shares its evidence with another one.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with sized as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        year,
        level,
        reported_gap,
        cif_fob,
        abs(gap) as size,
        case when gap < 0 then -1 else 1 end as direction,
        -- a claim of the other sign explains nothing of the gap
        greatest(0, case when gap < 0 then -time_lag_claim else time_lag_claim end) as time_lag,
        greatest(0, case when gap < 0 then -confidentiality_claim else confidentiality_claim end) as confidentiality,
        greatest(0, case when gap < 0 then -transit_claim else transit_claim end) as transit,
        greatest(0, case when gap < 0 then -hub_origin_claim else hub_origin_claim end) as hub_origin,
        greatest(0, case when gap < 0 then -classification_claim else classification_claim end) as classification,
        greatest(0, case when gap < 0 then -edition_claim else edition_claim end) as edition,
        greatest(0, case when gap < 0 then -threshold_claim else threshold_claim end) as threshold
    from claimed_gap
    where basis = 'alone'

)

select
    sized.exporter,
    sized.importer,
    sized.frequency,
    sized.period,
    sized.commodity_code,
    sized.year,
    sized.level,
    sized.reported_gap,
    coalesce(bar_unit_error.amount, 0) as unit_error,
    coalesce(bar_partner_concept.amount, 0) as partner_concept,
    coalesce(bar_trade_system.amount, 0) as trade_system,
    coalesce(bar_reexport.amount_alone, 0) as reexport,
    sized.cif_fob,
    cast(sized.direction * least(sized.size, sized.time_lag) as decimal(38, 6)) as time_lag,
    cast(sized.direction * least(sized.size, sized.confidentiality) as decimal(38, 6)) as confidentiality,
    cast(sized.direction * least(sized.size, sized.transit) as decimal(38, 6)) as transit,
    cast(sized.direction * least(sized.size, sized.hub_origin) as decimal(38, 6)) as hub_origin,
    cast(sized.direction * least(sized.size, sized.classification) as decimal(38, 6)) as classification,
    cast(sized.direction * least(sized.size, sized.edition) as decimal(38, 6)) as edition,
    cast(sized.direction * least(sized.size, sized.threshold) as decimal(38, 6)) as threshold
from bar_unit_error
right join (
    bar_trade_system
    right join (
        bar_reexport
        right join (
            bar_partner_concept
            right join sized
                on bar_partner_concept.exporter = sized.exporter
                and bar_partner_concept.importer = sized.importer
                and bar_partner_concept.frequency = sized.frequency
                and bar_partner_concept.period = sized.period
                and bar_partner_concept.commodity_code = sized.commodity_code
        )
            on bar_reexport.exporter = sized.exporter
            and bar_reexport.importer = sized.importer
            and bar_reexport.frequency = sized.frequency
            and bar_reexport.period = sized.period
            and bar_reexport.commodity_code = sized.commodity_code
    )
        on bar_trade_system.exporter = sized.exporter
        and bar_trade_system.importer = sized.importer
        and bar_trade_system.frequency = sized.frequency
        and bar_trade_system.period = sized.period
        and bar_trade_system.commodity_code = sized.commodity_code
)
    on bar_unit_error.exporter = sized.exporter
    and bar_unit_error.importer = sized.importer
    and bar_unit_error.frequency = sized.frequency
    and bar_unit_error.period = sized.period
    and bar_unit_error.commodity_code = sized.commodity_code
