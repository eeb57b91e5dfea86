-- What an import by origin has beyond that by consignment, by the country it came through
--
-- Imports by origin (`import_value`) less imports by consignment, in the cells of the
-- comparison. Own declarations tell the route: the amount stands once, above nil, at the
-- country of origin, with the country of consignment as the `other` one, and once below
-- nil at the country of consignment. Of other importers only the difference is known;
-- there `other` is empty.
--
-- imts:   6.13, 6.19
-- method: R-1.51, R-4.1
-- grain:  exporter, importer, role, other, frequency, period, commodity_code

with route as (

    select
        partner as exporter,
        'origin' as role,
        partner_consignment as other,
        period,
        commodity_code,
        value_usd as amount
    from own_route

    union all

    select
        partner_consignment as exporter,
        'consignment' as role,
        partner as other,
        period,
        commodity_code,
        -value_usd as amount
    from own_route

),

chosen as (

    select
        route.exporter,
        pair_basis.importer,
        route.role,
        route.other,
        pair_basis.frequency,
        case when pair_basis.frequency = 'M' then route.period else pair_basis.year end as period,
        pair_basis.import_hs_edition,
        pair_basis.edition,
        pair_basis.level,
        route.commodity_code,
        route.amount
    from pair_basis
    join route
        on pair_basis.exporter = route.exporter
        and pair_basis.year = cast(date_trunc('year', route.period) as date)
    where pair_basis.importer = $reporter
        and pair_basis.import_source = 'declarations'
        and pair_basis.frequency is not null

),

routed as (

    select
        chosen.exporter,
        chosen.importer,
        chosen.role,
        chosen.other,
        chosen.frequency,
        chosen.period,
        case
            when chosen.level = 0 then 'TOTAL'
            else left(coalesce(hs_correlation.to_code, chosen.commodity_code), chosen.level)
        end as commodity_code,
        sum(chosen.amount) as amount
    from hs_correlation
    right join chosen
        on hs_correlation.from_code = chosen.commodity_code
        and hs_correlation.from_edition = chosen.import_hs_edition
        and hs_correlation.to_edition = chosen.edition
    group by
        chosen.exporter,
        chosen.importer,
        chosen.role,
        chosen.other,
        chosen.frequency,
        chosen.period,
        case
            when chosen.level = 0 then 'TOTAL'
            else left(coalesce(hs_correlation.to_code, chosen.commodity_code), chosen.level)
        end

),

of_cell as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        sum(amount) as amount
    from routed
    group by
        exporter,
        importer,
        frequency,
        period,
        commodity_code

)

select
    exporter,
    importer,
    role,
    other,
    frequency,
    period,
    commodity_code,
    cast(amount as decimal(38, 6)) as amount
from routed
where amount <> 0

union all

select
    mirror_cell.exporter,
    mirror_cell.importer,
    'both' as role,
    '' as other,
    mirror_cell.frequency,
    mirror_cell.period,
    mirror_cell.commodity_code,
    cast(mirror_cell.import_value - coalesce(mirror_cell.consignment_value, 0) - coalesce(of_cell.amount, 0) as decimal(38, 6)) as amount
from of_cell
right join mirror_cell
    on of_cell.exporter = mirror_cell.exporter
    and of_cell.importer = mirror_cell.importer
    and of_cell.frequency = mirror_cell.frequency
    and of_cell.period = mirror_cell.period
    and of_cell.commodity_code = mirror_cell.commodity_code
where mirror_cell.import_has_both_concepts
    and mirror_cell.class in ('matched', 'orphaned')
    and mirror_cell.import_value - coalesce(mirror_cell.consignment_value, 0) - coalesce(of_cell.amount, 0) <> 0
