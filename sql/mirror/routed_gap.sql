-- The gap of each cell without goods that went through a hub
--
-- What other pairs have too much or too little of the same product tells more than what
-- the pair itself has under another code: a neighbouring code is looked for only where
-- neither hub bar reaches; see `unhidden_gap`. Both hub bars look at the same gap, so the
-- two together may claim more than there is: then nothing is left. `alone` stays as it
-- was reported.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis
-- view:   yes

with transit as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        amount
    from bar_transit
    where basis = 'ordered'

),

hub_origin as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        amount
    from bar_hub_origin
    where basis = 'ordered'

),

routed as (

    select
        converted_gap.basis,
        converted_gap.exporter,
        converted_gap.importer,
        converted_gap.frequency,
        converted_gap.period,
        converted_gap.commodity_code,
        converted_gap.level,
        converted_gap.export_value,
        converted_gap.import_value,
        converted_gap.gap,
        coalesce(transit.amount, 0) + coalesce(hub_origin.amount, 0) as amount,
        converted_gap.export_mass_kg,
        converted_gap.import_mass_kg
    from hub_origin
    right join (
        transit
        right join converted_gap
            on transit.basis = converted_gap.basis
            and transit.exporter = converted_gap.exporter
            and transit.importer = converted_gap.importer
            and transit.frequency = converted_gap.frequency
            and transit.period = converted_gap.period
            and transit.commodity_code = converted_gap.commodity_code
    )
        on hub_origin.basis = converted_gap.basis
        and hub_origin.exporter = converted_gap.exporter
        and hub_origin.importer = converted_gap.importer
        and hub_origin.frequency = converted_gap.frequency
        and hub_origin.period = converted_gap.period
        and hub_origin.commodity_code = converted_gap.commodity_code

)

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    level,
    export_value,
    import_value,
    cast(case when gap < 0 then least(0, gap - amount) else greatest(0, gap - amount) end as decimal(38, 6)) as gap,
    export_mass_kg,
    import_mass_kg
from routed
