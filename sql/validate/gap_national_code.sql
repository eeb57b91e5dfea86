-- National codes in use that the imported list does not have on the day of the item
--
-- A code that is in the list but not on that day was used too early or too late, which
-- is usual in the first weeks of a new nomenclature. Without an imported list nothing is
-- said. Subheadings that no edition has are among the unknown codes.
--
-- method: R-1.25
-- grain:  code, why

with dated as (

    select
        case
            when $recording_date in ('acceptance', 'acceptance_else_release')
                then coalesce(acceptance_date, release_date, received_on)
            when $recording_date in ('arrival', 'arrival_else_release')
                then coalesce(arrival_date, release_date, acceptance_date, received_on)
            else coalesce(release_date, acceptance_date, received_on)
        end as day,
        cast(commodity_code as varchar) as code,
        statistical_value
    from item
    where commodity_code is not null

),

declared as (

    select
        code,
        day,
        count(*) as item_count,
        sum(statistical_value) as statistical_value
    from dated
    where day between $first_day and $last_day
    group by
        code,
        day

),

listed as (

    select
        cast(code as varchar) as code,
        valid_from,
        valid_to
    from national_commodity

),

judged as (

    select
        declared.code,
        declared.day,
        declared.item_count,
        declared.statistical_value,
        coalesce(bool_or(declared.day between listed.valid_from and listed.valid_to), false) as is_valid,
        count(listed.code) > 0 as is_listed
    from declared
    left join listed
        on listed.code = declared.code
    where (select count(*) from national_commodity) > 0
    group by
        declared.code,
        declared.day,
        declared.item_count,
        declared.statistical_value

)

select
    code,
    case when is_listed then 'not valid on the day' else 'unknown' end as why,
    min(day) as first_day,
    max(day) as last_day,
    sum(item_count) as item_count,
    sum(statistical_value) as statistical_value
from judged
where not is_valid
group by
    code,
    is_listed
order by
    statistical_value desc,
    code
