-- Which of the four compared spans have data, by flow
--
-- A month without data is missing, not zero. A year before that lacks one of the
-- months of this year is missing as a whole, for a part of it compares with nothing.
-- A flow without data in any of the spans has no row.
--
-- grain: flow
-- view:  yes

select
    flow,
    count(*) filter (where is_month) > 0 as has_month,
    count(*) filter (where is_month_year_before) > 0
        and count(*) filter (where is_month) <= count(*) filter (where is_month_year_before)
        as has_month_year_before,
    count(*) filter (where is_to_date) > 0 as has_to_date,
    count(*) filter (where is_to_date) > 0
        and count(*) filter (where is_to_date) = count(*) filter (where is_to_date_year_before)
        as has_to_date_year_before
from compared_month
group by flow
