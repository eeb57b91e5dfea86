-- The comparison with partners as the reporting country sees it
--
-- `flow` is that of the reporting country: its imports stand beside what the partner says
-- it sent, its exports beside what the partner says it received. `own_value` is what the
-- country itself reports. Months of whole years are shown as years, others each alone. Goods
-- of the country's own origin that come back have no partner to ask, and are left out.
-- `main_cause` is the largest bar, whatever its sign; of equal ones the first.
--
-- method: R-4.1
-- grain:  flow, partner, period, dimension, code

with shown as (

    select
        case
            when cast(date_trunc('year', cast($first_day as date)) as date) = cast($first_day as date)
                and cast(date_trunc('year', cast($last_day as date) + interval '1 day') as date)
                    = cast(cast($last_day as date) + interval '1 day' as date)
                then 'year'
            else 'month'
        end as period_kind

),

own as (

    select
        case when mirror_comparison.importer = $reporter then 'M' else 'X' end as flow,
        case when mirror_comparison.importer = $reporter then mirror_comparison.exporter else mirror_comparison.importer end as partner,
        mirror_comparison.exporter,
        mirror_comparison.importer,
        mirror_comparison.period_kind,
        mirror_comparison.period,
        mirror_comparison.dimension,
        mirror_comparison.code,
        mirror_comparison.class,
        mirror_comparison.export_value,
        mirror_comparison.import_value,
        mirror_comparison.import_value_fob,
        mirror_comparison.asymmetry,
        mirror_comparison.ratio,
        mirror_comparison.relative_to_mean,
        mirror_comparison.symmetric_index,
        mirror_comparison.export_mass_kg,
        mirror_comparison.import_mass_kg,
        mirror_comparison.mass_ratio,
        mirror_comparison.unit_value_ratio,
        mirror_comparison.gap,
        mirror_comparison.unit_error,
        mirror_comparison.partner_concept,
        mirror_comparison.trade_system,
        mirror_comparison.reexport,
        mirror_comparison.cif_fob,
        mirror_comparison.time_lag,
        mirror_comparison.confidentiality,
        mirror_comparison.transit,
        mirror_comparison.hub_origin,
        mirror_comparison.classification,
        mirror_comparison.edition,
        mirror_comparison.threshold,
        mirror_comparison.unexplained,
        mirror_comparison.explained_share,
        greatest(
            abs(mirror_comparison.unit_error),
            abs(mirror_comparison.partner_concept),
            abs(mirror_comparison.trade_system),
            abs(mirror_comparison.reexport),
            abs(mirror_comparison.cif_fob),
            abs(mirror_comparison.time_lag),
            abs(mirror_comparison.confidentiality),
            abs(mirror_comparison.transit),
            abs(mirror_comparison.hub_origin),
            abs(mirror_comparison.classification),
            abs(mirror_comparison.edition),
            abs(mirror_comparison.threshold),
            abs(mirror_comparison.unexplained)
        ) as largest
    from shown
    join mirror_comparison
        on shown.period_kind = mirror_comparison.period_kind
    where (mirror_comparison.importer = $reporter or mirror_comparison.exporter = $reporter)
        and mirror_comparison.period between cast($first_day as date) and cast($last_day as date)
        and mirror_comparison.class <> 'lost'
        and mirror_comparison.exporter <> mirror_comparison.importer

)

select
    flow,
    partner,
    exporter,
    importer,
    case period_kind when 'year' then 'A' else 'M' end as frequency,
    period,
    dimension,
    code,
    class,
    case flow when 'M' then import_value else export_value end as own_value,
    case flow when 'M' then export_value else import_value end as partner_value,
    import_value,
    export_value,
    import_value_fob,
    asymmetry,
    ratio,
    relative_to_mean,
    symmetric_index,
    case flow when 'M' then import_mass_kg else export_mass_kg end as own_mass_kg,
    case flow when 'M' then export_mass_kg else import_mass_kg end as partner_mass_kg,
    mass_ratio,
    unit_value_ratio,
    gap,
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
    unexplained,
    cast(unit_error + partner_concept + trade_system + reexport as decimal(38, 6)) as recorded_gap,
    cast(cif_fob + time_lag + confidentiality + transit + hub_origin + classification + edition + threshold as decimal(38, 6)) as estimated_gap,
    explained_share,
    case
        when largest = 0 then null
        when abs(unit_error) = largest then 'unit_error'
        when abs(partner_concept) = largest then 'partner_concept'
        when abs(trade_system) = largest then 'trade_system'
        when abs(reexport) = largest then 'reexport'
        when abs(cif_fob) = largest then 'cif_fob'
        when abs(time_lag) = largest then 'time_lag'
        when abs(confidentiality) = largest then 'confidentiality'
        when abs(transit) = largest then 'transit'
        when abs(hub_origin) = largest then 'hub_origin'
        when abs(classification) = largest then 'classification'
        when abs(edition) = largest then 'edition'
        when abs(threshold) = largest then 'threshold'
        when abs(unexplained) = largest then 'unexplained'
    end as main_cause
from own
