-- Bar: the two sides report in different editions of the Harmonized System
--
-- Evidence: a code that was converted takes goods from more than one code, so part of
-- its value may belong elsewhere. Only that uncertain value can move, only against
-- gaps of the other sign that are uncertain too, and only inside the chapter.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with cell as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        left(commodity_code, 2) as hs2,
        gap > 0 as is_above,
        least(abs(gap), uncertain_value) as size
    from timed_gap
    where level = 6
        and gap <> 0
        and uncertain_value > 0

),

met as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        hs2,
        is_above,
        size,
        sum(case when is_above then size else 0 end) over (partition by basis, exporter, importer, frequency, period, hs2) as above,
        sum(case when is_above then 0 else size end) over (partition by basis, exporter, importer, frequency, period, hs2) as below
    from cell

),

shared as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        hs2,
        is_above,
        size,
        least(above, below) as moved,
        cast(
            round(
                cast(size as decimal(28, 12)) / case when is_above then above else below end * cast(least(above, below) as decimal(22, 6)),
                6
            ) as decimal(38, 6)
        ) as share
    from met
    where above > 0
        and below > 0

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
        moved - sum(share) over (partition by basis, exporter, importer, frequency, period, hs2, is_above) as rest,
        row_number() over (
            partition by basis, exporter, importer, frequency, period, hs2, is_above
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
