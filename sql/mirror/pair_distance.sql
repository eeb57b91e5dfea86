-- Distance, common border and coast of every pair of countries that trades
--
-- The great circle between the main places of two countries, in kilometres. Floating
-- point, because it serves an estimate only.
--
-- method: R-4.1
-- grain:  exporter, importer

with earth as (

    select cast(max(value) as double) as radius_km
    from parameter
    where name = 'earth_radius_km'
        and $last_day between valid_from and valid_to

),

place as (

    select
        country,
        radians(cast(latitude as double)) as latitude,
        radians(cast(longitude as double)) as longitude
    from country_geography

),

coast as (

    select
        country,
        bool_or(is_landlocked) as is_landlocked
    from country
    where $last_day between valid_from and valid_to
    group by country

),

pair as (

    select distinct
        exporter,
        importer
    from pair_basis
    where not partner_is_special

),

located as (

    select
        pair.exporter,
        pair.importer,
        sin(origin.latitude) * sin(target.latitude)
            + cos(origin.latitude) * cos(target.latitude) * cos(origin.longitude - target.longitude) as cosine
    from pair
    join place as origin
        on pair.exporter = origin.country
    join place as target
        on pair.importer = target.country

)

select
    located.exporter,
    located.importer,
    -- neighbours whose main places coincide are one kilometre apart, so that the logarithm exists
    greatest(1, (select max(radius_km) from earth) * acos(greatest(-1, least(1, located.cosine)))) as distance_km,
    country_border.country is not null as has_common_border,
    coalesce(exporting.is_landlocked, false) as exporter_is_landlocked,
    coalesce(importing.is_landlocked, false) as importer_is_landlocked
from located
left join country_border
    on located.exporter = country_border.country
    and located.importer = country_border.neighbour
left join coast as exporting
    on located.exporter = exporting.country
left join coast as importing
    on located.importer = importing.country
