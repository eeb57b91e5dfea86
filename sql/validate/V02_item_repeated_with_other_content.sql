-- The same item of the same version has two contents
--
-- One declaration, version and item number came twice, and the two differ, be it only in what
-- the header says for all items, such as freight: which one is right has to be decided, and
-- both are held until then, each in its own month. The same content twice is a second receipt,
-- kept once and counted, and no finding.
--
-- class:    set
-- judges:   item
-- severity: error
-- field:    item_no

with contradicted as (

    select
        declaration_id,
        coalesce(version, 1) as version,
        item_no
    from repeated_item
    group by
        declaration_id,
        coalesce(version, 1),
        item_no
    having count(distinct content) > 1

)

select
    repeated_item.declaration_id,
    repeated_item.item_no,
    contradicted.version as observed,
    repeated_item.batch_id,
    repeated_item.line_no,
    repeated_item.recording_date
from repeated_item
join contradicted
    on  contradicted.declaration_id = repeated_item.declaration_id
    and contradicted.version = coalesce(repeated_item.version, 1)
    and contradicted.item_no = repeated_item.item_no
where repeated_item.recording_date between $first_day and $last_day
