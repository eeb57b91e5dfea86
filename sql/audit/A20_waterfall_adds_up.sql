-- The bars of every flow add up to its gap, and the gaps to the figures compared
--
-- Exactly, to the last decimal: for each cell, and in total against the imports and
-- exports that were brought together, so that no cell is lost on the way.
--
-- method: R-4.1

with cell as (

    select
        exporter,
        importer,
        period,
        commodity_code,
        reported_gap,
        unit_error + partner_concept + trade_system + reexport + cif_fob + time_lag + confidentiality + transit + hub_origin
            + classification + edition + threshold + unexplained as bars
    from waterfall

),

whole as (

    select
        'waterfall' as relation,
        sum(reported_gap) as gap
    from waterfall

    union all

    select
        'matched_flow' as relation,
        sum(import_value - export_value) as gap
    from matched_flow
    where is_in_span
        and class in ('matched', 'orphaned')

)

select
    'bars' as difference,
    exporter,
    importer,
    period,
    commodity_code,
    reported_gap,
    bars as added_up
from cell
-- a bar without a value adds up to nothing that could be compared
where reported_gap is distinct from bars

union all

select
    'cells' as difference,
    null as exporter,
    null as importer,
    null as period,
    null as commodity_code,
    max(gap) as reported_gap,
    min(gap) as added_up
from whole
having max(gap) <> min(gap)
    or count(gap) = 1
