-- Trade by broad economic category
--
-- The Classification by Broad Economic Categories, Revision 4, by correspondence from
-- the subheading of the edition in force in the month. Categories that the revision
-- does not divide further show only at their own level.
--
-- grain:    level, bec
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
        when 'bec1' then 'group'
        when 'bec2' then 'row'
        when 'bec3' then 'row'
    end as row_kind,
    case compared_row.dimension
        when 'bec1' then 1
        when 'bec2' then 2
        when 'bec3' then 3
        else 0
    end as level,
    case compared_row.dimension when 'total' then 'TOTAL' else compared_row.code end as bec,
    coalesce(label.en, compared_row.code) as name,
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
    on label.list = case when compared_row.dimension = 'total' then 'word' else 'bec' end
    and label.code = compared_row.code
where compared_row.dimension in ('total', 'bec1', 'bec2', 'bec3')
    -- codes without a correspondence are one row, not one a level
    and (compared_row.code <> 'unclassified' or compared_row.dimension = 'bec1')
order by row_order
