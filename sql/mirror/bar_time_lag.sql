-- Bar: the two sides count the same goods in different months
--
-- Evidence: the import follows the export of some months earlier (or later) clearly
-- better than that of the same month; see `flow_lag`. The figures of the moved side are
-- set into the months of the other, so the bar of a month is what stands there less
-- what belongs there: it moves value between months and makes none. A month may get a
-- bar that has no gap of its own.
--
-- Figures are moved in from months beside the span as well, and from months for which the
-- other side is silent. Where the moved side has no figures yet for the month that belongs
-- here (see `pair_reach`), what stands here belongs to another month all the same, and must
-- not count twice: the goods of this month are on their way. Nothing is known against
-- them, so the bar is the whole gap, as if they had arrived as they left.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with lag as (

    select
        flow_lag.basis,
        flow_lag.exporter,
        flow_lag.importer,
        flow_lag.commodity_code,
        flow_lag.moved_side,
        flow_lag.shift,
        -- months between the own record and the moved one, as they are added to the own month
        cast(
            concat(cast(case flow_lag.moved_side when 'export' then -flow_lag.shift else flow_lag.shift end as varchar), ' months')
            as interval
        ) as months,
        case flow_lag.moved_side when 'export' then pair_reach.first_export else pair_reach.first_import end as first_moved,
        case flow_lag.moved_side when 'export' then pair_reach.last_export else pair_reach.last_import end as last_moved,
        greatest(pair_reach.first_export, pair_reach.first_import) as first_compared,
        least(pair_reach.last_export, pair_reach.last_import) as last_compared
    from pair_reach
    join flow_lag
        on pair_reach.exporter = flow_lag.exporter
        and pair_reach.importer = flow_lag.importer

),

cell as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        period,
        export_value,
        import_value,
        cif_fob,
        -- with the other bars off, imports stand as they are reported
        case basis when 'alone' then import_value else import_value + cif_fob end as import_value_cif,
        case basis when 'alone' then import_value - cif_fob else import_value end as import_value_fob,
        round(export_value * (cif_fob_factor - 1), 6) as usual_freight,
        export_mass_kg,
        import_mass_kg,
        uncertain_value,
        export_is_confidential,
        import_is_confidential
    from open_gap
    where frequency = 'M'

),

moved as (

    select
        cell.basis,
        cell.exporter,
        cell.importer,
        cell.commodity_code,
        cell.period,
        lag.moved_side,
        lag.shift,
        cell.period between lag.first_compared and lag.last_compared as is_compared,
        cast(cell.period - lag.months as date) as belongs_in,
        cast(cell.period - lag.months as date) between lag.first_compared and lag.last_compared as is_compared_there,
        cast(cell.period + lag.months as date) between lag.first_moved and lag.last_moved as is_known,
        case lag.moved_side when 'export' then -cell.export_value else cell.import_value_cif end as amount,
        case when lag.moved_side = 'import' and cell.basis = 'ordered' then cell.cif_fob else 0 end as cif_fob,
        case lag.moved_side when 'export' then cell.export_mass_kg else cell.import_mass_kg end as mass_kg,
        cell.uncertain_value,
        case lag.moved_side when 'export' then cell.export_is_confidential else cell.import_is_confidential end as is_confidential,
        -- the same of goods of which the other side says nothing yet
        case lag.moved_side when 'export' then -cell.import_value_fob else cell.export_value + cell.usual_freight end as due_amount,
        case when lag.moved_side = 'import' and cell.basis = 'ordered' then cell.usual_freight else 0 end as due_cif_fob,
        case lag.moved_side when 'export' then cell.import_mass_kg else cell.export_mass_kg end as due_mass_kg
    from lag
    join cell
        on lag.basis = cell.basis
        and lag.exporter = cell.exporter
        and lag.importer = cell.importer
        and lag.commodity_code = cell.commodity_code

),

placed as (

    -- what stands in a month
    select
        basis,
        exporter,
        importer,
        commodity_code,
        period,
        moved_side,
        shift,
        amount,
        cif_fob,
        false as belongs_here,
        mass_kg,
        uncertain_value,
        is_confidential
    from moved
    where is_compared

    union all

    -- what belongs there
    select
        basis,
        exporter,
        importer,
        commodity_code,
        belongs_in as period,
        moved_side,
        shift,
        -amount as amount,
        -cif_fob as cif_fob,
        true as belongs_here,
        mass_kg,
        uncertain_value,
        is_confidential
    from moved
    where is_compared_there

    union all

    -- what is on its way
    select
        basis,
        exporter,
        importer,
        commodity_code,
        period,
        moved_side,
        shift,
        -due_amount as amount,
        -due_cif_fob as cif_fob,
        true as belongs_here,
        due_mass_kg as mass_kg,
        0 as uncertain_value,
        false as is_confidential
    from moved
    where is_compared
        and not is_known

)

select
    basis,
    exporter,
    importer,
    'M' as frequency,
    period,
    commodity_code,
    max(shift) as shift,
    max(moved_side) as moved_side,
    -- of an import with its freight and insurance, whose part stands in `cif_fob`
    cast(sum(amount) as decimal(38, 6)) as amount,
    cast(sum(cif_fob) as decimal(38, 6)) as cif_fob,
    -- of the figures that belong here
    cast(sum(mass_kg) filter (where belongs_here) as decimal(38, 6)) as mass_kg,
    cast(coalesce(sum(uncertain_value) filter (where belongs_here), 0) as decimal(38, 6)) as uncertain_value,
    coalesce(bool_or(is_confidential) filter (where belongs_here), false) as is_confidential
from placed
group by
    basis,
    exporter,
    importer,
    period,
    commodity_code
having sum(amount) <> 0
    or sum(cif_fob) <> 0
