-- From the price under each delivery term to the value at the border, as factors
--
-- The value at the border is the price times `price_factor`, plus freight and insurance
-- times their factors: one where the cost must be added, minus one where it must be
-- taken off, zero where nothing is to be done. An import is brought to CIF, an export to
-- FOB.
--
-- The freight of an import, declared or estimated, is the carriage up to the border of the
-- importing country that its price leaves out or holds. Ex works it begins before the
-- border of the exporting country: CIF adds all of it, and FOB leaves out only
-- `main_carriage_share` of it. The declared freight of an export is what must be added or
-- taken off, cut at our border; an estimated one is that of the whole way to the border of
-- the importing country, of which an export ex works adds the share before our border. What
-- a price holds of carriage inside the importing country is a share on top of the freight,
-- but is within the declared freight of an export.
--
-- What the price holds, in units of freight and of insurance, is `freight_in_price` and
-- `insurance_in_price`: with them the goods can be told from their carriage.
--
-- imts:   4.8, CM 14.13
-- method: R-1.32
-- grain:  flow, delivery_terms
-- view:   yes

with share as (

    select
        max(value) filter (where name = 'carriage_before_border_share') as before_border,
        max(value) filter (where name = 'carriage_after_border_share') as after_border,
        max(value) filter (where name = 'duty_in_price_share') as duty,
        1 + max(value) filter (where name = 'customs_excess_min') as customs_excess
    from parameter
    where $last_day between valid_from and valid_to

),

direction as (

    select 'M' as flow

    union all

    select 'X' as flow

),

term as (

    select
        delivery_terms,
        last_value(pre_carriage_in_price order by valid_from) as pre_carriage_in_price,
        last_value(main_carriage_in_price order by valid_from) as main_carriage_in_price,
        last_value(on_carriage_in_price order by valid_from) as on_carriage_in_price,
        last_value(insurance_in_price order by valid_from) as insurance_in_price,
        last_value(duty_in_price order by valid_from) as duty_in_price
    from delivery_term
    where valid_from <= $last_day
        and valid_to >= $first_day
        and main_carriage_in_price is not null
    group by delivery_terms

)

select
    arrow_cast(direction.flow, 'Dictionary(Int32, Utf8)') as flow,
    arrow_cast(term.delivery_terms, 'Dictionary(Int32, Utf8)') as delivery_terms,
    term.main_carriage_in_price,
    cast(case when term.duty_in_price then 1 - share.duty else 1 end as decimal(5, 4)) as price_factor,
    cast(
        case
            when term.on_carriage_in_price then 1 + share.after_border
            when term.main_carriage_in_price then 1
            else 0
        end as decimal(5, 4)
    ) as freight_in_price,
    cast(case when term.insurance_in_price then 1 else 0 end as decimal(5, 4)) as insurance_in_price,
    cast(
        case
            when direction.flow = 'X' and term.main_carriage_in_price then -1
            when direction.flow = 'X' and not term.pre_carriage_in_price then 1
            when direction.flow = 'X' then 0
            when term.on_carriage_in_price then -share.after_border
            when term.main_carriage_in_price then 0
            else 1
        end as decimal(5, 4)
    ) as freight_factor,
    cast(
        case
            when direction.flow = 'X' and term.on_carriage_in_price then -1 - share.after_border
            when direction.flow = 'X' and term.main_carriage_in_price then -1
            when direction.flow = 'X' and not term.pre_carriage_in_price then share.before_border
            when direction.flow = 'X' then 0
            when term.on_carriage_in_price then -share.after_border
            when term.main_carriage_in_price then 0
            else 1
        end as decimal(5, 4)
    ) as estimated_freight_factor,
    cast(
        case
            when direction.flow = 'X' and term.insurance_in_price then -1
            when direction.flow = 'M' and not term.insurance_in_price then 1
            else 0
        end as decimal(5, 4)
    ) as insurance_factor,
    cast(case when term.pre_carriage_in_price then 1 else 1 - share.before_border end as decimal(5, 4)) as main_carriage_share,
    cast(share.customs_excess as decimal(5, 4)) as customs_excess
from term
cross join direction
cross join share
