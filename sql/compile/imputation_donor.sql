-- The ratios by which missing mass and quantity of a cell are estimated
--
-- For each code and partner of which something is missing or implausible: the donors of
-- the first level of `imputation_level` that rest on at least `donor_min_items` items in
-- the window of months that ends with the month itself. The ratio of a window is the
-- median of its months (`unit_value`), each of which counts once whatever its trade; for net
-- to gross mass it is the quotient of the sums. So a month that one wrong mass has spoilt
-- is borne where there are others, and is not where all donors are of one month.
-- Items count for a ratio that have both of its terms: mass and value, quantity and value,
-- mass and quantity, net and gross mass. A code has the levels of as many digits as it has;
-- that of ten digits by partner is the whole code, also of one that is shorter. What is
-- estimated in a unit, or from one, has donors in the same standard unit only: packs are
-- not estimated from pieces, whether the pieces are those of another subheading or of the
-- same one under an edition that counted it so. Masses by value or gross mass have donors
-- in any unit.
-- Each ratio stands with the number of its level; without donors there is none, and
-- what is missing stays missing.
--
-- imts:   CM 15.19
-- method: R-1.40, R-1.41
-- grain:  period, flow, partner, commodity_code

with setting as (

    select
        cast(
            cast(cast(max(value) filter (where name = 'unit_value_window_months') as bigint) as text) || ' months' as interval
        ) as months_looked_back,
        max(value) filter (where name = 'donor_min_items') as min_items
    from parameter
    where $last_day between valid_from and valid_to

),

need as (

    select
        period,
        flow,
        partner,
        commodity_code,
        hs6,
        supplementary_unit,
        bool_or(net_mass_missing_count > 0 or net_mass_is_implausible) as needs_mass,
        bool_or(gross_only_kg is not null) as has_gross,
        bool_or(quantity_only is not null) as has_quantity,
        bool_or(supplementary_unit <> 'kg' and (quantity_missing_count > 0 or quantity_is_implausible)) as needs_quantity,
        bool_or(mass_only_kg is not null) as has_mass
    from incomplete_trade
    group by
        period,
        flow,
        partner,
        commodity_code,
        hs6,
        supplementary_unit

),

wanted as (

    select
        need.period,
        need.flow,
        need.partner,
        need.commodity_code,
        need.hs6,
        imputation_level.measure,
        imputation_level.level_no,
        imputation_level.auxiliary,
        left(need.commodity_code, imputation_level.code_digits) as donor_code,
        case when imputation_level.by_partner then need.partner else '_T' end as donor_partner,
        imputation_level.by_partner and imputation_level.code_digits = 10 as donor_is_cell,
        case
            when imputation_level.measure = 'quantity' or imputation_level.auxiliary = 'quantity' then need.supplementary_unit
            else '_T'
        end as donor_unit
    from imputation_level
    cross join need
    where need.period between imputation_level.valid_from and imputation_level.valid_to
        and (
            length(need.commodity_code) >= imputation_level.code_digits
            or (imputation_level.by_partner and imputation_level.code_digits = 10)
        )
        and case
            when imputation_level.measure = 'quantity' and imputation_level.auxiliary = 'value' then need.needs_quantity
            when imputation_level.measure = 'quantity' then need.needs_quantity and need.has_mass
            when imputation_level.auxiliary = 'value' then need.needs_mass
            when imputation_level.auxiliary = 'gross_mass' then need.needs_mass and need.has_gross
            else need.needs_mass and need.has_quantity
        end

),

donor as (

    select distinct
        wanted.period,
        cast(wanted.period - setting.months_looked_back as date) as period_before,
        wanted.flow,
        wanted.donor_code,
        wanted.donor_partner,
        wanted.donor_is_cell,
        wanted.donor_unit
    from setting
    cross join wanted

),

looked_back as (

    select
        donor.period,
        donor.flow,
        donor.donor_code,
        donor.donor_partner,
        donor.donor_is_cell,
        donor.donor_unit,
        median(unit_value_history.value_per_kg) as value_per_kg,
        sum(unit_value_history.mass_items) as mass_items,
        median(unit_value_history.value_per_unit) as value_per_unit,
        sum(unit_value_history.quantity_items) as quantity_items,
        median(unit_value_history.kg_per_unit) as kg_per_unit,
        sum(unit_value_history.complete_items) as complete_items,
        cast(
            sum(unit_value_history.packed_net_kg) / nullif(sum(unit_value_history.packed_gross_kg), 0) as decimal(28, 10)
        ) as net_of_gross,
        sum(unit_value_history.packed_items) as packed_items
    from donor
    join unit_value_history
        on unit_value_history.flow = donor.flow
        and unit_value_history.code = donor.donor_code
        and unit_value_history.partner = donor.donor_partner
        and unit_value_history.is_cell = donor.donor_is_cell
        and unit_value_history.period > donor.period_before
        and unit_value_history.period <= donor.period
        and case
            when donor.donor_unit <> '_T' then unit_value_history.unit = donor.donor_unit
            -- a cell has all its ratios in one row, a group its kilograms in the row without a unit
            else donor.donor_is_cell or unit_value_history.unit is null
        end
    group by
        donor.period,
        donor.flow,
        donor.donor_code,
        donor.donor_partner,
        donor.donor_is_cell,
        donor.donor_unit

),

offered as (

    select
        wanted.period,
        wanted.flow,
        wanted.partner,
        wanted.commodity_code,
        wanted.hs6,
        wanted.measure,
        wanted.level_no,
        wanted.auxiliary,
        case
            when wanted.auxiliary = 'gross_mass' then looked_back.net_of_gross
            when wanted.auxiliary <> 'value' then looked_back.kg_per_unit
            when wanted.measure = 'quantity' then looked_back.value_per_unit
            else looked_back.value_per_kg
        end as ratio,
        case
            when wanted.auxiliary = 'gross_mass' then looked_back.packed_items
            when wanted.auxiliary in ('quantity', 'net_mass') then looked_back.complete_items
            when wanted.measure = 'quantity' then looked_back.quantity_items
            else looked_back.mass_items
        end as items
    from wanted
    join looked_back
        on looked_back.period = wanted.period
        and looked_back.flow = wanted.flow
        and looked_back.donor_code = wanted.donor_code
        and looked_back.donor_partner = wanted.donor_partner
        and looked_back.donor_is_cell = wanted.donor_is_cell
        and looked_back.donor_unit = wanted.donor_unit

)

select
    offered.period,
    offered.flow,
    offered.partner,
    offered.commodity_code,
    offered.hs6,
    first_value(offered.ratio order by offered.level_no) filter (where offered.auxiliary = 'gross_mass') as net_of_gross,
    min(offered.level_no) filter (where offered.auxiliary = 'gross_mass') as net_of_gross_level,
    first_value(offered.ratio order by offered.level_no) filter (where offered.auxiliary = 'quantity') as kg_per_unit,
    min(offered.level_no) filter (where offered.auxiliary = 'quantity') as kg_per_unit_level,
    first_value(offered.ratio order by offered.level_no) filter (
        where offered.auxiliary = 'value' and offered.measure = 'net_mass'
    ) as value_per_kg,
    min(offered.level_no) filter (where offered.auxiliary = 'value' and offered.measure = 'net_mass') as value_per_kg_level,
    first_value(offered.ratio order by offered.level_no) filter (
        where offered.auxiliary = 'value' and offered.measure = 'quantity'
    ) as value_per_unit,
    min(offered.level_no) filter (where offered.auxiliary = 'value' and offered.measure = 'quantity') as value_per_unit_level,
    first_value(offered.ratio order by offered.level_no) filter (where offered.auxiliary = 'net_mass') as quantity_kg_per_unit,
    min(offered.level_no) filter (where offered.auxiliary = 'net_mass') as quantity_kg_per_unit_level
from setting
join offered
    on offered.items >= setting.min_items
where offered.ratio > 0
group by
    offered.period,
    offered.flow,
    offered.partner,
    offered.commodity_code,
    offered.hs6
