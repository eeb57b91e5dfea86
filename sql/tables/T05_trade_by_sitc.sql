-- Trade by SITC section, division and group
--
-- The Standard International Trade Classification, Revision 4, by correspondence from
-- the subheading of the edition in force in the month. Subheadings without a
-- correspondence stand apart as `unclassified`. Where there is no free text of a code,
-- the code stands alone.
--
-- grain:    level, sitc
-- unit:     thousand_usd
-- decimals: 1

select
    row_number() over (
        order by
            case when compared_row.dimension = 'total' then 0 when compared_row.code = 'unclassified' then 2 else 1 end,
            compared_row.code,
            compared_row.dimension
    ) as row_order,
    case compared_row.dimension
        when 'total' then 'total'
        when 'sitc1' then 'group'
        when 'sitc2' then 'row'
        when 'sitc3' then 'row'
    end as row_kind,
    case compared_row.dimension
        when 'sitc1' then 1
        when 'sitc2' then 2
        when 'sitc3' then 3
        else 0
    end as level,
    case compared_row.dimension when 'total' then 'TOTAL' else compared_row.code end as sitc,
    label.en as name,
    compared_row.export_month,
    compared_row.export_month_year_before,
    compared_row.export_month_growth,
    compared_row.export_to_date,
    compared_row.export_to_date_year_before,
    compared_row.export_to_date_growth,
    compared_row.export_share,
    compared_row.import_month,
    compared_row.import_month_year_before,
    compared_row.import_month_growth,
    compared_row.import_to_date,
    compared_row.import_to_date_year_before,
    compared_row.import_to_date_growth,
    compared_row.import_share,
    compared_row.export_month_flag,
    compared_row.export_month_year_before_flag,
    compared_row.export_to_date_flag,
    compared_row.export_to_date_year_before_flag,
    compared_row.import_month_flag,
    compared_row.import_month_year_before_flag,
    compared_row.import_to_date_flag,
    compared_row.import_to_date_year_before_flag,
    compared_row.flag
from label
right join compared_row
    on label.list = case when compared_row.dimension = 'total' then 'word' else compared_row.dimension end
    and label.code = compared_row.code
where compared_row.dimension in ('total', 'sitc1', 'sitc2', 'sitc3')
    -- codes without a correspondence are one row, not one a level
    and (compared_row.code <> 'unclassified' or compared_row.dimension = 'sitc1')
order by row_order
