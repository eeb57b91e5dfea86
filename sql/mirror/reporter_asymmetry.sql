-- How well a country's figures agree with those of its partners, as exporter and importer
--
-- Of a reporter's compared flows by year, over all partners that have figures:
--
--   coefficient_absolute     CC1: sum of |X - M| over partners, over the sum of their means
--   coefficient_net          CC1: the same with the differences added up before |.|
--   coefficient_*_adjusted   both with M' in place of M
--   symmetry_index           share of the value whose relative asymmetry, cell by cell, is
--                            within the bound of the method
--   gross, net               sum of |A| over cells, and |sum of A|
--   concentration            share of the largest cells in the gross asymmetry
--
-- CC1 of one pair is `coefficient` in `asymmetry`.
--
-- method: R-4.1
-- grain:  reporter, role, period_kind, period

with bound as (

    select
        max(value) filter (where name = 'oecd_symmetry_max') as symmetry_max,
        cast(max(value) filter (where name = 'mirror_concentration_cells') as bigint) as cells
    from parameter
    where $last_day between valid_from and valid_to

),

pair as (

    select
        unnest(make_array('exporter', 'importer')) as role,
        exporter,
        importer,
        period_kind,
        period,
        export_value,
        import_value,
        import_value_fob,
        lost_export_value,
        lost_import_value
    from asymmetry
    where dimension = 'total'

),

of_reporter as (

    select
        case role when 'exporter' then exporter else importer end as reporter,
        role,
        period_kind,
        period,
        count(*) filter (where export_value + import_value > 0) as partner_count,
        sum(export_value) as export_value,
        sum(import_value) as import_value,
        sum(import_value_fob) as import_value_fob,
        sum(case role when 'exporter' then lost_export_value else lost_import_value end) as lost_value,
        sum(abs(export_value - import_value)) as absolute_difference,
        sum(abs(export_value - import_value_fob)) as absolute_difference_adjusted
    from pair
    group by
        case role when 'exporter' then exporter else importer end,
        role,
        period_kind,
        period

),

cell as (

    select
        exporter,
        importer,
        case frequency when 'M' then 'month' else 'year' end as period_kind,
        period,
        commodity_code,
        export_value,
        import_value_fob,
        abs(import_value_fob - export_value) as absolute_asymmetry
    from mirror_cell
    where is_in_span
        and class in ('matched', 'orphaned')

    union all

    select
        exporter,
        importer,
        'year' as period_kind,
        year as period,
        commodity_code,
        sum(export_value) as export_value,
        sum(import_value_fob) as import_value_fob,
        abs(sum(import_value_fob) - sum(export_value)) as absolute_asymmetry
    from mirror_cell
    where is_in_span
        and class in ('matched', 'orphaned')
        and frequency = 'M'
    group by
        exporter,
        importer,
        year,
        commodity_code

),

of_pair as (

    select
        exporter,
        importer,
        period_kind,
        period,
        count(*) as cell_count,
        sum(absolute_asymmetry) as gross_asymmetry,
        max(absolute_asymmetry) as largest_asymmetry,
        sum(export_value) as export_value,
        sum(import_value_fob) as import_value_fob,
        sum(export_value) filter (
            where absolute_asymmetry <= (select max(symmetry_max) from bound) * (export_value + import_value_fob) * 0.5
        ) as symmetric_export_value,
        sum(import_value_fob) filter (
            where absolute_asymmetry <= (select max(symmetry_max) from bound) * (export_value + import_value_fob) * 0.5
        ) as symmetric_import_value
    from cell
    group by
        exporter,
        importer,
        period_kind,
        period

),

pair_of_role as (

    select
        unnest(make_array('exporter', 'importer')) as role,
        exporter,
        importer,
        period_kind,
        period,
        cell_count,
        gross_asymmetry,
        largest_asymmetry,
        export_value,
        import_value_fob,
        symmetric_export_value,
        symmetric_import_value
    from of_pair

),

of_cells as (

    select
        case role when 'exporter' then exporter else importer end as reporter,
        role,
        period_kind,
        period,
        sum(cell_count) as cell_count,
        sum(gross_asymmetry) as gross_asymmetry,
        sum(case role when 'exporter' then export_value else import_value_fob end) as own_value,
        sum(case role when 'exporter' then symmetric_export_value else symmetric_import_value end) as symmetric_value,
        array_agg(largest_asymmetry order by largest_asymmetry desc) as largest_of_pairs
    from pair_of_role
    group by
        case role when 'exporter' then exporter else importer end,
        role,
        period_kind,
        period

),

-- cells smaller than this are not among the largest: as many pairs have one at least so large
size_bound as (

    select
        reporter,
        role,
        period_kind,
        period,
        coalesce(largest_of_pairs[(select max(cells) from bound)], 0) as size_min
    from of_cells

),

large_cell as (

    select
        unnest(make_array('exporter', 'importer')) as role,
        cell.exporter,
        cell.importer,
        cell.period_kind,
        cell.period,
        cell.absolute_asymmetry,
        of_exporter.size_min as exporter_min,
        of_importer.size_min as importer_min
    from size_bound as of_importer
    join (
        size_bound as of_exporter
        join cell
            on of_exporter.reporter = cell.exporter
            and of_exporter.period_kind = cell.period_kind
            and of_exporter.period = cell.period
    )
        on of_importer.reporter = cell.importer
        and of_importer.period_kind = cell.period_kind
        and of_importer.period = cell.period
    where of_exporter.role = 'exporter'
        and of_importer.role = 'importer'
        and cell.absolute_asymmetry >= least(of_exporter.size_min, of_importer.size_min)

),

ranked_cell as (

    select
        case role when 'exporter' then exporter else importer end as reporter,
        role,
        period_kind,
        period,
        absolute_asymmetry,
        row_number() over (
            partition by role, case role when 'exporter' then exporter else importer end, period_kind, period
            order by absolute_asymmetry desc
        ) as place
    from large_cell
    where absolute_asymmetry >= case role when 'exporter' then exporter_min else importer_min end

),

of_largest as (

    select
        reporter,
        role,
        period_kind,
        period,
        sum(absolute_asymmetry) as largest_asymmetries
    from ranked_cell
    where place <= (select max(cells) from bound)
    group by
        reporter,
        role,
        period_kind,
        period

)

select
    of_reporter.reporter,
    of_reporter.role,
    of_reporter.period_kind,
    of_reporter.period,
    cast(of_reporter.partner_count as int) as partner_count,
    of_reporter.export_value,
    of_reporter.import_value,
    of_reporter.import_value_fob,
    of_reporter.lost_value,
    cast(round(
        of_reporter.absolute_difference / nullif((of_reporter.export_value + of_reporter.import_value) * 0.5, 0), 6
    ) as decimal(38, 6)) as coefficient_absolute,
    cast(round(
        abs(of_reporter.export_value - of_reporter.import_value) / nullif((of_reporter.export_value + of_reporter.import_value) * 0.5, 0), 6
    ) as decimal(38, 6)) as coefficient_net,
    cast(round(
        of_reporter.absolute_difference_adjusted
            / nullif((of_reporter.export_value + of_reporter.import_value_fob) * 0.5, 0), 6
    ) as decimal(38, 6)) as coefficient_absolute_adjusted,
    cast(round(
        abs(of_reporter.export_value - of_reporter.import_value_fob)
            / nullif((of_reporter.export_value + of_reporter.import_value_fob) * 0.5, 0), 6
    ) as decimal(38, 6)) as coefficient_net_adjusted,
    cast(of_cells.cell_count as int) as cell_count,
    of_cells.gross_asymmetry,
    abs(of_reporter.import_value_fob - of_reporter.export_value) as net_asymmetry,
    cast(round(coalesce(of_cells.symmetric_value, 0) / nullif(of_cells.own_value, 0), 6) as decimal(38, 6)) as symmetry_index,
    cast(round(of_largest.largest_asymmetries / nullif(of_cells.gross_asymmetry, 0), 6) as decimal(38, 6)) as concentration
from of_reporter
left join of_cells
    on of_reporter.reporter = of_cells.reporter
    and of_reporter.role = of_cells.role
    and of_reporter.period_kind = of_cells.period_kind
    and of_reporter.period = of_cells.period
left join of_largest
    on of_reporter.reporter = of_largest.reporter
    and of_reporter.role = of_largest.role
    and of_reporter.period_kind = of_largest.period_kind
    and of_reporter.period = of_largest.period
