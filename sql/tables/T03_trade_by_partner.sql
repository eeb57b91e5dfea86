-- Trade by partner country and country group
--
-- Imports by country of origin, exports by country of last known destination. Groups
-- overlap, so they stand after the partners and are never summed; a country belongs to
-- a group in the months of its membership. `_X` is not specified.
--
-- method:   R-1.50
-- grain:    row_kind, partner
-- unit:     thousand_usd
-- decimals: 1
-- chart:    partners

select
    row_number() over (
        order by
            case compared_row.dimension when 'total' then 0 when 'partner' then 1 else 2 end,
            compared_row.turnover_to_date desc,
            compared_row.code
    ) as row_order,
    case compared_row.dimension
        when 'total' then 'total'
        when 'country_group' then 'group'
        else 'row'
    end as row_kind,
    case when compared_row.dimension = 'total' then 'TOTAL' else compared_row.code end as partner,
    coalesce(label.en, compared_row.code) as partner_name,
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
    on label.list = case compared_row.dimension when 'partner' then 'country' when 'total' then 'word' else 'country_group' end
    and label.code = compared_row.code
where compared_row.dimension in ('total', 'partner', 'country_group')
order by row_order
