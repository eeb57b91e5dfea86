-- Exports and imports of one flow side by side, one row a cell that either side reports
--
-- The export as the exporter reports it, FOB, and the import as the importer does,
-- mostly CIF. Goods of a reported total that its detail lacks stand under `9999XX`, or, where
-- that is more of it than a country hides, under `0000XX`: the detail was not asked for or not
-- sent as a whole, and what it lacks is no hidden trade.
-- A quantity is compared only if all of it is in one unit, and in the same on both
-- sides. Where a side is silent, `pair_period` says.
--
-- `class` (matched, orphaned, lost) tells a gap from silence: lost cells are no
-- asymmetry. Partners that are no country are `unspecified`; nobody mirrors them, and
-- they stay so that no value gets lost.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with bound as (

    select
        value as share_max,
        valid_from,
        valid_to
    from parameter
    where name = 'mirror_residual_share_max'

),

total as (

    select
        flow,
        exporter,
        importer,
        frequency,
        period,
        max(level) as level,
        bool_and(valuation = 'FOB') as is_fob,
        sum(value_usd) as value_usd
    from aligned_flow
    where kind = 'total'
    group by
        flow,
        exporter,
        importer,
        frequency,
        period

),

detail as (

    select
        total.flow,
        total.exporter,
        total.importer,
        total.frequency,
        total.period,
        sum(aligned_flow.value_usd) as value_usd
    from total
    join aligned_flow
        on total.flow = aligned_flow.flow
        and total.exporter = aligned_flow.exporter
        and total.importer = aligned_flow.importer
        and total.frequency = aligned_flow.frequency
        and total.period = aligned_flow.period
    where aligned_flow.kind = 'value'
    group by
        total.flow,
        total.exporter,
        total.importer,
        total.frequency,
        total.period

),

residual as (

    select
        total.flow,
        total.exporter,
        total.importer,
        total.frequency,
        total.period,
        total.level,
        total.is_fob,
        total.value_usd - coalesce(detail.value_usd, 0) as value_usd,
        total.value_usd - coalesce(detail.value_usd, 0) > bound.share_max * total.value_usd as is_not_sent
    from bound
    right join (
        detail
        right join total
            on detail.flow = total.flow
            and detail.exporter = total.exporter
            and detail.importer = total.importer
            and detail.frequency = total.frequency
            and detail.period = total.period
    )
        on total.period between bound.valid_from and bound.valid_to
    where total.value_usd - coalesce(detail.value_usd, 0) > 0

),

report as (

    select
        flow,
        exporter,
        importer,
        frequency,
        period,
        kind,
        level,
        commodity_code,
        valuation = 'FOB' as is_fob,
        value_usd,
        fob_value_usd,
        net_mass_kg,
        quantity,
        quantity_unit,
        is_confidential,
        is_uncertain
    from aligned_flow
    where kind <> 'total'

    union all

    select
        flow,
        exporter,
        importer,
        frequency,
        period,
        'value' as kind,
        level,
        case when level = 0 then 'TOTAL' when is_not_sent then '0000XX' else '9999XX' end as commodity_code,
        is_fob,
        value_usd,
        null as fob_value_usd,
        null as net_mass_kg,
        null as quantity,
        null as quantity_unit,
        true as is_confidential,
        false as is_uncertain
    from residual

),

cell as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        sum(value_usd) filter (where flow = 'X' and kind = 'value') as export_value,
        sum(value_usd) filter (where flow = 'M' and kind = 'value') as import_value,
        sum(fob_value_usd) filter (where flow = 'M' and kind = 'value') as import_fob_value,
        bool_or(flow = 'M' and kind = 'value' and fob_value_usd is null and value_usd <> 0) as import_fob_is_partial,
        sum(value_usd) filter (where kind = 'consignment') as consignment_value,
        sum(value_usd) filter (where kind = 'reexport') as reexport_value,
        sum(value_usd) filter (where flow = 'X' and kind = 'beyond') as export_beyond_value,
        sum(value_usd) filter (where flow = 'M' and kind = 'beyond') as import_beyond_value,
        sum(net_mass_kg) filter (where flow = 'X' and kind = 'value') as export_mass_kg,
        sum(net_mass_kg) filter (where flow = 'M' and kind = 'value') as import_mass_kg,
        bool_or(flow = 'X' and kind = 'value' and net_mass_kg is null and value_usd <> 0) as export_mass_is_partial,
        bool_or(flow = 'M' and kind = 'value' and net_mass_kg is null and value_usd <> 0) as import_mass_is_partial,
        sum(quantity) filter (where flow = 'X' and kind = 'value') as export_quantity,
        sum(quantity) filter (where flow = 'M' and kind = 'value') as import_quantity,
        bool_or(flow = 'X' and kind = 'value' and quantity is null and value_usd <> 0) as export_quantity_is_partial,
        bool_or(flow = 'M' and kind = 'value' and quantity is null and value_usd <> 0) as import_quantity_is_partial,
        min(quantity_unit) filter (where kind = 'value') as first_unit,
        max(quantity_unit) filter (where kind = 'value') as last_unit,
        sum(value_usd) filter (where flow = 'X' and kind = 'value' and is_uncertain) as export_uncertain_value,
        sum(value_usd) filter (where flow = 'M' and kind = 'value' and is_uncertain) as import_uncertain_value,
        bool_and(is_fob) filter (where flow = 'M') as import_is_fob,
        bool_or(is_confidential) filter (where flow = 'X') as export_is_confidential,
        bool_or(is_confidential) filter (where flow = 'M') as import_is_confidential
    from report
    group by
        exporter,
        importer,
        frequency,
        period,
        commodity_code

)

select
    cell.exporter,
    cell.importer,
    cell.frequency,
    cell.period,
    pair_period.year,
    cell.period between $first_day and $last_day as is_in_span,
    pair_period.edition,
    pair_period.level,
    cell.commodity_code,
    case
        when pair_period.partner_is_special then 'unspecified'
        when cell.export_value > 0 and cell.import_value > 0 then 'matched'
        when pair_period.export_is_reported and pair_period.import_is_reported then 'orphaned'
        else 'lost'
    end as class,
    pair_period.import_concept,
    pair_period.import_has_both_concepts,
    -- of each import by itself, because a country may value some free on board; one of both holds freight
    case when cell.import_is_fob then 'FOB' else 'CIF' end as import_valuation,
    cast(coalesce(cell.export_value, 0) as decimal(38, 6)) as export_value,
    cast(coalesce(cell.import_value, 0) as decimal(38, 6)) as import_value,
    -- as the importer reports it beside its value, of all the goods or of none
    cast(case when not cell.import_fob_is_partial then cell.import_fob_value end as decimal(38, 6)) as import_fob_value,
    -- empty where the reports have no such part
    cast(cell.consignment_value as decimal(38, 6)) as consignment_value,
    cast(cell.reexport_value as decimal(38, 6)) as reexport_value,
    cast(cell.export_beyond_value as decimal(38, 6)) as export_beyond_value,
    cast(cell.import_beyond_value as decimal(38, 6)) as import_beyond_value,
    -- a mass that lacks part of the goods is no mass
    cast(case when not cell.export_mass_is_partial then cell.export_mass_kg end as decimal(38, 6)) as export_mass_kg,
    cast(case when not cell.import_mass_is_partial then cell.import_mass_kg end as decimal(38, 6)) as import_mass_kg,
    cast(
        case when cell.first_unit = cell.last_unit and not cell.export_quantity_is_partial then cell.export_quantity end
        as decimal(38, 6)
    ) as export_quantity,
    cast(
        case when cell.first_unit = cell.last_unit and not cell.import_quantity_is_partial then cell.import_quantity end
        as decimal(38, 6)
    ) as import_quantity,
    case when cell.first_unit = cell.last_unit then cell.first_unit end as quantity_unit,
    cast(cell.export_uncertain_value as decimal(38, 6)) as export_uncertain_value,
    cast(cell.import_uncertain_value as decimal(38, 6)) as import_uncertain_value,
    coalesce(cell.export_is_confidential, false) as export_is_confidential,
    coalesce(cell.import_is_confidential, false) as import_is_confidential
from pair_period
right join cell
    on pair_period.exporter = cell.exporter
    and pair_period.importer = cell.importer
    and pair_period.frequency = cell.frequency
    and pair_period.period = cell.period
