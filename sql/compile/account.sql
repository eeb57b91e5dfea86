-- Where the accepted items went: counted, excluded or recorded separately, and why
--
-- In declared statistical value, per flow, so that with what was held, superseded and
-- faulted the account of a month closes: in = counted + excluded + separate +
-- superseded + held + faulted. `unknown` is a procedure that no list has; validation
-- holds such items, so the class must stay empty. The reason `undecided` is an item that
-- is counted as its procedure says, while its fields leave its category open.
--
-- method: R-1.20
-- grain:  period, flow, special_category, record_class, reason, hs2

select
    period,
    flow,
    special_category,
    record_class,
    reason,
    hs2,
    sum(item_count) as item_count,
    coalesce(sum(declared_value), 0) as declared_value,
    coalesce(sum(statistical_value), 0) as statistical_value,
    coalesce(sum(estimated_value), 0) as estimated_value,
    sum(value_missing_count) as value_missing_count,
    sum(fallback_date_count) as fallback_date_count
from movement_at_border
group by
    period,
    flow,
    special_category,
    record_class,
    reason,
    hs2
