-- What is counted has a value, a month, and a trade system that counts it
--
-- Compile finds the month and the rate of an item by its day, and its scope by its
-- procedure; an item that any list lost would be counted without value or nowhere.
-- Excluded and separate goods are in no system, counted goods in at least one, and a
-- procedure that no list has must not get this far.
--
-- method: R-1.20, R-1.60

select
    period,
    flow,
    record_class,
    reason,
    hs2,
    item_count,
    value_missing_count,
    case
        when period is null then 'no month'
        when record_class = 'unknown' then 'no such procedure'
        when record_class = 'include' and value_missing_count > 0 then 'no value'
        when record_class = 'include' and flow not in ('M', 'X') then 'no flow'
        when record_class = 'include' then 'in no trade system'
        else 'excluded, yet in a trade system'
    end as problem
from movement_at_border
where period is null
    or record_class = 'unknown'
    or (
        record_class = 'include'
        and (value_missing_count > 0 or flow not in ('M', 'X') or not (in_general or in_special_relaxed or in_special_strict))
    )
    or (record_class <> 'include' and (in_general or in_special_relaxed or in_special_strict))
