-- Both reports of a pair of countries, the indicators, and the bars that explain the gap
--
-- What `tradestat mirror` prints: the figures and indicators of `asymmetry`, and the bars
-- of `waterfall` added up to the same periods and goods. The gap is the import as reported
-- less the export; all bars and `unexplained` add up to it. The indicators take freight and
-- insurance off the import as reported, the bar `cif_fob` off what the bars before it leave:
-- the factor is the same, but where a unit is wrong or goods belong to another partner the
-- amounts differ. `explained_share` is about the single cells, so that gaps of opposite
-- signs do not hide each other: one less the sum of what is left without a cause, over the
-- sum of the gaps, both without their signs. It is negative where the bars move more value
-- than they explain.
--
-- method: R-4.1
-- grain:  exporter, importer, period_kind, period, dimension, code
-- view:   yes

with cell as (

    select
        exporter,
        importer,
        unnest(case frequency when 'M' then make_array('month', 'year') else make_array('year') end) as period_kind,
        period as month,
        year,
        level,
        commodity_code,
        reported_gap,
        unit_error,
        partner_concept,
        trade_system,
        reexport,
        cif_fob,
        time_lag,
        confidentiality,
        transit,
        hub_origin,
        classification,
        edition,
        threshold,
        unexplained
    from waterfall

),

placed as (

    select
        exporter,
        importer,
        period_kind,
        case period_kind when 'month' then month else year end as period,
        unnest(make_array('total', 'hs2', 'hs4', 'hs6')) as dimension,
        level,
        commodity_code,
        reported_gap,
        unit_error,
        partner_concept,
        trade_system,
        reexport,
        cif_fob,
        time_lag,
        confidentiality,
        transit,
        hub_origin,
        classification,
        edition,
        threshold,
        unexplained
    from cell

),

coded as (

    select
        exporter,
        importer,
        period_kind,
        period,
        dimension,
        case dimension
            when 'total' then 'TOTAL'
            when 'hs2' then left(commodity_code, 2)
            when 'hs4' then left(commodity_code, 4)
            else commodity_code
        end as code,
        reported_gap,
        unit_error,
        partner_concept,
        trade_system,
        reexport,
        cif_fob,
        time_lag,
        confidentiality,
        transit,
        hub_origin,
        classification,
        edition,
        threshold,
        unexplained
    from placed
    where level >= case dimension when 'total' then 0 else cast(right(dimension, 1) as int) end

),

bars as (

    select
        exporter,
        importer,
        period_kind,
        period,
        dimension,
        code,
        sum(unit_error) as unit_error,
        sum(partner_concept) as partner_concept,
        sum(trade_system) as trade_system,
        sum(reexport) as reexport,
        sum(cif_fob) as cif_fob,
        sum(time_lag) as time_lag,
        sum(confidentiality) as confidentiality,
        sum(transit) as transit,
        sum(hub_origin) as hub_origin,
        sum(classification) as classification,
        sum(edition) as edition,
        sum(threshold) as threshold,
        sum(unexplained) as unexplained,
        sum(abs(reported_gap)) as gross_gap,
        sum(abs(unexplained)) as gross_unexplained
    from coded
    group by
        exporter,
        importer,
        period_kind,
        period,
        dimension,
        code

)

select
    asymmetry.exporter,
    asymmetry.importer,
    asymmetry.period_kind,
    asymmetry.period,
    asymmetry.dimension,
    asymmetry.code,
    asymmetry.class,
    asymmetry.import_value,
    asymmetry.export_value,
    asymmetry.import_value_fob,
    asymmetry.lost_export_value,
    asymmetry.lost_import_value,
    asymmetry.asymmetry,
    asymmetry.ratio,
    asymmetry.relative_to_mean,
    asymmetry.coefficient,
    asymmetry.symmetric_index,
    asymmetry.relative_to_own,
    asymmetry.gross_asymmetry,
    asymmetry.export_mass_kg,
    asymmetry.import_mass_kg,
    asymmetry.mass_ratio,
    asymmetry.unit_value_ratio,
    asymmetry.asymmetry_unadjusted as gap,
    cast(bars.unit_error as decimal(38, 6)) as unit_error,
    cast(bars.partner_concept as decimal(38, 6)) as partner_concept,
    cast(bars.trade_system as decimal(38, 6)) as trade_system,
    cast(bars.reexport as decimal(38, 6)) as reexport,
    cast(bars.cif_fob as decimal(38, 6)) as cif_fob,
    cast(bars.time_lag as decimal(38, 6)) as time_lag,
    cast(bars.confidentiality as decimal(38, 6)) as confidentiality,
    cast(bars.transit as decimal(38, 6)) as transit,
    cast(bars.hub_origin as decimal(38, 6)) as hub_origin,
    cast(bars.classification as decimal(38, 6)) as classification,
    cast(bars.edition as decimal(38, 6)) as edition,
    cast(bars.threshold as decimal(38, 6)) as threshold,
    cast(bars.unexplained as decimal(38, 6)) as unexplained,
    cast(
        1 - round(try_cast(cast(bars.gross_unexplained as double) / cast(nullif(bars.gross_gap, 0) as double) as decimal(28, 10)), 6)
        as decimal(28, 6)
    ) as explained_share
from bars
right join asymmetry
    on bars.exporter = asymmetry.exporter
    and bars.importer = asymmetry.importer
    and bars.period_kind = asymmetry.period_kind
    and bars.period = asymmetry.period
    and bars.dimension = asymmetry.dimension
    and bars.code = asymmetry.code
