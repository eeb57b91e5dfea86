-- Flows worth a look at control, with the evidence
--
-- The ranked list of `mirror_screen` for the flows of the reporting country, with what both
-- sides report of value and mass. The gap is not the difference of the two reports, but what
-- is left of it after freight, insurance and all that the records explain. It is a worklist:
-- a difference is a question to a declaration, not an answer about a trader.
--
-- method:   R-4.1
-- grain:    screen, flow, partner, period, commodity_code
-- unit:     thousand_usd
-- decimals: 1
-- notes:    mirror_values, mirror_estimate, rounding

with screened as (

    select
        mirror_screen.screen,
        mirror_screen.exporter,
        mirror_screen.importer,
        case when mirror_screen.importer = $reporter then 'M' else 'X' end as flow,
        case when mirror_screen.importer = $reporter then mirror_screen.exporter else mirror_screen.importer end as partner,
        case mirror_screen.frequency when 'M' then 'month' else 'year' end as period_kind,
        mirror_screen.frequency,
        mirror_screen.period,
        mirror_screen.commodity_code,
        concat('hs', length(mirror_screen.commodity_code)) as dimension,
        mirror_screen.other_code,
        mirror_screen.gap,
        mirror_screen.size
    from mirror_screen
    where (mirror_screen.importer = $reporter or mirror_screen.exporter = $reporter)
        and mirror_screen.exporter <> mirror_screen.importer

),

evident as (

    select
        screened.screen,
        screened.flow,
        screened.partner,
        screened.frequency,
        screened.period,
        screened.commodity_code,
        screened.dimension,
        screened.other_code,
        case screened.flow when 'M' then mirror_comparison.import_value else mirror_comparison.export_value end as own_value,
        case screened.flow when 'M' then mirror_comparison.export_value else mirror_comparison.import_value end as partner_value,
        screened.gap,
        screened.size,
        case screened.flow when 'M' then mirror_comparison.import_mass_kg else mirror_comparison.export_mass_kg end as own_mass_kg,
        case screened.flow when 'M' then mirror_comparison.export_mass_kg else mirror_comparison.import_mass_kg end as partner_mass_kg,
        mirror_comparison.mass_ratio,
        mirror_comparison.unit_value_ratio
    from mirror_comparison
    right join screened
        on mirror_comparison.exporter = screened.exporter
        and mirror_comparison.importer = screened.importer
        and mirror_comparison.period_kind = screened.period_kind
        and mirror_comparison.period = screened.period
        and mirror_comparison.dimension = screened.dimension
        and mirror_comparison.code = screened.commodity_code

),

named as (

    select
        evident.screen,
        evident.flow,
        evident.partner,
        evident.frequency,
        evident.period,
        evident.commodity_code,
        coalesce(label.en, evident.commodity_code) as name,
        evident.other_code,
        evident.own_value,
        evident.partner_value,
        evident.gap,
        evident.size,
        evident.own_mass_kg,
        evident.partner_mass_kg,
        evident.mass_ratio,
        evident.unit_value_ratio
    from label
    right join evident
        on label.list = evident.dimension
        and label.code = evident.commodity_code

)

select
    row_number() over (
        order by
            case named.flow when 'M' then 0 else 1 end,
            named.screen,
            named.size desc,
            named.partner,
            named.commodity_code,
            named.period
    ) as row_order,
    'row' as row_kind,
    named.screen,
    coalesce(label.en, named.screen) as screen_name,
    named.flow,
    row_number() over (
        partition by named.screen, named.flow, named.partner
        order by named.size desc, named.commodity_code, named.period
    ) as rank,
    named.partner,
    named.frequency,
    named.period,
    named.commodity_code,
    named.name,
    named.other_code,
    named.own_value,
    named.partner_value,
    named.gap,
    named.size as evidence_value,
    named.own_mass_kg,
    named.partner_mass_kg,
    named.mass_ratio,
    named.unit_value_ratio,
    'e' as gap_flag,
    'e' as evidence_value_flag
from label
right join named
    on label.list = 'mirror_screen'
    and label.code = named.screen
order by row_order
