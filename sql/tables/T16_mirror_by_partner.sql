-- Own figures beside those of the partners
--
-- Each flow of the reporting country and what the partner reports of the same goods. The gap
-- is the import as reported less the export; the difference is the same with the import free
-- on board, whose freight and insurance are estimated. What stands in the records, what is
-- estimated and what is unexplained add up to the gap. `explained_share` is about single
-- goods, so that gaps of opposite signs do not hide each other.
--
-- method:   R-4.1
-- grain:    flow, partner, period
-- unit:     thousand_usd
-- decimals: 1
-- notes:    mirror_values, mirror_estimate, rounding

with line as (

    select
        'row' as row_kind,
        flow,
        partner,
        frequency,
        period,
        own_value,
        partner_value,
        import_value_fob,
        gap,
        asymmetry,
        relative_to_mean,
        ratio,
        symmetric_index,
        recorded_gap,
        estimated_gap,
        unexplained,
        explained_share
    from compared_mirror
    where dimension = 'total'

    union all

    select
        'total' as row_kind,
        flow,
        'TOTAL' as partner,
        frequency,
        period,
        cast(sum(own_value) as decimal(38, 6)) as own_value,
        cast(sum(partner_value) as decimal(38, 6)) as partner_value,
        cast(sum(import_value_fob) as decimal(38, 6)) as import_value_fob,
        cast(sum(gap) as decimal(38, 6)) as gap,
        cast(sum(asymmetry) as decimal(38, 6)) as asymmetry,
        null as relative_to_mean,
        null as ratio,
        null as symmetric_index,
        cast(sum(recorded_gap) as decimal(38, 6)) as recorded_gap,
        cast(sum(estimated_gap) as decimal(38, 6)) as estimated_gap,
        cast(sum(unexplained) as decimal(38, 6)) as unexplained,
        null as explained_share
    from compared_mirror
    where dimension = 'total'
    group by
        flow,
        frequency,
        period

)

select
    row_number() over (
        order by
            case line.flow when 'X' then 0 else 1 end,
            line.period,
            case line.row_kind when 'total' then 0 else 1 end,
            abs(line.gap) desc,
            line.partner
    ) as row_order,
    line.row_kind,
    line.flow,
    line.partner,
    coalesce(label.en, line.partner) as partner_name,
    line.frequency,
    line.period,
    line.own_value,
    line.partner_value,
    line.import_value_fob,
    line.gap,
    line.asymmetry,
    line.relative_to_mean,
    line.ratio,
    line.symmetric_index,
    line.recorded_gap,
    line.estimated_gap,
    line.unexplained,
    line.explained_share,
    'e' as import_value_fob_flag,
    'e' as asymmetry_flag,
    'e' as relative_to_mean_flag,
    'e' as ratio_flag,
    'e' as symmetric_index_flag,
    'e' as estimated_gap_flag,
    'e' as unexplained_flag,
    'e' as explained_share_flag
from label
right join line
    on label.list = case line.row_kind when 'total' then 'word' else 'country' end
    and label.code = case line.row_kind when 'total' then 'total' else line.partner end
order by row_order
