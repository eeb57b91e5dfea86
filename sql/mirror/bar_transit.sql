-- Bar: goods that went through a country are its imports for one side only
--
-- Evidence: for one exporter and product, a country of transit imports less than was
-- exported there, while other countries import more from this exporter than was
-- exported to them. What compensates is moved from the hubs to the others, in
-- proportion to their gaps. The hubs are a list.
--
-- method: R-4.1
-- grain:  basis, exporter, importer, frequency, period, commodity_code

with hub as (

    select distinct country
    from trade_hub
    where valid_from <= $last_day
        and valid_to >= $first_day

),

cell as (

    select
        open_gap.basis,
        open_gap.exporter,
        open_gap.importer,
        open_gap.frequency,
        open_gap.period,
        open_gap.commodity_code,
        open_gap.gap > 0 as is_above,
        abs(open_gap.gap) as size
    from hub
    right join open_gap
        on hub.country = open_gap.importer
    -- too little arrives through the hubs, and too much from elsewhere
    where (hub.country is not null and open_gap.gap < 0)
        or (hub.country is null and open_gap.gap > 0)

),

met as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        is_above,
        size,
        sum(case when is_above then size else 0 end) over (partition by basis, exporter, frequency, period, commodity_code) as above,
        sum(case when is_above then 0 else size end) over (partition by basis, exporter, frequency, period, commodity_code) as below
    from cell

),

shared as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        is_above,
        size,
        least(above, below) as moved,
        cast(
            round(
                cast(size as decimal(28, 12)) / case when is_above then above else below end * cast(least(above, below) as decimal(22, 6)),
                6
            ) as decimal(38, 6)
        ) as share
    from met
    where above > 0
        and below > 0

),

rounded as (

    select
        basis,
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        is_above,
        share,
        moved - sum(share) over (partition by basis, exporter, frequency, period, commodity_code, is_above) as rest,
        row_number() over (
            partition by basis, exporter, frequency, period, commodity_code, is_above
            order by size desc, importer
        ) as place
    from shared

)

select
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    cast(
        case when is_above then 1 else -1 end * (share + case when place = 1 then rest else 0 end) as decimal(38, 6)
    ) as amount
from rounded
