-- Bar: the two sides report in different editions of the Harmonized System
--
-- Evidence: a code that was converted takes goods from more than one code, so part of
-- its value may belong to the others. Only that uncertain value can move, only against
-- gaps of the other sign that are uncertain too or where it may belong (`edition_reach`),
-- and only inside the chapter; in proportion to the gaps, the rounding to the largest.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with known as (

    select
        unhidden_gap.basis,
        unhidden_gap.exporter,
        unhidden_gap.importer,
        unhidden_gap.frequency,
        unhidden_gap.period,
        unhidden_gap.commodity_code,
        unhidden_gap.gap,
        coalesce(unhidden_gap.uncertain_value, 0)
            -- an import too high may be an export that stands under another code, and the reverse
            + coalesce(case when unhidden_gap.gap > 0 then edition_reach.export_value else edition_reach.import_value end, 0)
            as uncertain_value
    from edition_reach
    right join unhidden_gap
        on edition_reach.exporter = unhidden_gap.exporter
        and edition_reach.importer = unhidden_gap.importer
        and edition_reach.frequency = unhidden_gap.frequency
        and edition_reach.period = unhidden_gap.period
        and edition_reach.commodity_code = unhidden_gap.commodity_code
    where unhidden_gap.level = 6
        and unhidden_gap.gap <> 0

),

uncertain as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        gap > 0 as is_above,
        least(abs(gap), uncertain_value) as size
    from known
    where uncertain_value > 0

),


met as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        left(commodity_code, 2) as hs2,
        sum(case when is_above then size else 0 end) as above,
        sum(case when is_above then 0 else size end) as below
    from uncertain
    group by
        basis,
        exporter,
        importer,
        frequency,
        period,
        left(commodity_code, 2)
    having bool_or(is_above)
        and not bool_and(is_above)

),

shared as (

    select
        uncertain.basis,
        uncertain.exporter,
        uncertain.importer,
        uncertain.frequency,
        uncertain.period,
        uncertain.commodity_code,
        uncertain.is_above,
        uncertain.size,
        met.hs2,
        least(met.above, met.below) as moved,
        cast(
            round(
                cast(uncertain.size as decimal(38, 10)) / case when uncertain.is_above then met.above else met.below end
                * least(met.above, met.below),
                6
            ) as decimal(38, 6)
        ) as share
    from met
    join uncertain
        on met.basis = uncertain.basis
        and met.exporter = uncertain.exporter
        and met.importer = uncertain.importer
        and met.frequency = uncertain.frequency
        and met.period = uncertain.period
        and met.hs2 = left(uncertain.commodity_code, 2)

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
