-- Flows worth a look at control: a ranked list with the evidence
--
-- Six questions, each answered with the gap after freight and insurance and all that
-- the records explain (see `timed_gap`), but for the unit value and misinvoicing, which
-- compare the two records of the same goods (see `misinvoicing_gap`); a flow can stand
-- under several.
--
--   compensating   one subheading lacks what another of the heading has too much: the
--                  goods may be declared under the wrong one. `other_code` is the
--                  largest gap of the other sign; it covers enough of this one
--   same mass      the side that lacks the goods has as heavy a flow alone under another
--                  heading, `other_code`, and no other does: see `orphan_pair`
--   same value     the same, of one value, where the mass of one is not told: weaker
--   unit value     quantities agree and unit values lie far apart: the value may be
--                  wrong on one side
--   orphan         one side reports the flow, the other, which does report, nothing:
--                  goods that did not arrive, or arrived as something else
--   misinvoicing   the weighted gap of `misinvoicing_gap`
--
-- What patterns explain of a gap, such as another subheading, a hub or a threshold, stays in
-- on purpose: it is a guess, and control is where it is tested. Small gaps are left out.
-- `place` ranks within screen and importer by size.
--
-- method: R-4.1
-- grain:  screen, importer, exporter, frequency, period, commodity_code

with bound as (

    select
        max(value) filter (where name = 'mirror_screen_value_min') as value_min,
        max(value) filter (where name = 'mirror_screen_share_min') as share_min,
        max(value) filter (where name = 'mirror_screen_unit_value_ratio') as ratio_max,
        max(value) filter (where name = 'gfi_quantity_difference_max') as difference_max
    from parameter
    where $last_day between valid_from and valid_to

),

gap as (

    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        left(commodity_code, 4) as hs4,
        export_value,
        import_value,
        gap,
        level
    from timed_gap
    where basis = 'ordered'
        and abs(gap) >= (select max(value_min) from bound)
        and commodity_code not like '%X'

),

largest as (

    select
        exporter,
        importer,
        frequency,
        period,
        hs4,
        max(case when gap > 0 then gap end) as above,
        max(case when gap < 0 then -gap end) as below,
        first_value(commodity_code order by gap desc, commodity_code) as above_code,
        first_value(commodity_code order by gap, commodity_code) as below_code
    from gap
    where level = 6
    group by
        exporter,
        importer,
        frequency,
        period,
        hs4

),

found as (

    select
        'compensating' as screen,
        gap.exporter,
        gap.importer,
        gap.frequency,
        gap.period,
        gap.commodity_code,
        case when gap.gap > 0 then largest.below_code else largest.above_code end as other_code,
        gap.export_value,
        gap.import_value,
        gap.gap,
        least(abs(gap.gap), case when gap.gap > 0 then largest.below else largest.above end) as size
    from largest
    join gap
        on largest.exporter = gap.exporter
        and largest.importer = gap.importer
        and largest.frequency = gap.frequency
        and largest.period = gap.period
        and largest.hs4 = gap.hs4
    where least(abs(gap.gap), case when gap.gap > 0 then largest.below else largest.above end)
            >= (select max(share_min) from bound)
                * greatest(abs(gap.gap), case when gap.gap > 0 then largest.below else largest.above end)
        and largest.above is not null
        and largest.below is not null

    union all

    select
        concat('same ', orphan_pair.evidence) as screen,
        orphan_pair.exporter,
        orphan_pair.importer,
        orphan_pair.frequency,
        orphan_pair.period,
        orphan_pair.commodity_code,
        orphan_pair.other_code,
        gap.export_value,
        gap.import_value,
        gap.gap,
        least(orphan_pair.value, orphan_pair.other_value) as size
    from orphan_pair
    join gap
        on orphan_pair.exporter = gap.exporter
        and orphan_pair.importer = gap.importer
        and orphan_pair.frequency = gap.frequency
        and orphan_pair.period = gap.period
        and orphan_pair.commodity_code = gap.commodity_code
    where orphan_pair.basis = 'ordered'

    union all

    select
        'unit value' as screen,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        null as other_code,
        export_value,
        import_value_fob as import_value,
        gap,
        abs(gap) as size
    from misinvoicing_gap
    where quantity_share >= 1 - (select max(difference_max) from bound)
        and greatest(export_value, import_value_fob) > (select max(ratio_max) from bound) * least(export_value, import_value_fob)
        and abs(gap) >= (select max(value_min) from bound)

    union all

    select
        'orphan' as screen,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        null as other_code,
        export_value,
        import_value,
        gap,
        abs(gap) as size
    from gap
    where (export_value = 0 and import_value > 0)
        or (import_value = 0 and export_value > 0)

    union all

    select
        'misinvoicing' as screen,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        null as other_code,
        export_value,
        import_value_fob as import_value,
        gap,
        abs(weighted_gap) as size
    from misinvoicing_gap
    where abs(weighted_gap) >= (select max(value_min) from bound)

)

select
    found.screen,
    found.exporter,
    found.importer,
    found.frequency,
    found.period,
    found.commodity_code,
    found.other_code,
    cast(found.export_value as decimal(38, 6)) as export_value,
    cast(found.import_value as decimal(38, 6)) as import_value,
    cast(found.gap as decimal(38, 6)) as gap,
    cast(found.size as decimal(38, 6)) as size,
    cast(
        row_number() over (
            partition by found.screen, found.importer
            order by found.size desc, found.exporter, found.commodity_code, found.period
        ) as int
    ) as place
from found
