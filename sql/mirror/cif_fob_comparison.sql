-- How well the estimated cost of freight and insurance fits, beside the fixed rates
--
-- Over the flows that both sides report and whose import is CIF, with freight that nobody
-- recorded, the gross and the net asymmetry that is left with no margin, with each fixed
-- rate, and with the estimated factors. A margin is better when it leaves less; it is too
-- large when the net asymmetry turns negative.
--
-- method: R-4.1
-- grain:  year, margin

with rate as (

    select
        name,
        max(value) as rate
    from parameter
    where name in ('cif_fob_rate_fao', 'cif_fob_rate_imf', 'cif_fob_rate_oecd')
        and $last_day between valid_from and valid_to
    group by name

),

margin as (

    select
        name as margin,
        cast(rate as decimal(18, 10)) as factor
    from rate

    union all

    select
        'none' as margin,
        cast(1 as decimal(18, 10)) as factor

    union all

    select
        'estimated' as margin,
        cast(null as decimal(18, 10)) as factor

),

flow as (

    select
        year,
        export_value,
        import_value,
        cif_fob_factor,
        unnest(make_array('none', 'estimated', 'cif_fob_rate_fao', 'cif_fob_rate_imf', 'cif_fob_rate_oecd')) as margin
    from mirror_cell
    where class = 'matched'
        and is_in_span
        and import_valuation = 'CIF'
        and cif_fob_basis is distinct from 'recorded'

),

valued as (

    select
        flow.year,
        flow.margin,
        flow.export_value,
        flow.import_value,
        cast(round(flow.import_value / coalesce(margin.factor, flow.cif_fob_factor), 6) as decimal(38, 6)) as import_value_fob
    from margin
    join flow
        on margin.margin = flow.margin

)

select
    year,
    margin,
    count(*) as flow_count,
    cast(sum(export_value) as decimal(38, 6)) as export_value,
    cast(sum(import_value) as decimal(38, 6)) as import_value,
    cast(round(sum(import_value) / nullif(sum(import_value_fob), 0), 6) as decimal(18, 6)) as mean_factor,
    cast(sum(abs(import_value_fob - export_value)) as decimal(38, 6)) as gross_asymmetry,
    cast(sum(import_value_fob - export_value) as decimal(38, 6)) as net_asymmetry
from valued
group by
    year,
    margin
