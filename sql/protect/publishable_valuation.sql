-- How values were found and how they differ, that may be published
--
-- In the trade system of the profile, by chapter. Confidentiality is not applied yet: no
-- cell is hidden, and every release says so.
--
-- method: R-1.30, R-1.70
-- grain:  period, flow, hs2, value_source, freight_source, insurance_source

select
    period,
    flow,
    hs2,
    value_source,
    freight_source,
    insurance_source,
    sum(item_count) as item_count,
    sum(statistical_value) as statistical_value,
    sum(fob_value) as fob_value,
    sum(freight_estimated_count) as freight_estimated_count,
    sum(freight_estimated_value) as freight_estimated_value,
    sum(compared_count) as compared_count,
    sum(compared_value) as compared_value,
    sum(compared_customs_value) as compared_customs_value,
    sum(compared_computed_value) as compared_computed_value,
    sum(excess_count) as excess_count,
    sum(excess_customs_value) as excess_customs_value,
    sum(excess_computed_value) as excess_computed_value,
    false as is_confidential
from value_difference
where case $trade_system
        when 'special_relaxed' then in_special_relaxed
        when 'special_strict' then in_special_strict
        else in_general
    end
group by
    period,
    flow,
    hs2,
    value_source,
    freight_source,
    insurance_source
