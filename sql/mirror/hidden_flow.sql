-- Flows of which one side has next to nothing, and which a confidential code of that side may hold
--
-- A side that hides its goods may still record others of the subheading, such as those of
-- third countries that it passed on: next to nothing is no more, against the other side, than
-- two reports that agree may differ.
--
-- Only flows that some pool could reach: everything else has no evidence. Where the
-- months of the silent side were moved (see `flow_lag`), a pool without a partner still
-- stands in the month in which that side counted it: `pool_period`.
--
-- imts:   10.3
-- method: R-1.05, R-1.70, R-4.1
-- grain:  basis, exporter, importer, frequency, period, commodity_code

with bound as (

    select
        max(value) filter (where name = 'oecd_symmetry_max') as symmetry_max,
        max(value) filter (where name = 'mirror_screen_share_min') as share_min
    from parameter
    where $last_day between valid_from and valid_to

),

pool_pair as (

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

silent as (

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
    from timed_gap
    where level > 0
        and gap <> 0
        and commodity_code not like '%X'
        and left(commodity_code, 2) not in ('98', '99')
        -- nothing, or so little that it cannot be the same goods
        and case when gap < 0 then import_value else export_value end
            <= (select max(symmetry_max) from bound) * case when gap < 0 then export_value else import_value end

),

missing as (

    select
        silent.basis,
        silent.exporter,
        silent.importer,
        silent.frequency,
        silent.period,
        silent.commodity_code,
        silent.side,
        silent.country,
        silent.size,
        case
            when flow_lag.shift is null then silent.period
            when silent.side = 'export' then cast(silent.period - cast(concat(cast(flow_lag.shift as varchar), ' months') as interval) as date)
            else cast(silent.period + cast(concat(cast(flow_lag.shift as varchar), ' months') as interval) as date)
        end as pool_period
    from flow_lag
    right join silent
        on flow_lag.basis = silent.basis
        and flow_lag.exporter = silent.exporter
        and flow_lag.importer = silent.importer
        and flow_lag.commodity_code = silent.commodity_code
        and flow_lag.moved_side = silent.side
        -- alone, nothing was moved
        and flow_lag.basis = 'ordered'
        and silent.frequency = 'M'

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
        missing.size,
        missing.pool_period
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
        missing.size,
        missing.pool_period
    from pool_country
    right semi join missing
        on pool_country.basis = missing.basis
        and pool_country.side = missing.side
        and pool_country.country = missing.country
        and pool_country.frequency = missing.frequency
        and pool_country.period = missing.pool_period
        and pool_country.commodity_code = missing.commodity_code

),

-- what a side has too much in other subheadings of a heading
surplus as (

    select
        timed_gap.basis,
        timed_gap.exporter,
        timed_gap.importer,
        timed_gap.frequency,
        timed_gap.period,
        left(timed_gap.commodity_code, 4) as hs4,
        case when timed_gap.gap > 0 then 'import' else 'export' end as side,
        sum(abs(timed_gap.gap)) as size
    from pool_pair
    right semi join timed_gap
        on pool_pair.basis = timed_gap.basis
        and pool_pair.exporter = timed_gap.exporter
        and pool_pair.importer = timed_gap.importer
        and pool_pair.frequency = timed_gap.frequency
        and pool_pair.period = timed_gap.period
    where timed_gap.level = 6
        and timed_gap.commodity_code not like '%X'
        and abs(timed_gap.gap) * 2 > (select max(symmetry_max) from bound) * (timed_gap.export_value + timed_gap.import_value)
    group by
        timed_gap.basis,
        timed_gap.exporter,
        timed_gap.importer,
        timed_gap.frequency,
        timed_gap.period,
        left(timed_gap.commodity_code, 4),
        case when timed_gap.gap > 0 then 'import' else 'export' end

)

select
    reached.basis,
    reached.exporter,
    reached.importer,
    reached.frequency,
    reached.period,
    reached.commodity_code,
    left(reached.commodity_code, 2) as hs2,
    reached.side,
    reached.country,
    reached.pool_period,
    cast(reached.size as decimal(38, 6)) as size,
    coalesce(surplus.size, 0) >= (select max(share_min) from bound) * reached.size as is_in_heading
from surplus
right join reached
    on surplus.basis = reached.basis
    and surplus.exporter = reached.exporter
    and surplus.importer = reached.importer
    and surplus.frequency = reached.frequency
    and surplus.period = reached.period
    and surplus.hs4 = left(reached.commodity_code, 4)
    and surplus.side = reached.side
