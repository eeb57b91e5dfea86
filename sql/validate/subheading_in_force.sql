-- Subheadings of the days of the run, with their standard unit
--
-- The Harmonized System leaves chapters 98 and 99 to the countries: their subheadings are
-- those of the national list, and have no standard unit.
--
-- method: R-1.25, R-1.28
-- grain:  code, standard_unit
-- view:   yes

select
    cast(code as varchar) as code,
    cast(standard_unit as varchar) as standard_unit
from commodity
where level = 6
    and valid_from <= $last_day
    and valid_to >= $first_day

union

select
    cast(left(code, 6) as varchar) as code,
    cast(null as varchar) as standard_unit
from national_commodity
where left(code, 2) in ('98', '99')
    and character_length(code) >= 6
    and valid_from <= $last_day
    and valid_to >= $first_day
