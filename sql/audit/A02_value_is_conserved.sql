-- Declared value in = counted + excluded + separate, per flow, and what was set aside
--
-- The items of the compiled months that were not set aside, with the corrected copies
-- and the items that amendments added, are added up again from the store, without the
-- steps that compile, and must give the account to the cent and to the item. What was
-- set aside has its own reason for each item, so that in = counted + excluded +
-- separate + superseded + held closes with it.
--
-- method: R-1.20

with scope_of_procedure as (

    select
        arrow_cast(procedure_code, 'Dictionary(Int32, Utf8)') as procedure_code,
        flow
    from procedure_scope

),

item_in as (

    select
        item.procedure_code,
        item.statistical_value
    from set_aside
    right anti join item
        on item.batch_id = set_aside.batch_id
        and item.line_no = set_aside.line_no
    where case
            when $recording_date in ('acceptance', 'acceptance_else_release')
                then coalesce(item.acceptance_date, item.release_date, item.received_on)
            when $recording_date in ('arrival', 'arrival_else_release')
                then coalesce(item.arrival_date, item.release_date, item.acceptance_date, item.received_on)
            else coalesce(item.release_date, item.acceptance_date, item.received_on)
        end between $first_day and $last_day

    union all

    select
        procedure_code,
        statistical_value
    from corrected_item

),

value_in as (

    select
        coalesce(scope_of_procedure.flow, '-') as flow,
        count(*) as item_count,
        coalesce(sum(item_in.statistical_value), 0) as declared_value
    from scope_of_procedure
    right join item_in
        on item_in.procedure_code = scope_of_procedure.procedure_code
    group by coalesce(scope_of_procedure.flow, '-')

),

value_out as (

    select
        flow,
        sum(item_count) as item_count,
        sum(declared_value) as declared_value
    from account
    where period between $first_day and $last_day
    group by flow

)

select
    coalesce(value_in.flow, value_out.flow) as flow,
    value_in.item_count as items_in,
    value_out.item_count as items_accounted,
    value_in.declared_value as value_in,
    value_out.declared_value as value_accounted
from value_in
full join value_out
    on value_out.flow = value_in.flow
where (value_in.item_count is distinct from value_out.item_count)
    or (value_in.declared_value is distinct from value_out.declared_value)
