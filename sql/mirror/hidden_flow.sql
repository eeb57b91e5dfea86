-- Flows of which one side has nothing, and which a confidential code of that side may hold
--
-- Only flows that some pool could reach: everything else has no evidence.
--
-- imts:   10.3
-- method: R-1.05, R-1.70, R-4.1
-- grain:  basis, exporter, importer, frequency, period, commodity_code

with pool_pair as (

    select distinct
        basis,
        side,
        exporter,
        importer,
        frequency,
        period
    from confidential_pool
    where kind <> 'partner'

),

pool_country as (

    select distinct
        basis,
        side,
        case side when 'import' then importer else exporter end as country,
        frequency,
        period,
        commodity_code
    from confidential_pool
    where kind = 'partner'

),

missing as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        case when gap < 0 then 'import' else 'export' end as side,
        case when gap < 0 then importer else exporter end as country,
        abs(gap) as size
    from open_gap
    where level > 0
        and commodity_code not like '%X'
        and left(commodity_code, 2) not in ('98', '99')
        and ((gap < 0 and import_value = 0) or (gap > 0 and export_value = 0))

),

reached as (

    select
        missing.basis,
        missing.exporter,
        missing.importer,
        missing.frequency,
        missing.period,
        missing.commodity_code,
        missing.side,
        missing.country,
        missing.size
    from pool_pair
    right semi join missing
        on pool_pair.basis = missing.basis
        and pool_pair.side = missing.side
        and pool_pair.exporter = missing.exporter
        and pool_pair.importer = missing.importer
        and pool_pair.frequency = missing.frequency
        and pool_pair.period = missing.period

    union

    select
        missing.basis,
        missing.exporter,
        missing.importer,
        missing.frequency,
        missing.period,
        missing.commodity_code,
        missing.side,
        missing.country,
        missing.size
    from pool_country
    right semi join missing
        on pool_country.basis = missing.basis
        and pool_country.side = missing.side
        and pool_country.country = missing.country
        and pool_country.frequency = missing.frequency
        and pool_country.period = missing.period
        and pool_country.commodity_code = missing.commodity_code

)

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    left(commodity_code, 2) as hs2,
    side,
    country,
    cast(size as decimal(38, 6)) as size
from reached
