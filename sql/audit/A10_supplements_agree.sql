-- Supplementary tables agree with the headline
--
-- Domestic and returned goods add up to exports and imports, chapters to their total;
-- imports by origin and by country of consignment are the same imports, and the rows of
-- either add up to them; the published month in the statistical currency is the
-- headline's; the four flows of the detail are those of the published period. All in full precision; a table that lacks a figure of the headline does
-- not agree with it, nor one without rows.
--
-- method: R-1.23, R-1.51, R-1.76

with row_kind as (

    select 'total' as row_kind

    union all

    select 'row' as row_kind

),

headline as (

    select
        max(month) filter (where indicator = 'exports') as export_month,
        max(to_date) filter (where indicator = 'exports') as export_to_date,
        max(month) filter (where indicator = 'imports') as import_month,
        max(to_date) filter (where indicator = 'imports') as import_to_date
    from T01_headline

),

supplement as (

    select
        'T19' as published,
        row_kind as part,
        coalesce(sum(export_domestic_month), 0) + coalesce(sum(export_returned_month), 0) as export_month,
        coalesce(sum(export_domestic_to_date), 0) + coalesce(sum(export_returned_to_date), 0) as export_to_date,
        coalesce(sum(import_foreign_month), 0) + coalesce(sum(import_returned_month), 0) as import_month,
        coalesce(sum(import_foreign_to_date), 0) + coalesce(sum(import_returned_to_date), 0) as import_to_date
    from T19_domestic_and_returned_trade
    group by row_kind

    union all

    select
        'T20' as published,
        concat(row_kind, ' by origin') as part,
        cast(null as decimal(38, 6)) as export_month,
        cast(null as decimal(38, 6)) as export_to_date,
        sum(import_by_origin_month) as import_month,
        sum(import_by_origin_to_date) as import_to_date
    from T20_imports_by_origin_and_consignment
    group by row_kind

    union all

    select
        'T20' as published,
        concat(row_kind, ' by consignment') as part,
        cast(null as decimal(38, 6)) as export_month,
        cast(null as decimal(38, 6)) as export_to_date,
        sum(import_by_consignment_month) as import_month,
        sum(import_by_consignment_to_date) as import_to_date
    from T20_imports_by_origin_and_consignment
    group by row_kind

    union all

    select
        'T21' as published,
        'published month' as part,
        sum(export_statistical) as export_month,
        cast(null as decimal(38, 6)) as export_to_date,
        sum(import_statistical) as import_month,
        cast(null as decimal(38, 6)) as import_to_date
    from T21_trade_in_both_currencies
    where period = $period
        or period in (select compared_month.period from compared_month where compared_month.is_month)

    union all

    select
        'T25' as published,
        'published period' as part,
        sum(statistical_value) filter (where flow in ('DX', 'RX')) as export_month,
        cast(null as decimal(38, 6)) as export_to_date,
        sum(statistical_value) filter (where flow in ('FM', 'RM')) as import_month,
        cast(null as decimal(38, 6)) as import_to_date
    from T25_trade_in_detail

),

-- parts that must be there, and what each of them tells
expected as (

    select
        'T19' as expected_table,
        row_kind as expected_part,
        true as tells_exports,
        true as tells_to_date
    from row_kind

    union all

    select
        'T20' as expected_table,
        concat(row_kind, ' by origin') as expected_part,
        false as tells_exports,
        true as tells_to_date
    from row_kind

    union all

    select
        'T20' as expected_table,
        concat(row_kind, ' by consignment') as expected_part,
        false as tells_exports,
        true as tells_to_date
    from row_kind

    union all

    select
        'T21' as expected_table,
        'published month' as expected_part,
        true as tells_exports,
        false as tells_to_date

    union all

    select
        'T25' as expected_table,
        'published period' as expected_part,
        true as tells_exports,
        false as tells_to_date

)

select
    expected.expected_table as published,
    expected.expected_part as part,
    headline.export_month as headline_export_month,
    supplement.export_month,
    headline.export_to_date as headline_export_to_date,
    supplement.export_to_date,
    headline.import_month as headline_import_month,
    supplement.import_month,
    headline.import_to_date as headline_import_to_date,
    supplement.import_to_date
from headline
cross join (
    supplement
    right join expected
        on supplement.published = expected.expected_table
        and supplement.part = expected.expected_part
)
where (expected.tells_exports and coalesce(headline.export_month, 0) <> coalesce(supplement.export_month, 0))
    or (
        expected.tells_exports
        and expected.tells_to_date
        and coalesce(headline.export_to_date, 0) <> coalesce(supplement.export_to_date, 0)
    )
    or coalesce(headline.import_month, 0) <> coalesce(supplement.import_month, 0)
    or (expected.tells_to_date and coalesce(headline.import_to_date, 0) <> coalesce(supplement.import_to_date, 0))
