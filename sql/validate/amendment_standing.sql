-- Every amendment, and whether it still corrects the declaration that it names
--
-- An amendment corrects the version that stood when it was made. A version that is
-- received after it states its own truth, and the amendment is overtaken: applied again it
-- would undo what the new version corrects, or bring back an item that it dropped. A first
-- version is the exception, because there is nothing to amend before it: where it is
-- received later, the two crossed on the way.
--
-- What came first is told by the place of the files in the order of receipt, and in one
-- file the amendment comes after the declarations. Of a version that was received more
-- than once the first receipt counts, for a second one says nothing new.
--
-- `standing` is `in force`, `overtaken` or, where no file holds the declaration, `unmatched`.
--
-- grain: batch_id, line_no, field

with amended as (

    select distinct reference
    from amendment

),

received_version as (

    select
        receipt.declaration_id,
        receipt.version,
        min(declaration_batch.position) as position
    from amended
    join receipt
        on receipt.declaration_id = amended.reference
    join declaration_batch
        on declaration_batch.batch_id = receipt.batch_id
    group by
        receipt.declaration_id,
        receipt.version

),

latest as (

    select
        declaration_id,
        max(version) as version,
        last_value(position order by version) as position
    from received_version
    group by declaration_id

)

select
    amendment.batch_id,
    amendment.line_no,
    amendment.received_on,
    amendment.reference,
    amendment.item_no,
    amendment.field,
    amendment.value,
    declaration_batch.position,
    latest.version,
    case
        when latest.version is null then 'unmatched'
        when latest.version > 1 and declaration_batch.position < latest.position then 'overtaken'
        else 'in force'
    end as standing
from amendment
join declaration_batch
    on declaration_batch.batch_id = amendment.batch_id
left join latest
    on latest.declaration_id = amendment.reference
