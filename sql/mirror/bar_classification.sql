-- Bar: the two sides put the goods into different subheadings of one heading
--
-- Evidence: within a heading of the same pair and period, one subheading lacks what
-- another has too much. What compensates is shared over the subheadings in proportion
-- to their gaps, so that the bar moves value inside the heading and is nil for the
-- heading as a whole; the rounding goes to the largest.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with bound as (

    select max(value) as symmetry_max
    from parameter
    where name = 'oecd_symmetry_max'
        and $last_day between valid_from and valid_to

),

cell as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        left(commodity_code, 4) as hs4,
        gap > 0 as is_above,
        abs(gap) as size
    from timed_gap
    where level = 6
        and gap <> 0
        -- codes that stand for no subheading are dealt with under confidentiality
        and commodity_code not like '%X'
        -- two reports as near as this agree
        and abs(gap) * 2 > (select max(symmetry_max) from bound) * (export_value + import_value)

),

-- summed and joined back, for most headings hold nothing that compensates
heading as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        hs4,
        sum(case when is_above then size else 0 end) as above,
        sum(case when is_above then 0 else size end) as below
    from cell
    group by
        basis,
        exporter,
        importer,
        frequency,
        period,
        hs4
    having bool_or(is_above)
        and not bool_and(is_above)

),

shared as (

    select
        cell.basis,
        cell.exporter,
        cell.importer,
        cell.frequency,
        cell.period,
        cell.commodity_code,
        cell.hs4,
        cell.is_above,
        cell.size,
        least(heading.above, heading.below) as moved,
        cast(
            round(
                cast(cell.size as decimal(28, 12)) / case when cell.is_above then heading.above else heading.below end
                * cast(least(heading.above, heading.below) as decimal(22, 6)),
                6
            ) as decimal(38, 6)
        ) as share
    from heading
    join cell
        on heading.basis = cell.basis
        and heading.exporter = cell.exporter
        and heading.importer = cell.importer
        and heading.frequency = cell.frequency
        and heading.period = cell.period
        and heading.hs4 = cell.hs4

),

rounded as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        is_above,
        share,
        moved - sum(share) over (partition by basis, exporter, importer, frequency, period, hs4, is_above) as rest,
        row_number() over (
            partition by basis, exporter, importer, frequency, period, hs4, is_above
            order by size desc, commodity_code
        ) as place
    from shared

)

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    cast(
        case when is_above then 1 else -1 end * (share + case when place = 1 then rest else 0 end) as decimal(38, 6)
    ) as amount
from rounded
