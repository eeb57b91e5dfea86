-- Gaps that goods on their way through a hub may have left, on either side of it
--
-- Where the hub is the importer, goods in transit are missing from its imports; where it
-- is the exporter, goods that it sold on are, by origin, imports from elsewhere. Either
-- way too little arrives through the hubs and too much from other pairs, whose goods may be
-- those of another hub. Reports that agree but for a small difference show nothing. The hubs
-- are a list.
--
-- method: R-4.1
-- grain:  hub_side, exporter, importer, frequency, period, commodity_code, basis
-- view:   yes

with bound as (

    select max(value) as symmetry_max
    from parameter
    where name = 'oecd_symmetry_max'
        and $last_day between valid_from and valid_to

),

hub as (

    select distinct country
    from trade_hub
    where valid_from <= $last_day
        and valid_to >= $first_day

),

side as (

    select unnest(make_array('importer', 'exporter')) as hub_side

),

sided as (

    select
        side.hub_side,
        case side.hub_side when 'importer' then converted_gap.importer else converted_gap.exporter end as own_side,
        case side.hub_side when 'importer' then converted_gap.exporter else converted_gap.importer end as other_side,
        converted_gap.basis,
        converted_gap.exporter,
        converted_gap.importer,
        converted_gap.frequency,
        converted_gap.period,
        converted_gap.commodity_code,
        converted_gap.gap,
        converted_gap.export_value + converted_gap.import_value as both_values
    from side
    cross join converted_gap

)

select
    sided.hub_side,
    sided.other_side,
    sided.basis,
    sided.exporter,
    sided.importer,
    sided.frequency,
    sided.period,
    sided.commodity_code,
    sided.gap > 0 as is_above,
    abs(sided.gap) as size
from hub
right join sided
    on hub.country = sided.own_side
-- the goods of a country that is a hub itself may have come through another one
where (sided.gap > 0 or hub.country is not null)
    -- two reports as near as this agree
    and abs(sided.gap) * 2 > (select max(symmetry_max) from bound) * sided.both_values
