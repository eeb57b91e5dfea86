-- National codes of the days of the run, and the days on which each is valid
--
-- `day` is empty for a code that is valid on all of them, which is nearly every code of
-- nearly every month. A code that begins or ends in between has one row for each day.
--
-- method: R-1.25
-- grain:  code, day
-- view:   yes

with in_force as (

    select distinct
        cast(code as varchar) as code,
        valid_from,
        valid_to,
        valid_from <= $first_day and valid_to >= $last_day as is_valid_throughout
    from national_commodity
    where valid_from <= $last_day
        and valid_to >= $first_day

)

select distinct
    code,
    cast(null as date) as day
from in_force
where is_valid_throughout

union all

select distinct
    code,
    cast(
        unnest(generate_series(
            greatest(valid_from, cast($first_day as date)), least(valid_to, cast($last_day as date)), interval '1 day'
        )) as date
    ) as day
from in_force
where not is_valid_throughout
