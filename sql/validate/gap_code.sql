-- Codes in use that no list knows or names, with what they hold
--
-- Countries, procedures, natures of transaction and subheadings are looked for always, those
-- of chapters 98 and 99 in the list of national codes; offices only where the
-- list of offices has been imported: against an empty list every office would be a gap,
-- so the list itself is named as one. National codes are asked of their own list.
--
-- method: R-1.50
-- grain:  list, code

with dated as (

    select
        case
            when $recording_date in ('acceptance', 'acceptance_else_release')
                then coalesce(acceptance_date, release_date, received_on)
            when $recording_date in ('arrival', 'arrival_else_release')
                then coalesce(arrival_date, release_date, acceptance_date, received_on)
            else coalesce(release_date, acceptance_date, received_on)
        end as day,
        origin_country,
        procedure_code,
        transaction_nature,
        hs6,
        customs_office,
        statistical_value
    from item

),

used as (

    select
        'country' as list,
        cast(origin_country as varchar) as code,
        statistical_value
    from dated
    where day between $first_day and $last_day

    union all

    select
        'procedure' as list,
        cast(procedure_code as varchar) as code,
        statistical_value
    from dated
    where day between $first_day and $last_day

    union all

    select
        'transaction_nature' as list,
        cast(transaction_nature as varchar) as code,
        statistical_value
    from dated
    where day between $first_day and $last_day

    union all

    select
        'commodity' as list,
        cast(hs6 as varchar) as code,
        statistical_value
    from dated
    where day between $first_day and $last_day

    union all

    select
        'customs_office' as list,
        cast(customs_office as varchar) as code,
        statistical_value
    from dated
    where day between $first_day and $last_day

),

known as (

    select
        'country' as list,
        cast(country as varchar) as code
    from country
    where valid_from <= $last_day
        and valid_to >= $first_day

    union

    select
        'procedure' as list,
        cast(procedure_code as varchar) as code
    from procedure
    where valid_from <= $last_day
        and valid_to >= $first_day

    union

    select
        'transaction_nature' as list,
        cast(transaction_nature as varchar) as code
    from transaction_nature
    where valid_from <= $last_day
        and valid_to >= $first_day

    union

    select
        'commodity' as list,
        cast(code as varchar) as code
    from commodity
    where valid_from <= $last_day
        and valid_to >= $first_day

    union

    select
        'commodity' as list,
        cast(left(code, 6) as varchar) as code
    from national_commodity
    where left(code, 2) in ('98', '99')
        and valid_from <= $last_day
        and valid_to >= $first_day

    union

    select
        'customs_office' as list,
        cast(customs_office as varchar) as code
    from customs_office
    where valid_from <= $last_day
        and valid_to >= $first_day

),

unknown as (

    select
        used.list,
        used.code,
        count(*) as item_count,
        sum(used.statistical_value) as statistical_value
    from used
    left anti join known
        on  known.list = used.list
        and known.code = used.code
    where used.code is not null
    group by
        used.list,
        used.code

),

listed as (

    select count(*) as offices
    from customs_office

),

named as (

    select
        unknown.list,
        case
            when unknown.list = 'customs_office' and listed.offices = 0 then '(the list is empty)'
            else unknown.code
        end as code,
        unknown.item_count,
        unknown.statistical_value
    from unknown
    cross join listed

)

select
    list,
    code,
    sum(item_count) as item_count,
    sum(statistical_value) as statistical_value
from named
group by
    list,
    code
order by
    list,
    statistical_value desc
