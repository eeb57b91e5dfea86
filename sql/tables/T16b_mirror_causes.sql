-- From the export to the import: what makes the two reports differ
--
-- The export as reported, each cause, and the import as reported. A cause is positive where
-- it makes the import larger: the causes add up to the import less the export, and `gap_share`
-- is the share of it. A cause that was not found is left out. `certainty` says whether a bar
-- stands in the records or is estimated.
--
-- method:   R-4.1
-- grain:    flow, partner, period, cause
-- unit:     thousand_usd
-- decimals: 1
-- notes:    mirror_values, mirror_estimate, rounding

with listed as (

    select make_array(
        'export',
        'unit_error',
        'partner_concept',
        'trade_system',
        'reexport',
        'cif_fob',
        'time_lag',
        'confidentiality',
        'transit',
        'hub_origin',
        'classification',
        'edition',
        'threshold',
        'unexplained',
        'import'
    ) as causes

),

line as (

    select
        compared_mirror.flow,
        compared_mirror.partner,
        compared_mirror.frequency,
        compared_mirror.period,
        listed.causes,
        unnest(listed.causes) as cause,
        compared_mirror.import_value,
        compared_mirror.export_value,
        compared_mirror.gap,
        compared_mirror.unit_error,
        compared_mirror.partner_concept,
        compared_mirror.trade_system,
        compared_mirror.reexport,
        compared_mirror.cif_fob,
        compared_mirror.time_lag,
        compared_mirror.confidentiality,
        compared_mirror.transit,
        compared_mirror.hub_origin,
        compared_mirror.classification,
        compared_mirror.edition,
        compared_mirror.threshold,
        compared_mirror.unexplained
    from listed
    cross join compared_mirror
    where compared_mirror.dimension = 'total'

),

valued as (

    select
        flow,
        partner,
        frequency,
        period,
        cause,
        array_position(causes, cause) as position,
        case
            when cause in ('import', 'export') then 'reported'
            when cause in ('unit_error', 'partner_concept', 'trade_system', 'reexport') then 'recorded'
            when cause = 'unexplained' then 'unexplained'
            else 'estimated'
        end as certainty,
        gap,
        case cause
            when 'import' then import_value
            when 'export' then export_value
            when 'unit_error' then unit_error
            when 'partner_concept' then partner_concept
            when 'trade_system' then trade_system
            when 'reexport' then reexport
            when 'cif_fob' then cif_fob
            when 'time_lag' then time_lag
            when 'confidentiality' then confidentiality
            when 'transit' then transit
            when 'hub_origin' then hub_origin
            when 'classification' then classification
            when 'edition' then edition
            when 'threshold' then threshold
            when 'unexplained' then unexplained
        end as value
    from line

)

select
    row_number() over (
        order by
            case valued.flow when 'X' then 0 else 1 end,
            valued.period,
            valued.partner,
            valued.position
    ) as row_order,
    case valued.certainty when 'reported' then 'total' else 'row' end as row_kind,
    valued.flow,
    valued.partner,
    valued.frequency,
    valued.period,
    valued.cause,
    coalesce(label.en, valued.cause) as cause_name,
    valued.certainty,
    valued.value,
    case
        when valued.certainty <> 'reported'
            then cast(round(cast(cast(valued.value as double) / cast(nullif(valued.gap, 0) as double) as decimal(28, 10)), 6) as decimal(28, 6))
    end as gap_share,
    case when valued.certainty in ('estimated', 'unexplained') then 'e' else '' end as flag
from label
right join valued
    on label.list = 'mirror_cause'
    and label.code = valued.cause
where valued.value <> 0
    or valued.certainty in ('reported', 'unexplained')
order by row_order
