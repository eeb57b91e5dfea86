-- Values under codes or partners that say too little, in which hidden flows may stand
--
-- Three kinds, by what they leave out:
--
--   partner   the subheading is known, the partner is not specified; of one country
--   chapter   a code of the chapter such as 27XXXX, of one pair of countries
--   pair      a code of no chapter, such as 9999 or the residual of a total, of one pair
--
-- What a total has and its detail lacks is no pool where the detail was not received as a whole
-- (`0000XX`, see `matched_flow`). `side` is the side that hides. A code that the other side uses too is no pool: both
-- may mean the same goods.
--
-- imts:   10.3
-- method: R-1.05, R-1.70, R-4.1
-- grain:  basis, kind, side, exporter, importer, frequency, period, commodity_code

with cell as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        left(commodity_code, 2) in ('98', '99') as has_no_chapter,
        gap
    from timed_gap
    where level > 0
        and commodity_code <> '0000XX'
        and (commodity_code like '%X' or left(commodity_code, 2) in ('98', '99'))
        and (
            (gap > 0 and import_is_confidential and export_value = 0)
            or (gap < 0 and export_is_confidential and import_value = 0)
        )

)

select
    basis,
    case when has_no_chapter then 'pair' else 'chapter' end as kind,
    case when gap > 0 then 'import' else 'export' end as side,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    case when not has_no_chapter then left(commodity_code, 2) end as hs2,
    cast(abs(gap) as decimal(38, 6)) as size
from cell

union all

select
    unnest(make_array('ordered', 'alone')) as basis,
    'partner' as kind,
    case when import_value > 0 then 'import' else 'export' end as side,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    left(commodity_code, 2) as hs2,
    cast(import_value_fob + export_value as decimal(38, 6)) as size
from mirror_cell
where class = 'unspecified'
    and import_value + export_value > 0
