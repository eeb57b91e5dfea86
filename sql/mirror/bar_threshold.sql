-- Bar: one side does not record flows as small as this
--
-- Evidence: a member of the European Union is silent about a flow whose whole value
-- and mass lie below what its rules let a declaration leave out. The threshold is in
-- euro; it is brought to dollars with the mean of the listed rates of the period. The bar
-- gets what the other patterns leave of such a flow; see `unhidden_gap`.
--
-- method: R-1.04, R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code, basis

with bound as (

    select
        max(value) filter (where name = 'eu_threshold_value') as value_max,
        max(value) filter (where name = 'eu_threshold_mass') as mass_max
    from parameter
    where $last_day between valid_from and valid_to

),

euro as (

    select
        avg(rate) filter (where currency = 'EUR') / avg(rate) filter (where currency = 'USD') as rate
    from exchange_rate
    where reporter_currency = $reporter_currency
        and valid_from <= $last_day
        and valid_to >= $first_day

),

member as (

    select distinct country
    from country_group
    where country_group = 'EU'
        and valid_from <= $last_day
        and valid_to >= $first_day

),

named as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        amount
    from bar_classification
    where basis = 'ordered'

),

silent as (

    select
        routed_gap.basis,
        routed_gap.exporter,
        routed_gap.importer,
        routed_gap.frequency,
        routed_gap.period,
        routed_gap.commodity_code,
        routed_gap.gap
    from member
    join routed_gap
        on member.country = case when routed_gap.gap < 0 then routed_gap.importer else routed_gap.exporter end
    where routed_gap.gap <> 0
        and case when routed_gap.gap < 0 then routed_gap.import_value = 0 else routed_gap.export_value = 0 end
        and routed_gap.export_value + routed_gap.import_value
            <= (select max(value_max) from bound) * cast((select max(rate) from euro) as decimal(18, 8))
        -- the mass of what is told of: the silent side may say nought
        and coalesce(case when routed_gap.gap < 0 then routed_gap.export_mass_kg else routed_gap.import_mass_kg end, 0)
            <= (select max(mass_max) from bound)

)

select
    silent.basis,
    silent.exporter,
    silent.importer,
    silent.frequency,
    silent.period,
    silent.commodity_code,
    cast(silent.gap - coalesce(named.amount, 0) as decimal(38, 6)) as amount
from named
right join silent
    on named.basis = silent.basis
    and named.exporter = silent.exporter
    and named.importer = silent.importer
    and named.frequency = silent.frequency
    and named.period = silent.period
    and named.commodity_code = silent.commodity_code
where silent.gap <> coalesce(named.amount, 0)
