-- Deliveries of partner figures that a newer one replaces
--
-- A delivery is what one file says of one reporter and period. Two files of the same
-- source are vintages of each other if they tell of a common cell: then the newest is
-- in force and the other is out as a whole, so that a figure withdrawn by the source
-- does not live on. Files without a common cell (chapters, partners or measures sent
-- one by one) are parts of one vintage, and all of them count.
--
-- method: R-4.1
-- grain:  batch_id, reporter_key, frequency, period
-- view:   yes

with delivery as (

    select
        source,
        coalesce(reporter_code, reporter_name) as reporter_key,
        frequency,
        period,
        batch_id
    from partner_flow
    group by
        source,
        coalesce(reporter_code, reporter_name),
        frequency,
        period,
        batch_id

),

told_twice as (

    select
        source,
        reporter_key,
        frequency,
        period
    from delivery
    group by
        source,
        reporter_key,
        frequency,
        period
    having count(*) > 1

),

cell as (

    select distinct
        partner_flow.source,
        told_twice.reporter_key,
        partner_flow.frequency,
        partner_flow.period,
        concat_ws(
            '|',
            coalesce(partner_flow.partner_code, partner_flow.partner_name),
            coalesce(partner_flow.second_partner_code, ''),
            coalesce(partner_flow.partner_concept, ''),
            partner_flow.flow_code,
            coalesce(partner_flow.classification, ''),
            partner_flow.commodity_code,
            coalesce(partner_flow.customs_procedure, ''),
            coalesce(partner_flow.transport_mode, ''),
            coalesce(partner_flow.statistical_procedure, ''),
            coalesce(partner_flow.measure, '')
        ) as cell_key,
        partner_flow.batch_id
    from told_twice
    join partner_flow
        on told_twice.source = partner_flow.source
        and told_twice.reporter_key = coalesce(partner_flow.reporter_code, partner_flow.reporter_name)
        and told_twice.frequency = partner_flow.frequency
        and told_twice.period = partner_flow.period

),

placed as (

    select
        cell.source,
        cell.reporter_key,
        cell.frequency,
        cell.period,
        cell.cell_key,
        cell.batch_id,
        partner_batch.position
    from partner_batch
    join cell
        on partner_batch.batch_id = cell.batch_id

),

newest as (

    select
        source,
        reporter_key,
        frequency,
        period,
        cell_key,
        max(position) as position
    from placed
    group by
        source,
        reporter_key,
        frequency,
        period,
        cell_key
    having count(*) > 1

)

select
    placed.source,
    placed.batch_id,
    placed.reporter_key,
    placed.frequency,
    placed.period,
    count(*) as cell_count
from newest
join placed
    on newest.source = placed.source
    and newest.reporter_key = placed.reporter_key
    and newest.frequency = placed.frequency
    and newest.period = placed.period
    and newest.cell_key = placed.cell_key
where placed.position < newest.position
group by
    placed.source,
    placed.batch_id,
    placed.reporter_key,
    placed.frequency,
    placed.period
