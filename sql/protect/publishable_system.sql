-- Trade in each of the three systems that may be published, by what sets them apart
--
-- Goods that all systems count are `same`; the others stand under the customs procedure
-- of UN Comtrade that makes the difference. The sum of a column is the total of its
-- system. Confidentiality is not applied yet: no cell is hidden, and every release says so.
--
-- method: R-1.20, R-1.70
-- grain:  period, flow, movement

select
    period,
    flow,
    case
        when in_general and in_special_relaxed and in_special_strict then 'same'
        else customs_procedure
    end as movement,
    coalesce(sum(statistical_value) filter (where in_general), 0) as general_value,
    coalesce(sum(statistical_value) filter (where in_special_relaxed), 0) as special_relaxed_value,
    coalesce(sum(statistical_value) filter (where in_special_strict), 0) as special_strict_value,
    coalesce(sum(estimated_value) filter (where in_general), 0) as general_estimated_value,
    coalesce(sum(estimated_value) filter (where in_special_relaxed), 0) as special_relaxed_estimated_value,
    coalesce(sum(estimated_value) filter (where in_special_strict), 0) as special_strict_estimated_value,
    sum(item_count) as item_count,
    false as is_confidential
from system_difference
group by
    period,
    flow,
    case
        when in_general and in_special_relaxed and in_special_strict then 'same'
        else customs_procedure
    end
