-- Pairs of countries one of which told its values in its own currency, throughout
--
-- Of the flows whose masses agree, more than half are apart by the rate of a currency of
-- either side to the dollar, and not by a few of them. Prices do not do that, and goods are
-- not all declared too cheap by one and the same share.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency

with bound as (

    select
        cast(max(value) filter (where name = 'mirror_scale_tolerance') as double) as tolerance,
        max(value) filter (where name = 'mirror_lone_records_min') as records_min
    from parameter
    where $last_day between valid_from and valid_to

),

told_in as (

    select
        exporter,
        importer,
        frequency,
        import_period,
        ratio,
        unnest(make_array(exporter, importer)) as country
    from compared_record
    where is_agreeing

),

counted as (

    select
        told_in.exporter,
        told_in.importer,
        told_in.frequency,
        count(*) as flows,
        greatest(
            count(*) filter (where abs(told_in.ratio / cast(dollar_price.rate as double) - 1) <= (select max(tolerance) from bound)),
            count(*) filter (where abs(told_in.ratio * cast(dollar_price.rate as double) - 1) <= (select max(tolerance) from bound))
        ) as flows_at_rate
    from dollar_price
    join told_in
        on dollar_price.country = told_in.country
        and dollar_price.frequency = told_in.frequency
        and dollar_price.period = told_in.import_period
    group by
        told_in.exporter,
        told_in.importer,
        told_in.frequency,
        dollar_price.currency

)

select
    exporter,
    importer,
    frequency,
    max(flows_at_rate) as book_flows
from counted
where flows_at_rate >= (select max(records_min) from bound)
    and flows_at_rate * 2 > flows
group by
    exporter,
    importer,
    frequency
