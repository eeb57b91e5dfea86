-- Freight and insurance to be expected per value of goods, by month, mode, zone and chapter
--
-- From the complete items of the last months, the compiled one included, over as many
-- as the parameter freight_window_months says: all their freight by all their goods.
-- The first level that has enough items gives the ratio: flow, mode, zone and chapter;
-- flow, mode and zone; flow and mode; the flow. Where even that has too few, or sums
-- too large to divide, the general rate of the parameter cif_fob_rate_imf stands for
-- freight and insurance together, of which general_insurance_ratio is insurance. There is
-- one row for each combination that occurs in a compiled month.
--
-- `carriage_share` and `insurance_share` are what a CIF value holds of freight and
-- insurance, and of insurance alone.
--
-- imts:   4.8
-- method: R-1.32, R-1.36
-- grain:  period, flow, border_transport_mode, partner_zone, hs2

with choice as (

    select
        cast(
            cast(cast(max(value) filter (where name = 'freight_window_months') as int) as varchar) || ' months' as interval
        ) as months,
        max(value) filter (where name = 'freight_min_items') as min_items,
        cast(max(value) filter (where name = 'cif_fob_rate_imf') - 1 as decimal(10, 8)) as general_ratio,
        cast(max(value) filter (where name = 'general_insurance_ratio') as decimal(10, 8)) as general_insurance_ratio
    from parameter
    where $last_day between valid_from and valid_to

),

share as (

    select
        freight_share_history.period,
        freight_share_history.flow,
        freight_share_history.border_transport_mode,
        coalesce(known_mode.main_mode, '-') as main_mode,
        freight_share_history.partner_zone,
        freight_share_history.hs2,
        freight_share_history.freight,
        freight_share_history.insurance,
        freight_share_history.value,
        freight_share_history.item_count
    from freight_share_history
    left join known_mode
        on known_mode.mode = freight_share_history.border_transport_mode

),

compiled_month as (

    select distinct period
    from share
    where period between $first_day and $last_day

),

cell as (

    select
        compiled_month.period,
        share.flow,
        share.main_mode,
        share.partner_zone,
        share.hs2,
        sum(share.freight) as freight,
        sum(share.insurance) as insurance,
        sum(share.value) as value,
        sum(share.item_count) as item_count
    from compiled_month
    cross join choice
    join share
        on share.period <= compiled_month.period
        and share.period > compiled_month.period - choice.months
    group by
        compiled_month.period,
        share.flow,
        share.main_mode,
        share.partner_zone,
        share.hs2

),

summed as (

    select
        period,
        flow,
        main_mode,
        partner_zone,
        hs2,
        freight,
        insurance,
        value,
        item_count,
        sum(freight) over (partition by period, flow, main_mode, partner_zone) as zone_freight,
        sum(insurance) over (partition by period, flow, main_mode, partner_zone) as zone_insurance,
        sum(value) over (partition by period, flow, main_mode, partner_zone) as zone_value,
        sum(item_count) over (partition by period, flow, main_mode, partner_zone) as zone_count,
        sum(freight) over (partition by period, flow, main_mode) as mode_freight,
        sum(insurance) over (partition by period, flow, main_mode) as mode_insurance,
        sum(value) over (partition by period, flow, main_mode) as mode_value,
        sum(item_count) over (partition by period, flow, main_mode) as mode_count,
        sum(freight) over (partition by period, flow) as all_freight,
        sum(insurance) over (partition by period, flow) as all_insurance,
        sum(value) over (partition by period, flow) as all_value,
        sum(item_count) over (partition by period, flow) as all_count
    from cell

),

levelled as (

    select
        summed.period,
        summed.flow,
        summed.main_mode,
        summed.partner_zone,
        summed.hs2,
        choice.general_ratio - choice.general_insurance_ratio as general_freight_ratio,
        choice.general_insurance_ratio,
        case
            when summed.item_count >= choice.min_items then 'chapter'
            when summed.zone_count >= choice.min_items then 'zone'
            when summed.mode_count >= choice.min_items then 'mode'
            when summed.all_count >= choice.min_items then 'all'
        end as level,
        case
            when summed.item_count >= choice.min_items then summed.item_count
            when summed.zone_count >= choice.min_items then summed.zone_count
            when summed.mode_count >= choice.min_items then summed.mode_count
            when summed.all_count >= choice.min_items then summed.all_count
        end as item_count,
        case
            when summed.item_count >= choice.min_items then summed.freight
            when summed.zone_count >= choice.min_items then summed.zone_freight
            when summed.mode_count >= choice.min_items then summed.mode_freight
            when summed.all_count >= choice.min_items then summed.all_freight
        end as freight,
        case
            when summed.item_count >= choice.min_items then summed.insurance
            when summed.zone_count >= choice.min_items then summed.zone_insurance
            when summed.mode_count >= choice.min_items then summed.mode_insurance
            when summed.all_count >= choice.min_items then summed.all_insurance
        end as insurance,
        case
            when summed.item_count >= choice.min_items then summed.value
            when summed.zone_count >= choice.min_items then summed.zone_value
            when summed.mode_count >= choice.min_items then summed.mode_value
            when summed.all_count >= choice.min_items then summed.all_value
        end as value
    from summed
    cross join choice

),

divided as (

    select
        period,
        flow,
        main_mode,
        partner_zone,
        hs2,
        level,
        item_count,
        general_freight_ratio,
        general_insurance_ratio,
        try_cast(try_cast(freight as decimal(26, 8)) / try_cast(nullif(value, 0) as decimal(24, 2)) as decimal(10, 8))
            as freight_ratio,
        try_cast(try_cast(insurance as decimal(26, 8)) / try_cast(nullif(value, 0) as decimal(24, 2)) as decimal(10, 8))
            as insurance_ratio
    from levelled

),

ratio as (

    select
        period,
        flow,
        main_mode,
        partner_zone,
        hs2,
        case when freight_ratio is null then 'general' else level end as level,
        case when freight_ratio is not null then item_count end as item_count,
        coalesce(freight_ratio, general_freight_ratio) as freight_ratio,
        case when freight_ratio is null then general_insurance_ratio else coalesce(insurance_ratio, 0) end as insurance_ratio
    from divided

)

select
    share.period,
    share.flow,
    share.border_transport_mode,
    share.partner_zone,
    share.hs2,
    ratio.level,
    ratio.item_count,
    cast(ratio.freight_ratio as decimal(10, 8)) as freight_ratio,
    cast(ratio.insurance_ratio as decimal(10, 8)) as insurance_ratio,
    cast(
        (ratio.freight_ratio + ratio.insurance_ratio) / (1 + ratio.freight_ratio + ratio.insurance_ratio) as decimal(8, 8)
    ) as carriage_share,
    cast(ratio.insurance_ratio / (1 + ratio.freight_ratio + ratio.insurance_ratio) as decimal(8, 8)) as insurance_share
from ratio
join share
    on share.period = ratio.period
    and share.flow = ratio.flow
    and share.main_mode = ratio.main_mode
    and share.partner_zone = ratio.partner_zone
    and share.hs2 = ratio.hs2
