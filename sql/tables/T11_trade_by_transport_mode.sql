-- Trade by mode of transport at the border
--
-- The means by which goods entered or left the territory, not the one inland. Modes
-- that no list knows are `unspecified`.
--
-- method:   R-1.55, R-1.56, R-1.71
-- grain:    transport_mode
-- unit:     thousand_usd
-- decimals: 1

select
    row_number() over (
        order by
            case compared_row.dimension when 'total' then 0 else 1 end,
            compared_row.turnover_to_date desc,
            compared_row.code
    ) as row_order,
    case compared_row.dimension when 'total' then 'total' else 'row' end as row_kind,
    case compared_row.dimension when 'total' then 'TOTAL' else compared_row.code end as transport_mode,
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
    on label.list = case compared_row.dimension when 'total' then 'word' else 'transport_mode' end
    and label.code = compared_row.code
where compared_row.dimension in ('total', 'transport_mode')
order by row_order
