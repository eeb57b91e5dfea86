-- Bar: one side hides the goods or the partner
--
-- Evidence: where a side has next to nothing in a subheading and the other has something, the
-- silent side may have counted it under a code or a partner that says less; see
-- `confidential_pool`, `hidden_flow` and `hidden_share`. The missing flow gets what the
-- pools give it. A pool of the same pair is a gap itself, of the other sign, and loses
-- what it gives, from its largest code down.
--
-- imts:   10.3
-- method: R-1.05, R-1.70, R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with given as (

    select
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        hs2,
        sum(from_chapter) as from_chapter,
        sum(from_pair) as from_pair
    from hidden_share
    group by
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        hs2

),

given_of_pair as (

    select
        basis,
        side,
        exporter,
        importer,
        frequency,
        period,
        sum(from_pair) as from_pair
    from given
    group by
        basis,
        side,
        exporter,
        importer,
        frequency,
        period

),

pool_code as (

    select
        confidential_pool.basis,
        confidential_pool.side,
        confidential_pool.exporter,
        confidential_pool.importer,
        confidential_pool.frequency,
        confidential_pool.period,
        confidential_pool.commodity_code,
        confidential_pool.size,
        case confidential_pool.kind
            when 'chapter' then coalesce(given.from_chapter, 0)
            else coalesce(given_of_pair.from_pair, 0)
        end as given,
        sum(confidential_pool.size) over (
            partition by
                confidential_pool.basis,
                confidential_pool.side,
                confidential_pool.exporter,
                confidential_pool.importer,
                confidential_pool.frequency,
                confidential_pool.period,
                confidential_pool.hs2
            order by confidential_pool.size desc, confidential_pool.commodity_code
            rows between unbounded preceding and current row
        ) - confidential_pool.size as size_before
    from confidential_pool
    left join given
        on confidential_pool.basis = given.basis
        and confidential_pool.side = given.side
        and confidential_pool.exporter = given.exporter
        and confidential_pool.importer = given.importer
        and confidential_pool.frequency = given.frequency
        and confidential_pool.period = given.period
        and confidential_pool.hs2 = given.hs2
    left join given_of_pair
        on confidential_pool.basis = given_of_pair.basis
        and confidential_pool.side = given_of_pair.side
        and confidential_pool.exporter = given_of_pair.exporter
        and confidential_pool.importer = given_of_pair.importer
        and confidential_pool.frequency = given_of_pair.frequency
        and confidential_pool.period = given_of_pair.period
    where confidential_pool.kind <> 'partner'

),

moved as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        case side when 'import' then -1 else 1 end * (from_partner + from_chapter + from_pair) as amount
    from hidden_share

    union all

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        case side when 'import' then 1 else -1 end * greatest(0, least(size, given - size_before)) as amount
    from pool_code

)

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    cast(amount as decimal(38, 6)) as amount
from moved
where amount <> 0
