-- The gap of each cell without what a side is seen to hide
--
-- A code or a partner that says too little stands in the records, goods that compensate one
-- another are a pattern. Where both could be the same value the record goes first: then no
-- order of the bars decides between them. Each pattern looks at what the better evidence
-- before it leaves:
--
--   unhidden_gap    without `bar_confidentiality`; a change of edition looks at it
--   converted_gap   nor `bar_edition`; the hubs look at it
--   routed_gap      nor the bars of the hubs; another subheading looks at it
--   bar_threshold   nor `bar_classification`
--
-- `alone` stays as it was reported, to see each of them with the others switched off.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis
-- view:   yes

with hidden as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        amount
    from bar_confidentiality
    where basis = 'ordered'

)

select
    timed_gap.basis,
    timed_gap.exporter,
    timed_gap.importer,
    timed_gap.frequency,
    timed_gap.period,
    timed_gap.commodity_code,
    timed_gap.level,
    timed_gap.export_value,
    timed_gap.import_value,
    cast(timed_gap.gap - coalesce(hidden.amount, 0) as decimal(38, 6)) as gap,
    timed_gap.export_mass_kg,
    timed_gap.import_mass_kg,
    timed_gap.uncertain_value
from hidden
right join timed_gap
    on hidden.basis = timed_gap.basis
    and hidden.exporter = timed_gap.exporter
    and hidden.importer = timed_gap.importer
    and hidden.frequency = timed_gap.frequency
    and hidden.period = timed_gap.period
    and hidden.commodity_code = timed_gap.commodity_code
