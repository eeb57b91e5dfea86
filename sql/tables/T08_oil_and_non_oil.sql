-- Oil and non-oil trade
--
-- Oil and gas are the headings of the list of oil products, crude oil, oil products and
-- gas apart; everything else is non-oil.
--
-- grain:    oil_product
-- unit:     thousand_usd
-- decimals: 1

with oil_row as (

    select
        case
            when dimension = 'total' then 'TOTAL'
            else code
        end as oil_product,
        export_month,
        export_month_year_before,
        export_month_growth,
        export_to_date,
        export_to_date_year_before,
        export_to_date_growth,
        export_share,
        import_month,
        import_month_year_before,
        import_month_growth,
        import_to_date,
        import_to_date_year_before,
        import_to_date_growth,
        import_share,
        export_month_flag,
        export_month_year_before_flag,
        export_to_date_flag,
        export_to_date_year_before_flag,
        import_month_flag,
        import_month_year_before_flag,
        import_to_date_flag,
        import_to_date_year_before_flag,
        flag
    from compared_row
    where dimension in ('total', 'oil_product')

)

select
    -- the total, oil, its products, and last all else
    row_number() over (
        order by
            oil_row.oil_product <> 'TOTAL',
            oil_row.oil_product = 'non_oil',
            oil_row.oil_product <> 'oil',
            oil_row.oil_product
    ) as row_order,
    case
        when oil_row.oil_product = 'TOTAL' then 'total'
        when oil_row.oil_product in ('oil', 'non_oil') then 'group'
        else 'row'
    end as row_kind,
    oil_row.oil_product,
    coalesce(label.en, oil_row.oil_product) as name,
    oil_row.export_month,
    oil_row.export_month_year_before,
    oil_row.export_month_growth,
    oil_row.export_to_date,
    oil_row.export_to_date_year_before,
    oil_row.export_to_date_growth,
    oil_row.export_share,
    oil_row.import_month,
    oil_row.import_month_year_before,
    oil_row.import_month_growth,
    oil_row.import_to_date,
    oil_row.import_to_date_year_before,
    oil_row.import_to_date_growth,
    oil_row.import_share,
    oil_row.export_month_flag,
    oil_row.export_month_year_before_flag,
    oil_row.export_to_date_flag,
    oil_row.export_to_date_year_before_flag,
    oil_row.import_month_flag,
    oil_row.import_month_year_before_flag,
    oil_row.import_to_date_flag,
    oil_row.import_to_date_year_before_flag,
    oil_row.flag
from label
right join oil_row
    on label.list = case oil_row.oil_product when 'TOTAL' then 'word' else 'oil_product' end
    and label.code = case oil_row.oil_product when 'TOTAL' then 'total' else oil_row.oil_product end
order by row_order
