-- How the values were found: declared, assessed and computed, freight and insurance
--
-- The first rows say what the statistical values are made of. The compared rows are
-- three values of the same goods: those that were declared, assessed by customs, and
-- can be computed from the invoice and its delivery terms; where customs assessed more
-- than the computed value, the difference is not trade. Then come the sources of freight
-- and of insurance, and imports at FOB value, the supplement to their CIF value, with
-- the value of the goods whose freight is an estimate. Shares are of the total.
--
-- imts:     4.8
-- method:   R-1.30, R-1.32, R-1.36
-- grain:    measure
-- unit:     thousand_usd
-- decimals: 1

with cell as (

    select
        publishable_valuation.flow,
        publishable_valuation.value_source,
        publishable_valuation.freight_source,
        publishable_valuation.insurance_source,
        publishable_valuation.item_count,
        publishable_valuation.statistical_value,
        publishable_valuation.fob_value,
        publishable_valuation.freight_estimated_count,
        publishable_valuation.freight_estimated_value,
        publishable_valuation.compared_count,
        publishable_valuation.compared_value,
        publishable_valuation.compared_customs_value,
        publishable_valuation.compared_computed_value,
        publishable_valuation.excess_count,
        publishable_valuation.excess_customs_value,
        publishable_valuation.excess_computed_value,
        compared_month.is_month
    from compared_month
    join publishable_valuation
        on publishable_valuation.period = compared_month.period
        and publishable_valuation.flow = compared_month.flow
    where compared_month.is_to_date

),

line as (

    select
        'total' as measure,
        0 as place,
        'total' as row_kind,
        flow,
        is_month,
        statistical_value as value,
        item_count as item_count
    from cell

    union all

    select
        concat('value_', value_source) as measure,
        1 as place,
        'row' as row_kind,
        flow,
        is_month,
        statistical_value as value,
        item_count as item_count
    from cell

    union all

    select
        'compared_declared' as measure,
        2 as place,
        'row' as row_kind,
        flow,
        is_month,
        compared_value as value,
        compared_count as item_count
    from cell
    where value_source = 'declared'

    union all

    select
        'compared_assessed' as measure,
        3 as place,
        'row' as row_kind,
        flow,
        is_month,
        compared_customs_value as value,
        compared_count as item_count
    from cell
    where value_source = 'declared'

    union all

    select
        'compared_computed' as measure,
        4 as place,
        'row' as row_kind,
        flow,
        is_month,
        compared_computed_value as value,
        compared_count as item_count
    from cell
    where value_source = 'declared'

    union all

    select
        'excess_assessed' as measure,
        5 as place,
        'row' as row_kind,
        flow,
        is_month,
        excess_customs_value as value,
        excess_count as item_count
    from cell
    where value_source = 'declared'

    union all

    select
        'excess_difference' as measure,
        6 as place,
        'row' as row_kind,
        flow,
        is_month,
        excess_customs_value - excess_computed_value as value,
        excess_count as item_count
    from cell
    where value_source = 'declared'

    union all

    select
        concat('freight_', freight_source) as measure,
        7 as place,
        'row' as row_kind,
        flow,
        is_month,
        statistical_value as value,
        item_count as item_count
    from cell

    union all

    select
        concat('insurance_', insurance_source) as measure,
        8 as place,
        'row' as row_kind,
        flow,
        is_month,
        statistical_value as value,
        item_count as item_count
    from cell

    union all

    select
        'fob' as measure,
        9 as place,
        'row' as row_kind,
        flow,
        is_month,
        fob_value as value,
        item_count as item_count
    from cell

    union all

    select
        'fob_freight_estimated' as measure,
        10 as place,
        'row' as row_kind,
        flow,
        is_month,
        freight_estimated_value as value,
        freight_estimated_count as item_count
    from cell

),

summed as (

    select
        measure,
        place,
        row_kind,
        coalesce(sum(value) filter (where flow = 'X' and is_month), 0) as export_month,
        coalesce(sum(value) filter (where flow = 'X'), 0) as export_to_date,
        coalesce(sum(item_count) filter (where flow = 'X'), 0) as export_item_count,
        coalesce(sum(value) filter (where flow = 'M' and is_month), 0) as import_month,
        coalesce(sum(value) filter (where flow = 'M'), 0) as import_to_date,
        coalesce(sum(item_count) filter (where flow = 'M'), 0) as import_item_count
    from line
    group by
        measure,
        place,
        row_kind

),

whole as (

    select
        max(export_to_date) filter (where row_kind = 'total') as export_to_date,
        max(import_to_date) filter (where row_kind = 'total') as import_to_date
    from summed

),

shared as (

    select
        summed.measure,
        summed.place,
        summed.row_kind,
        summed.export_month,
        summed.export_to_date,
        cast(
            cast(summed.export_to_date as decimal(28, 6)) / nullif(cast(whole.export_to_date as decimal(28, 6)), 0) as decimal(18, 10)
        ) as export_share,
        summed.export_item_count,
        summed.import_month,
        summed.import_to_date,
        cast(
            cast(summed.import_to_date as decimal(28, 6)) / nullif(cast(whole.import_to_date as decimal(28, 6)), 0) as decimal(18, 10)
        ) as import_share,
        summed.import_item_count
    from whole
    cross join summed

)

select
    row_number() over (
        order by
            shared.place,
            shared.measure
    ) as row_order,
    shared.row_kind,
    shared.measure,
    coalesce(label.en, shared.measure) as name,
    case when compared_flow.has_export_month then shared.export_month end as export_month,
    case when compared_flow.has_export_to_date then shared.export_to_date end as export_to_date,
    case when compared_flow.has_export_to_date then shared.export_share end as export_share,
    case when compared_flow.has_export_to_date then shared.export_item_count end as export_item_count,
    case when compared_flow.has_import_month then shared.import_month end as import_month,
    case when compared_flow.has_import_to_date then shared.import_to_date end as import_to_date,
    case when compared_flow.has_import_to_date then shared.import_share end as import_share,
    case when compared_flow.has_import_to_date then shared.import_item_count end as import_item_count
from compared_flow
cross join (
    label
    right join shared
        on label.list = 'valuation'
        and label.code = shared.measure
)
order by row_order
