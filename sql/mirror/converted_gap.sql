-- The gap of each cell without what a change of edition may have moved
--
-- Which codes gave goods to which is known from the correlation tables, that goods went
-- through a hub is only a pattern. So the hubs look at what `bar_edition` leaves; see
-- `unhidden_gap`. `alone` stays as it was reported.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis
-- view:   yes

with moved as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        amount
    from bar_edition
    where basis = 'ordered'

)

select
    unhidden_gap.basis,
    unhidden_gap.exporter,
    unhidden_gap.importer,
    unhidden_gap.frequency,
    unhidden_gap.period,
    unhidden_gap.commodity_code,
    unhidden_gap.level,
    unhidden_gap.export_value,
    unhidden_gap.import_value,
    cast(unhidden_gap.gap - coalesce(moved.amount, 0) as decimal(38, 6)) as gap,
    unhidden_gap.export_mass_kg,
    unhidden_gap.import_mass_kg
from moved
right join unhidden_gap
    on moved.basis = unhidden_gap.basis
    and moved.exporter = unhidden_gap.exporter
    and moved.importer = unhidden_gap.importer
    and moved.frequency = unhidden_gap.frequency
    and moved.period = unhidden_gap.period
    and moved.commodity_code = unhidden_gap.commodity_code
