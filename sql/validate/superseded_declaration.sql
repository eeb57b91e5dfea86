-- Declarations that a later version replaced, or that were cancelled
--
-- Superseding is by whole declaration: the highest version wins, also across
-- batches and months, so an item missing from the new version is gone. A
-- cancellation takes all items of its declaration out, be it a version of the
-- declaration or a message about it. Versions are numbered, so the order in which
-- their files arrived plays no part; a message is not, and one that a later version
-- overtook (`amendment_standing`) cancels nothing.
--
-- grain: batch_id, declaration_id, version

with latest as (

    select
        receipt.declaration_id,
        receipt.declaration_hash,
        max(receipt.version) as version
    from receipt
    group by
        receipt.declaration_id,
        receipt.declaration_hash

),

ended as (

    select
        latest.declaration_id,
        latest.declaration_hash,
        latest.version,
        bool_or(receipt.is_cancelled) as is_cancelled
    from latest
    join receipt
        on  receipt.declaration_hash = latest.declaration_hash
        and receipt.declaration_id = latest.declaration_id
        and receipt.version = latest.version
    group by
        latest.declaration_id,
        latest.declaration_hash,
        latest.version

),

withdrawn as (

    select distinct reference as declaration_id
    from amendment_standing
    where field = 'status'
        and value = 'cancelled'
        and item_no is null
        and standing = 'in force'

)

select distinct
    receipt.batch_id,
    receipt.declaration_id,
    receipt.version,
    case
        when receipt.version < ended.version then 'superseded'
        else 'cancelled'
    end as why
from receipt
join ended
    on  ended.declaration_hash = receipt.declaration_hash
    and ended.declaration_id = receipt.declaration_id
left join withdrawn
    on withdrawn.declaration_id = receipt.declaration_id
where receipt.version < ended.version
    or ended.is_cancelled
    or withdrawn.declaration_id is not null
