-- Bar: the partner of an import is its country of origin, that of an export its destination
--
-- Evidence: the importer gives both concepts, and the exports of the partner fit the
-- imports by consignment better than those by origin; see `concept_evidence`. The bar
-- is the goods of the routes that fit: above nil for a country whose goods were sold
-- on by another, below nil for one that passes on the goods of others. A country that
-- follows its goods to the end has them in its exports, and no bar. Where only origin
-- is known there is no evidence.
--
-- A route that few subheadings show goes the way of its country of origin, for what the
-- exports there lack is with the country of consignment; where no figures of that
-- country tell, it goes the way of the other thin routes of the same country and role.
--
-- imts:   6.13, 6.19
-- method: R-1.51, R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with bound as (

    select max(value) as count_min
    from parameter
    where name = 'mirror_concept_subheadings_min'
        and $last_day between valid_from and valid_to

),

route as (

    select distinct
        exporter,
        importer,
        role,
        other
    from routed_flow

),

shown as (

    select
        route.exporter,
        route.importer,
        route.role,
        route.other,
        coalesce(concept_evidence.fitting_count, 0) as fitting_count,
        coalesce(concept_evidence.failing_count, 0) as failing_count,
        coalesce(concept_evidence.fitting_count + concept_evidence.failing_count, 0) < (select max(count_min) from bound) as is_thin
    from concept_evidence
    right join route
        on concept_evidence.exporter = route.exporter
        and concept_evidence.importer = route.importer
        and concept_evidence.role = route.role
        and concept_evidence.other = route.other

),

pooled as (

    select
        exporter,
        importer,
        role,
        sum(fitting_count) as fitting_count,
        sum(failing_count) as failing_count
    from shown
    where is_thin
    group by
        exporter,
        importer,
        role

),

-- what the exports of the country of origin show of all its routes
habit as (

    select
        exporter,
        importer,
        fitting_count,
        failing_count
    from concept_evidence
    where role = 'origin'
        and other = ''
        and fitting_count + failing_count >= (select max(count_min) from bound)

),

judged as (

    select
        shown.exporter,
        shown.importer,
        shown.role,
        shown.other,
        case
            when not shown.is_thin then shown.fitting_count > shown.failing_count
            when shown.role = 'consignment' and habit.exporter is not null then habit.fitting_count > habit.failing_count
            else pooled.fitting_count > pooled.failing_count
        end as is_fitting
    from shown
    left join habit
        on shown.other = habit.exporter
        and shown.importer = habit.importer
    left join pooled
        on shown.exporter = pooled.exporter
        and shown.importer = pooled.importer
        and shown.role = pooled.role

),

moved as (

    select
        routed_flow.exporter,
        routed_flow.importer,
        routed_flow.frequency,
        routed_flow.period,
        routed_flow.commodity_code,
        sum(routed_flow.amount) as amount
    from judged
    join routed_flow
        on judged.exporter = routed_flow.exporter
        and judged.importer = routed_flow.importer
        and judged.role = routed_flow.role
        and judged.other = routed_flow.other
    where judged.is_fitting
    group by
        routed_flow.exporter,
        routed_flow.importer,
        routed_flow.frequency,
        routed_flow.period,
        routed_flow.commodity_code

)

select
    mirror_cell.exporter,
    mirror_cell.importer,
    mirror_cell.frequency,
    mirror_cell.period,
    mirror_cell.commodity_code,
    cast(moved.amount as decimal(38, 6)) as amount
from moved
join mirror_cell
    on moved.exporter = mirror_cell.exporter
    and moved.importer = mirror_cell.importer
    and moved.frequency = mirror_cell.frequency
    and moved.period = mirror_cell.period
    and moved.commodity_code = mirror_cell.commodity_code
where mirror_cell.class in ('matched', 'orphaned')
    and moved.amount <> 0
