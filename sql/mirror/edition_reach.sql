-- What a change of edition may have kept from each code, by side
--
-- A code that is converted stands under one code of the comparison, though goods of it may
-- belong to others too, which `hs_correlation` names. As far as its value reaches, each of
-- these may stand too low on the side that reported it.
--
-- method: R-1.51, R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with record as (

    select
        exporter,
        importer,
        frequency,
        period,
        flow,
        value_usd,
        unnest(string_to_array(other_codes, ' ')) as commodity_code
    from aligned_flow
    where kind = 'value'
        and level = 6
        -- told first: most pairs need no conversion
        and reported_edition <> edition
        and other_codes is not null

)

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    cast(coalesce(sum(value_usd) filter (where flow = 'X'), 0) as decimal(38, 6)) as export_value,
    cast(coalesce(sum(value_usd) filter (where flow = 'M'), 0) as decimal(38, 6)) as import_value
from record
group by
    exporter,
    importer,
    frequency,
    period,
    commodity_code
