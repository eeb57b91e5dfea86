-- The months between the two records of each flow, as far as the figures show them
--
-- A shift is clear where it fits much better than none (or none much better than any
-- other), in cells enough; see `lag_fit`. A subheading whose own series is clear keeps
-- its own shift; else its chapter's counts, else that of the pair of countries. Where
-- nothing is clear the months stand as they are, and there is no row.
--
-- The figures of one side are moved into the months of the other: those of the partner
-- into the months of own declarations, else the export into the month of the import.
--
-- method: R-4.1
-- grain:  basis, exporter, importer, commodity_code

with bound as (

    select
        max(value) filter (where name = 'mirror_lag_cells_min') as cells_min,
        max(value) filter (where name = 'mirror_lag_similarity_min') as similarity_min,
        max(value) filter (where name = 'mirror_lag_similarity_gain_min') as gain_min
    from parameter
    where $last_day between valid_from and valid_to

),

ranked as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        shift,
        cell_count,
        similarity,
        coalesce(max(case when shift = 0 then similarity end) over (partition by basis, exporter, importer, commodity_code), 0) as at_once,
        coalesce(max(case when shift <> 0 then similarity end) over (partition by basis, exporter, importer, commodity_code), 0) as best_other,
        row_number() over (
            partition by basis, exporter, importer, commodity_code
            order by similarity desc, abs(shift), shift desc
        ) as place
    from lag_fit

),

clear as (

    select
        basis,
        exporter,
        importer,
        commodity_code,
        shift
    from ranked
    where place = 1
        and cell_count >= (select max(cells_min) from bound)
        and similarity >= (select max(similarity_min) from bound)
        and similarity - case when shift = 0 then best_other else at_once end >= (select max(gain_min) from bound)

),

moved_pair as (

    select distinct
        basis,
        exporter,
        importer
    from clear
    where shift <> 0

),

traded as (

    select distinct
        mirror_cell.exporter,
        mirror_cell.importer,
        mirror_cell.commodity_code
    from moved_pair
    right semi join mirror_cell
        on moved_pair.exporter = mirror_cell.exporter
        and moved_pair.importer = mirror_cell.importer
    where mirror_cell.frequency = 'M'
        and mirror_cell.class <> 'unspecified'

),

-- joined when they are distinct: a join with several rows a pair is taken to be sorted by more
-- than it is (DataFusion 55), and what reads it by that order finds flows twice
flow as (

    select
        moved_pair.basis,
        traded.exporter,
        traded.importer,
        traded.commodity_code,
        left(traded.commodity_code, 2) as hs2
    from moved_pair
    join traded
        on moved_pair.exporter = traded.exporter
        and moved_pair.importer = traded.importer

),

chosen as (

    select
        flow.basis,
        flow.exporter,
        flow.importer,
        flow.commodity_code,
        coalesce(of_subheading.shift, of_chapter.shift, of_pair.shift, 0) as shift,
        case
            when of_subheading.shift is not null then 'subheading'
            when of_chapter.shift is not null then 'chapter'
            else 'pair'
        end as evidence
    from flow
    left join clear as of_subheading
        on flow.basis = of_subheading.basis
        and flow.exporter = of_subheading.exporter
        and flow.importer = of_subheading.importer
        and flow.commodity_code = of_subheading.commodity_code
    left join clear as of_chapter
        on flow.basis = of_chapter.basis
        and flow.exporter = of_chapter.exporter
        and flow.importer = of_chapter.importer
        and flow.hs2 = of_chapter.commodity_code
    left join clear as of_pair
        on flow.basis = of_pair.basis
        and flow.exporter = of_pair.exporter
        and flow.importer = of_pair.importer
        and of_pair.commodity_code = 'TOTAL'

)

select
    basis,
    exporter,
    importer,
    commodity_code,
    case when exporter = $reporter then 'import' else 'export' end as moved_side,
    shift,
    evidence
from chosen
where shift <> 0
