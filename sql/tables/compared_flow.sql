-- Which spans of each flow have data, and which have the same months of both: one row
--
-- A country may hand in the declarations of one flow only, or the file of one may be
-- late. That flow is then not nil but unknown, and so are turnover and balance: the tables
-- show them as missing. `both` is a span in which no month lacks one of the two.
--
-- method: R-1.28
-- grain:  has_export_month

with flow_count as (

    select
        period,
        is_month,
        is_month_year_before,
        is_to_date,
        is_to_date_year_before,
        count(*) as flow_count
    from compared_month
    where flow <> '-'
    group by
        period,
        is_month,
        is_month_year_before,
        is_to_date,
        is_to_date_year_before

),

one_sided as (

    select
        count(*) filter (where is_month and flow_count = 1) as month,
        count(*) filter (where is_month_year_before and flow_count = 1) as month_year_before,
        count(*) filter (where is_to_date and flow_count = 1) as to_date,
        count(*) filter (where is_to_date_year_before and flow_count = 1) as to_date_year_before
    from flow_count

),

side as (

    select
        count(*) filter (where flow = 'X' and has_month) > 0 as has_export_month,
        count(*) filter (where flow = 'X' and has_month_year_before) > 0 as has_export_month_year_before,
        count(*) filter (where flow = 'X' and has_to_date) > 0 as has_export_to_date,
        count(*) filter (where flow = 'X' and has_to_date_year_before) > 0 as has_export_to_date_year_before,
        count(*) filter (where flow = 'M' and has_month) > 0 as has_import_month,
        count(*) filter (where flow = 'M' and has_month_year_before) > 0 as has_import_month_year_before,
        count(*) filter (where flow = 'M' and has_to_date) > 0 as has_import_to_date,
        count(*) filter (where flow = 'M' and has_to_date_year_before) > 0 as has_import_to_date_year_before
    from comparison

)

select
    side.has_export_month,
    side.has_export_month_year_before,
    side.has_export_to_date,
    side.has_export_to_date_year_before,
    side.has_import_month,
    side.has_import_month_year_before,
    side.has_import_to_date,
    side.has_import_to_date_year_before,
    side.has_export_month and side.has_import_month and one_sided.month = 0 as has_both_month,
    side.has_export_month_year_before and side.has_import_month_year_before and one_sided.month_year_before = 0
        as has_both_month_year_before,
    side.has_export_to_date and side.has_import_to_date and one_sided.to_date = 0 as has_both_to_date,
    side.has_export_to_date_year_before and side.has_import_to_date_year_before and one_sided.to_date_year_before = 0
        as has_both_to_date_year_before
from one_sided
cross join side
