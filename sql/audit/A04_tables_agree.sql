-- Every published table agrees with every other
--
-- Read from the tables as they are published: in each, the rows add up to its total,
-- and every total is that of the headline, in full precision. Oil is the sum of its
-- products, chapters add up to their sections, and what each recording date moves adds up
-- to the period.
--
-- method: R-1.70

with table_sum as (

    select
        'T03' as published,
        'total' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T03_trade_by_partner
    where row_kind = 'total'

    union all

    select
        'T03' as published,
        'rows' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T03_trade_by_partner
    where row_kind = 'row'

    union all

    select
        'T04' as published,
        'total' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T04_trade_by_section_and_chapter
    where row_kind = 'total'

    union all

    select
        'T04' as published,
        'rows' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T04_trade_by_section_and_chapter
    where row_kind = 'row'

    union all

    select
        'T05' as published,
        'total' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T05_trade_by_sitc
    where row_kind = 'total'

    union all

    select
        'T05' as published,
        'rows' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T05_trade_by_sitc
    where level = 1

    union all

    select
        'T06' as published,
        'total' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T06_trade_by_bec
    where row_kind = 'total'

    union all

    select
        'T06' as published,
        'rows' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T06_trade_by_bec
    where level = 1

    union all

    select
        'T08' as published,
        'total' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T08_oil_and_non_oil
    where row_kind = 'total'

    union all

    select
        'T08' as published,
        'rows' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T08_oil_and_non_oil
    where row_kind = 'group'

    union all

    select
        'T11' as published,
        'total' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T11_trade_by_transport_mode
    where row_kind = 'total'

    union all

    select
        'T11' as published,
        'rows' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T11_trade_by_transport_mode
    where row_kind = 'row'

    union all

    select
        'T12' as published,
        'total' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T12_trade_by_customs_office
    where row_kind = 'total'

    union all

    select
        'T12' as published,
        'rows' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T12_trade_by_customs_office
    where row_kind = 'row'

    union all

    select
        'T04' as published,
        'sections' as part,
        sum(export_month) as export_month,
        sum(export_month_year_before) as export_month_year_before,
        sum(export_to_date) as export_to_date,
        sum(export_to_date_year_before) as export_to_date_year_before,
        sum(import_month) as import_month,
        sum(import_month_year_before) as import_month_year_before,
        sum(import_to_date) as import_to_date,
        sum(import_to_date_year_before) as import_to_date_year_before
    from T04_trade_by_section_and_chapter
    where row_kind = 'group'

),

headline as (

    select
        sum(month) filter (where indicator = 'exports') as export_month,
        sum(month_year_before) filter (where indicator = 'exports') as export_month_year_before,
        sum(to_date) filter (where indicator = 'exports') as export_to_date,
        sum(to_date_year_before) filter (where indicator = 'exports') as export_to_date_year_before,
        sum(month) filter (where indicator = 'imports') as import_month,
        sum(month_year_before) filter (where indicator = 'imports') as import_month_year_before,
        sum(to_date) filter (where indicator = 'imports') as import_to_date,
        sum(to_date_year_before) filter (where indicator = 'imports') as import_to_date_year_before
    from T01_headline

),

oil as (

    select
        sum(export_to_date) filter (where row_kind = 'row') as export_products,
        sum(export_to_date) filter (where oil_product = 'oil') as export_oil,
        sum(import_to_date) filter (where row_kind = 'row') as import_products,
        sum(import_to_date) filter (where oil_product = 'oil') as import_oil
    from T08_oil_and_non_oil

),

recorded as (

    select
        recorded_by,
        coalesce(sum(recorded) filter (where flow = 'X'), 0) as exports,
        coalesce(sum(recorded) filter (where flow = 'M'), 0) as imports
    from T15_time_of_recording
    group by recorded_by

)

select
    table_sum.published,
    table_sum.part,
    headline.export_to_date as export_headline,
    table_sum.export_to_date,
    headline.import_to_date as import_headline,
    table_sum.import_to_date
from table_sum
cross join headline
where (table_sum.export_month is distinct from headline.export_month)
    or (table_sum.export_month_year_before is distinct from headline.export_month_year_before)
    or (table_sum.export_to_date is distinct from headline.export_to_date)
    or (table_sum.export_to_date_year_before is distinct from headline.export_to_date_year_before)
    or (table_sum.import_month is distinct from headline.import_month)
    or (table_sum.import_month_year_before is distinct from headline.import_month_year_before)
    or (table_sum.import_to_date is distinct from headline.import_to_date)
    or (table_sum.import_to_date_year_before is distinct from headline.import_to_date_year_before)

union all

select
    'T08' as published,
    'oil' as part,
    export_oil as export_headline,
    export_products as export_to_date,
    import_oil as import_headline,
    import_products as import_to_date
from oil
where (export_oil is distinct from export_products)
    or (import_oil is distinct from import_products)

union all

select
    'T15' as published,
    recorded.recorded_by as part,
    headline.export_month as export_headline,
    recorded.exports as export_to_date,
    headline.import_month as import_headline,
    recorded.imports as import_to_date
from recorded
cross join headline
where recorded.exports <> coalesce(headline.export_month, 0)
    or recorded.imports <> coalesce(headline.import_month, 0)
