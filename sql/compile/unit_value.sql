-- Unit values of a month by code and partner: donors of what is missing elsewhere
--
-- A donor cell is the month's trade in one national code with one partner, all systems
-- together, as far as its mass or quantity is declared. Its unit value is a quotient of
-- sums, as unit values are: the value of all its items by their mass or quantity, so that
-- large items weigh more, and one mass that is too large by a power of ten falsifies it. A
-- group of cells stands for the median of its cells, each of which counts once however much
-- it traded; of an even number it is the mean of the two in the middle. One false cell
-- among several hardly moves that, but nothing protects a group of one or two but the rules
-- about single items (V20, V44) and what is decided after them. A median over items would
-- bear a false one, and would cost a sort of all items.
--
-- Groups are those of the list `imputation_level`: codes that begin alike, with one partner
-- or all, `_T`. With one partner and ten digits a group is the cell itself, and has no other
-- row; a shorter national code is a cell, and a group of its own digits besides.
--
-- Kilograms are the same of all goods; pairs, packs and square metres are not. So a group
-- has one row for what is counted in kilograms, without a unit, and one row for each
-- standard unit of its subheadings, with the unit values and kilograms of that unit alone.
--
-- Medians are kept by month, so that a later month looks back on them and not on the
-- trade of a year. Kilograms a unit come from the goods of a cell that have both a mass
-- and a quantity, however many others have not. A row that is a cell itself says so; it is
-- of one unit, and holds all. The column `hs6` holds the code as far as a subheading.
--
-- imts:   CM 15.19
-- method: R-1.40, R-1.41
-- grain:  period, flow, code, partner, is_cell, unit

with level as (

    select distinct
        code_digits,
        by_partner,
        measure = 'quantity' or auxiliary = 'quantity' as is_of_unit
    from imputation_level
    where valid_from <= $last_day
        and valid_to >= $first_day

),

cell as (

    select
        period,
        flow,
        left(commodity_code, 10) as code,
        partner,
        max(supplementary_unit) as unit,
        sum(statistical_value - net_mass_missing_value) as mass_value,
        sum(net_mass_kg) as net_mass_kg,
        sum(item_count - net_mass_missing_count) as mass_items,
        sum(statistical_value - quantity_missing_value) filter (where supplementary_unit <> 'kg') as quantity_value,
        sum(supplementary_quantity) filter (where supplementary_unit <> 'kg') as quantity,
        coalesce(sum(item_count - quantity_missing_count) filter (where supplementary_unit <> 'kg'), 0) as quantity_items,
        sum(net_mass_kg - coalesce(mass_only_kg, 0)) filter (where supplementary_unit <> 'kg') as complete_mass_kg,
        sum(complete_quantity) filter (where supplementary_unit <> 'kg') as complete_quantity,
        coalesce(sum(complete_count) filter (where supplementary_unit <> 'kg'), 0) as complete_items,
        coalesce(sum(packed_net_kg), 0) as packed_net_kg,
        coalesce(sum(packed_gross_kg), 0) as packed_gross_kg,
        sum(packed_count) as packed_items
    from trade
    -- goods of a chapter without a subheading are no one kind of goods
    where hs6 not like '%XXXX'
    group by
        period,
        flow,
        left(commodity_code, 10),
        partner

),

ratio as (

    select
        period,
        flow,
        code,
        partner,
        unit,
        cast(mass_value / nullif(net_mass_kg, 0) as decimal(28, 10)) as value_per_kg,
        mass_items,
        cast(quantity_value / nullif(quantity, 0) as decimal(28, 10)) as value_per_unit,
        quantity_items,
        cast(cast(complete_mass_kg as decimal(38, 9)) / nullif(complete_quantity, 0) as decimal(28, 10)) as kg_per_unit,
        complete_items,
        packed_net_kg,
        packed_gross_kg,
        packed_items
    from cell

)

select
    period,
    flow,
    left(code, 6) as hs6,
    code,
    partner,
    true as is_cell,
    unit,
    value_per_kg,
    mass_items,
    value_per_unit,
    quantity_items,
    kg_per_unit,
    complete_items,
    packed_net_kg,
    packed_gross_kg,
    packed_items
from ratio

union all

select
    ratio.period,
    ratio.flow,
    left(ratio.code, least(level.code_digits, 6)) as hs6,
    left(ratio.code, level.code_digits) as code,
    case when level.by_partner then ratio.partner else '_T' end as partner,
    false as is_cell,
    case when level.is_of_unit then ratio.unit end as unit,
    median(case when not level.is_of_unit then ratio.value_per_kg end) as value_per_kg,
    sum(case when level.is_of_unit then 0 else ratio.mass_items end) as mass_items,
    median(case when level.is_of_unit then ratio.value_per_unit end) as value_per_unit,
    sum(case when level.is_of_unit then ratio.quantity_items else 0 end) as quantity_items,
    median(case when level.is_of_unit then ratio.kg_per_unit end) as kg_per_unit,
    sum(case when level.is_of_unit then ratio.complete_items else 0 end) as complete_items,
    sum(case when level.is_of_unit then 0 else ratio.packed_net_kg end) as packed_net_kg,
    sum(case when level.is_of_unit then 0 else ratio.packed_gross_kg end) as packed_gross_kg,
    sum(case when level.is_of_unit then 0 else ratio.packed_items end) as packed_items
from level
cross join ratio
where length(ratio.code) >= level.code_digits
    -- those are the cells themselves
    and not (level.by_partner and level.code_digits = 10)
    -- kilograms have the row without a unit, and goods without a quantity no row in theirs
    and (not level.is_of_unit or ratio.value_per_unit is not null)
group by
    ratio.period,
    ratio.flow,
    level.code_digits,
    left(ratio.code, level.code_digits),
    left(ratio.code, least(level.code_digits, 6)),
    case when level.by_partner then ratio.partner else '_T' end,
    case when level.is_of_unit then ratio.unit end
