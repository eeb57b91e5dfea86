-- What a new edition of the Harmonized System does to the codes in use
--
-- Asked by `tradestat reference change` before January: codes that end, split, merge or
-- give a part away, the code proposed for each, and codes that appear. In use is what the
-- last twelve months of the store in the old edition have; without any, every code is
-- listed, without a value.
-- A code that collects goods of very many others (electronic waste, HS 2022 8549) stands in
-- a column of its own. A code that loses only such a part narrows, and its series goes on.
-- A series breaks where the goods cannot be followed by summing codes, because they are
-- divided among several (1:n, n:m) or have no successor. Where the standard unit of the
-- successor is another (`unit`, `successor_unit`), the series of quantities breaks and
-- only that of values goes on. Read backwards, a code that collects is divided among
-- hundreds, which are not named.
--
-- method: R-1.27
-- grain:  code, change

with edition as (

    select
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from commodity
    where level = 6
        and edition = $from_edition

),

monthly as (

    select
        trade_by_partner.period,
        trade_by_partner.flow,
        cast(trade_by_partner.hs6 as varchar) as code,
        trade_by_partner.statistical_value
    from edition
    join trade_by_partner
        on trade_by_partner.period between edition.valid_from and edition.valid_to
    where trade_by_partner.period <= $last_day

),

last_month as (

    select max(period) as period
    from monthly

),

used as (

    select
        monthly.code,
        sum(monthly.statistical_value) filter (where monthly.flow = 'M') as import_value,
        sum(monthly.statistical_value) filter (where monthly.flow = 'X') as export_value
    from last_month
    join monthly
        on monthly.period > last_month.period - interval '1 year'
    group by monthly.code

),

use_is_known as (

    select count(*) > 0 as is_known
    from used

),

old_code as (

    select
        cast(code as varchar) as code,
        cast(standard_unit as varchar) as unit
    from commodity
    where level = 6
        and edition = $from_edition

),

new_code as (

    select
        cast(code as varchar) as code,
        cast(standard_unit as varchar) as unit
    from commodity
    where level = 6
        and edition = $to_edition

),

collecting as (

    select min(parameter.value) as sources
    from commodity
    join parameter
        on commodity.valid_from between parameter.valid_from and parameter.valid_to
    where parameter.name = 'conversion_collecting_min'
        and commodity.level = 6
        and commodity.edition = greatest(cast($from_edition as varchar), cast($to_edition as varchar))

),

link as (

    select
        hs_link.from_hs6,
        hs_link.to_hs6,
        hs_link.kind,
        hs_link.is_target,
        hs_link.source_count,
        hs_link.source_count >= collecting.sources as is_collecting,
        hs_link.target_count >= collecting.sources as is_dispersed
    from collecting
    cross join hs_link
    where hs_link.from_edition = $from_edition
        and hs_link.to_edition = $to_edition

),

led_on as (

    select
        from_hs6,
        max(kind) as kind,
        max(to_hs6) filter (where is_target) as successor,
        max(source_count) filter (where is_target) as source_count,
        string_agg(to_hs6, ' ' order by to_hs6) filter (where not is_target and not is_collecting and not is_dispersed) as other_successors,
        string_agg(to_hs6, ' ' order by to_hs6) filter (where not is_target and is_collecting) as collecting_successors,
        count(*) filter (where not is_collecting) as plain_count
    from link
    group by from_hs6

),

came_from as (

    select
        link.to_hs6,
        count(*) as source_count,
        string_agg(link.from_hs6, ' ' order by link.from_hs6) filter (where not link.is_collecting and not link.is_dispersed) as predecessors,
        coalesce(bool_or(used.code is not null), false) as is_used,
        sum(used.import_value) filter (where link.kind in ('1:1', 'n:1')) as import_value,
        sum(used.export_value) filter (where link.kind in ('1:1', 'n:1')) as export_value
    from link
    left join used
        on used.code = link.from_hs6
    group by link.to_hs6

),

changed as (

    select
        old_code.code,
        case
            when led_on.successor is null then 'ends'
            when led_on.plain_count > 1 then 'splits'
            when led_on.source_count > 1 and (led_on.kind = 'n:1' or led_on.successor <> old_code.code) then 'merges'
            when led_on.successor <> old_code.code then 'ends'
            when led_on.collecting_successors is not null then 'narrows'
            when successor_code.unit <> old_code.unit then 'changes unit'
        end as change,
        coalesce(led_on.kind, 'none') as kind,
        new_code.code is null as code_ends,
        led_on.successor is null
            or led_on.plain_count > 1
            or coalesce(successor_code.unit <> old_code.unit, false) as series_breaks,
        used.import_value,
        used.export_value,
        led_on.successor,
        led_on.other_successors,
        led_on.collecting_successors,
        cast(null as varchar) as predecessors,
        old_code.unit,
        successor_code.unit as successor_unit
    from use_is_known
    cross join old_code
    left join used
        on used.code = old_code.code
    left join led_on
        on led_on.from_hs6 = old_code.code
    left join new_code
        on new_code.code = old_code.code
    left join new_code as successor_code
        on successor_code.code = led_on.successor
    where used.code is not null
        or not use_is_known.is_known

    union all

    -- The value is that of codes that go whole into the new one; parts are not known yet.
    select
        new_code.code,
        'appears' as change,
        cast(null as varchar) as kind,
        false as code_ends,
        false as series_breaks,
        came_from.import_value,
        came_from.export_value,
        cast(null as varchar) as successor,
        cast(null as varchar) as other_successors,
        cast(null as varchar) as collecting_successors,
        came_from.predecessors,
        cast(null as varchar) as unit,
        new_code.unit as successor_unit
    from use_is_known
    cross join new_code
    left join came_from
        on came_from.to_hs6 = new_code.code
    left anti join old_code
        on old_code.code = new_code.code
    where came_from.is_used
        or not use_is_known.is_known

)

select
    code,
    change,
    kind,
    code_ends,
    series_breaks,
    import_value,
    export_value,
    successor,
    other_successors,
    collecting_successors,
    predecessors,
    unit,
    successor_unit
from changed
where change is not null
order by
    series_breaks desc,
    coalesce(import_value, 0) + coalesce(export_value, 0) desc,
    code,
    change
