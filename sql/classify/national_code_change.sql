-- What a new national nomenclature does to the codes in use, on the day it begins
--
-- Asked by `tradestat reference change --on DATE`. The list of national codes says only
-- from when to when a code is valid, not what follows it: proposed are the codes that
-- begin that day below the same subheading, and a person decides. In use is what the last
-- twelve months of the store before that day have; without any, every code is listed.
-- A code without such a successor ends; with one, it goes on there alone or merges with
-- others; with several it splits, and its series breaks. Where the subheading itself
-- changed, the list of editions helps (`reference change --from --to`).
--
-- method: R-1.27
-- grain:  code, change

with monthly as (

    select
        period,
        flow,
        cast(commodity_code as varchar) as code,
        statistical_value
    from trade
    where period < $day
        and period <= $last_day

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

valid_before as (

    select distinct cast(code as varchar) as code
    from national_commodity
    where valid_from < $day
        and valid_to >= cast(cast($day as date) - interval '1 day' as date)

),

valid_after as (

    select distinct cast(code as varchar) as code
    from national_commodity
    where $day between valid_from and valid_to

),

ended as (

    select
        valid_before.code,
        left(valid_before.code, 6) as hs6
    from valid_before
    left anti join valid_after
        on valid_after.code = valid_before.code

),

begun as (

    select
        valid_after.code,
        left(valid_after.code, 6) as hs6
    from valid_after
    left anti join valid_before
        on valid_before.code = valid_after.code

),

below as (

    select
        hs6,
        min(code) as first_code,
        string_agg(code, ' ' order by code) as codes,
        count(*) as code_count
    from begun
    group by hs6

),

left_behind as (

    select
        ended.hs6,
        string_agg(ended.code, ' ' order by ended.code) as codes,
        count(*) as code_count,
        bool_or(used.code is not null) as is_used,
        sum(used.import_value) as import_value,
        sum(used.export_value) as export_value
    from ended
    left join used
        on used.code = ended.code
    group by ended.hs6

),

changed as (

    select
        ended.code,
        case
            when below.code_count > 1 then 'splits'
            when below.code_count = 1 and left_behind.code_count > 1 then 'merges'
            else 'ends'
        end as change,
        case
            when below.code_count is null then 'none'
            when below.code_count > 1 and left_behind.code_count > 1 then 'n:m'
            when below.code_count > 1 then '1:n'
            when left_behind.code_count > 1 then 'n:1'
            else '1:1'
        end as kind,
        true as code_ends,
        below.code_count is null or below.code_count > 1 as series_breaks,
        used.import_value,
        used.export_value,
        case when below.code_count = 1 then below.first_code end as successor,
        case when below.code_count > 1 then below.codes end as other_successors,
        cast(null as varchar) as predecessors
    from use_is_known
    cross join ended
    left join used
        on used.code = ended.code
    left join below
        on below.hs6 = ended.hs6
    left join left_behind
        on left_behind.hs6 = ended.hs6
    where used.code is not null
        or not use_is_known.is_known

    union all

    select
        begun.code,
        'appears' as change,
        cast(null as varchar) as kind,
        false as code_ends,
        false as series_breaks,
        case when below.code_count = 1 then left_behind.import_value end as import_value,
        case when below.code_count = 1 then left_behind.export_value end as export_value,
        cast(null as varchar) as successor,
        cast(null as varchar) as other_successors,
        left_behind.codes as predecessors
    from use_is_known
    cross join begun
    join below
        on below.hs6 = begun.hs6
    left join left_behind
        on left_behind.hs6 = begun.hs6
    where left_behind.is_used
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
    predecessors
from changed
order by
    series_breaks desc,
    coalesce(import_value, 0) + coalesce(export_value, 0) desc,
    code,
    change
