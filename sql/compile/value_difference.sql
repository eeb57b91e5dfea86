-- Declared, assessed and computed value of counted goods, and how freight was found
--
-- By what the statistical value, the freight and the insurance come from. Where customs
-- has assessed a value and the delivery terms let one be computed from the invoice, the
-- three stand side by side, in the statistical currency at the rate of the day: the
-- `compared_` columns are of the same goods. Customs values above the computed ones
-- beyond the parameter customs_excess_min show what minimum prices add; they are kept
-- apart, because they grow without any trade.
--
-- Sums of a day share its rate, so that they are divided and not each item.
--
-- imts:   4.1, 4.8
-- method: R-1.30, R-1.32, R-1.36
-- grain:  period, flow, in_general, in_special_relaxed, in_special_strict, hs2, customs_office,
--         value_source, freight_source, insurance_source

with cell as (

    select
        period,
        scope_no,
        hs2,
        arrow_cast(customs_office, 'Utf8View') as customs_office,
        value_source,
        freight_source,
        insurance_source,
        rate,
        count(*) as item_count,
        sum(statistical_value) as statistical_value,
        sum(fob_value) as fob_value,
        count(*) filter (where freight_is_estimated) as freight_estimated_count,
        sum(statistical_value) filter (where freight_is_estimated) as freight_estimated_value,
        count(customs_exceeds) as compared_count,
        sum(statistical_value) filter (where customs_exceeds is not null) as compared_value,
        try_cast(sum(customs_value) filter (where customs_exceeds is not null) as decimal(24, 2)) as compared_customs,
        try_cast(sum(computed_national) filter (where customs_exceeds is not null) as decimal(24, 6)) as compared_computed,
        count(*) filter (where customs_exceeds) as excess_count,
        try_cast(sum(customs_value) filter (where customs_exceeds) as decimal(24, 2)) as excess_customs,
        try_cast(sum(computed_national) filter (where customs_exceeds) as decimal(24, 6)) as excess_computed
    from measured_item
    group by
        period,
        scope_no,
        hs2,
        arrow_cast(customs_office, 'Utf8View'),
        value_source,
        freight_source,
        insurance_source,
        rate

),

converted as (

    select
        period,
        scope_no,
        hs2,
        customs_office,
        value_source,
        freight_source,
        insurance_source,
        item_count,
        statistical_value,
        fob_value,
        freight_estimated_count,
        freight_estimated_value,
        compared_count,
        compared_value,
        cast(compared_customs / rate as decimal(28, 6)) as compared_customs_value,
        cast(compared_computed / rate as decimal(28, 6)) as compared_computed_value,
        excess_count,
        cast(excess_customs / rate as decimal(28, 6)) as excess_customs_value,
        cast(excess_computed / rate as decimal(28, 6)) as excess_computed_value
    from cell

)

select
    converted.period,
    scope.flow,
    scope.in_general,
    scope.in_special_relaxed,
    scope.in_special_strict,
    converted.hs2,
    coalesce(converted.customs_office, 'unspecified') as customs_office,
    converted.value_source,
    converted.freight_source,
    converted.insurance_source,
    sum(converted.item_count) as item_count,
    sum(converted.statistical_value) as statistical_value,
    sum(converted.fob_value) as fob_value,
    sum(converted.freight_estimated_count) as freight_estimated_count,
    coalesce(sum(converted.freight_estimated_value), 0) as freight_estimated_value,
    sum(converted.compared_count) as compared_count,
    coalesce(sum(converted.compared_value), 0) as compared_value,
    coalesce(sum(converted.compared_customs_value), 0) as compared_customs_value,
    coalesce(sum(converted.compared_computed_value), 0) as compared_computed_value,
    sum(converted.excess_count) as excess_count,
    coalesce(sum(converted.excess_customs_value), 0) as excess_customs_value,
    coalesce(sum(converted.excess_computed_value), 0) as excess_computed_value
from scope
join converted
    on converted.scope_no = scope.scope_no
where scope.record_class = 'include'
group by
    converted.period,
    scope.flow,
    scope.in_general,
    scope.in_special_relaxed,
    scope.in_special_strict,
    converted.hs2,
    converted.customs_office,
    converted.value_source,
    converted.freight_source,
    converted.insurance_source
