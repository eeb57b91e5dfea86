-- Items of declarations that a later version replaced, or that were cancelled
--
-- They stay in the store and out of the statistics, and their declared value is
-- a term of the audit that nothing is lost. An amendment may also take out a
-- single item of a declaration that stays, unless a later version overtook it.
--
-- grain: batch_id, line_no

with flow_of_procedure as (

    select
        procedure.procedure_code,
        max(procedure.flow) as flow
    from procedure
    where procedure.valid_from <= $last_day
        and procedure.valid_to >= $first_day
    group by procedure.procedure_code

),

withdrawn as (

    select distinct
        reference as declaration_id,
        item_no
    from amendment_standing
    where field = 'status'
        and value = 'cancelled'
        and item_no is not null
        and standing = 'in force'

)

select
    item.batch_id,
    item.line_no,
    item.declaration_id,
    coalesce(item.version, 1) as version,
    superseded_declaration.why is not null as is_whole_declaration,
    coalesce(superseded_declaration.why, 'cancelled') as why,
    -- as for every other item: a procedure that no list knows is in no flow
    flow_of_procedure.flow,
    item.statistical_value,
    case
        when $recording_date in ('acceptance', 'acceptance_else_release')
            then coalesce(item.acceptance_date, item.release_date, item.received_on)
        when $recording_date in ('arrival', 'arrival_else_release')
            then coalesce(item.arrival_date, item.release_date, item.acceptance_date, item.received_on)
        else coalesce(item.release_date, item.acceptance_date, item.received_on)
    end as recording_date
from item
left join superseded_declaration
    on  superseded_declaration.batch_id = item.batch_id
    and superseded_declaration.declaration_id = item.declaration_id
    and superseded_declaration.version = coalesce(item.version, 1)
left join withdrawn
    on  withdrawn.declaration_id = item.declaration_id
    and withdrawn.item_no = item.item_no
left join flow_of_procedure
    on  flow_of_procedure.procedure_code = item.procedure_code
where superseded_declaration.why is not null
    or withdrawn.item_no is not null
