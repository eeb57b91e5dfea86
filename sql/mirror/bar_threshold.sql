-- Bar: one side does not record flows as small as this
--
-- Evidence: a member of the European Union is silent about a flow whose whole value
-- and mass lie below what its rules let a declaration leave out. The threshold is in
-- euro; it is brought to dollars with the mean of the listed rates of the period.
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

)

select
    timed_gap.basis,
    timed_gap.exporter,
    timed_gap.importer,
    timed_gap.frequency,
    timed_gap.period,
    timed_gap.commodity_code,
    timed_gap.gap as amount
from member
join timed_gap
    on member.country = case when timed_gap.gap < 0 then timed_gap.importer else timed_gap.exporter end
where timed_gap.gap <> 0
    and case when timed_gap.gap < 0 then timed_gap.import_value = 0 else timed_gap.export_value = 0 end
    and abs(timed_gap.gap) <= (select max(value_max) from bound) * cast((select max(rate) from euro) as decimal(18, 8))
    -- the mass of what is told of: the silent side may say nought
    and coalesce(case when timed_gap.gap < 0 then timed_gap.export_mass_kg else timed_gap.import_mass_kg end, 0)
        <= (select max(mass_max) from bound)
