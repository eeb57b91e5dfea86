-- Which country has the goods of a route in its exports, by how the figures fit
--
-- Goods of one country that are consigned from another may be in the exports of either.
-- Each subheading is asked, over all months together: does the import lie nearer to the
-- partner's export with the amount of the route, or without it? `fitting_count` counts
-- those that fit better without, `failing_count` the others. Subheadings in which the
-- route is a small part of the flow, or of all routes, cannot tell.
--
-- The row with the `other` country empty is that of all routes of the country in the
-- same role.
--
-- imts:   6.13, 6.19
-- method: R-1.51, R-4.1
-- grain:  exporter, importer, role, other

with bound as (

    select max(value) as share_min
    from parameter
    where name = 'oecd_symmetry_max'
        and $last_day between valid_from and valid_to

),

route as (

    select
        exporter,
        importer,
        role,
        other,
        commodity_code,
        sum(amount) as amount
    from routed_flow
    group by
        exporter,
        importer,
        role,
        other,
        commodity_code

),

routed as (

    select
        exporter,
        importer,
        commodity_code,
        sum(abs(amount)) as amount
    from route
    group by
        exporter,
        importer,
        commodity_code

),

flow as (

    select
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.commodity_code,
        max(routed.amount) as routed_amount,
        max(mirror_cell.cif_fob_factor) as cif_fob_factor,
        sum(mirror_cell.import_value_fob) as import_value,
        sum(mirror_cell.export_value) as export_value
    from routed
    join mirror_cell
        on routed.exporter = mirror_cell.exporter
        and routed.importer = mirror_cell.importer
        and routed.commodity_code = mirror_cell.commodity_code
    where mirror_cell.class in ('matched', 'orphaned')
    group by
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.commodity_code

),

asked as (

    select
        route.exporter,
        route.importer,
        route.role,
        route.other,
        flow.import_value - coalesce(flow.export_value, 0) as gap,
        flow.import_value - coalesce(flow.export_value, 0) - route.amount / coalesce(flow.cif_fob_factor, 1) as gap_without
    from flow
    join route
        on flow.exporter = route.exporter
        and flow.importer = route.importer
        and flow.commodity_code = route.commodity_code
    where abs(route.amount) >= (select max(share_min) from bound) * greatest(flow.import_value, coalesce(flow.export_value, 0))
        and abs(route.amount) * 2 > flow.routed_amount

),

counted as (

    select
        exporter,
        importer,
        role,
        other,
        count(*) filter (where abs(gap_without) < abs(gap)) as fitting_count,
        count(*) filter (where abs(gap_without) >= abs(gap)) as failing_count
    from asked
    group by
        exporter,
        importer,
        role,
        other

)

select
    exporter,
    importer,
    role,
    other,
    fitting_count,
    failing_count
from counted
where other <> ''

union all

select
    exporter,
    importer,
    role,
    '' as other,
    cast(sum(fitting_count) as bigint) as fitting_count,
    cast(sum(failing_count) as bigint) as failing_count
from counted
group by
    exporter,
    importer,
    role
