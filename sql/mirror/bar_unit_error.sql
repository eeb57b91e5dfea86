-- Bar: a value in the wrong unit or currency
--
-- Evidence: masses (or quantities in one unit) agree, yet the values differ by a power
-- of ten, or by the rate of a currency of either side to the dollar. The two records of
-- the goods are set side by side as `record_pair` has them, which may be months apart;
-- the bar stands at the wrong one. A ratio of values alone proves nothing, because one
-- in many is near a power of ten by chance. Where masses are only of one magnitude, unit
-- values must be two decades apart; where one side alone has a mass, its unit value must
-- lie as far from the usual one as the two values do, and where masses are further apart, the
-- partner's unit value as far from that of months in which masses and values agree. Where the
-- values of a flow lie equally far apart in other months, a month is measured against this
-- usual ratio, and needs no mass to show a power of ten or a rate; months whose masses differ
-- do not count for it where they agree in others. A record without any answer is judged by
-- `odd_record`.
--
-- Of two values a power of ten apart, the side whose unit value lies further from the
-- usual one of the subheading is corrected. Own unit values have been checked, so an own
-- value must lie further by more than half of the error, and where none is usual the
-- partner's is corrected, or between two others the larger value. An import may lack
-- part of its value besides, so the ratio may lie further below a power of ten than above.
--
-- A currency taken for dollars makes its value that many times as large, which tells the
-- side; the usual unit value could not, because prices of one subheading vary by more. An
-- import that is lower than the export by the rate may also be declared too cheap. That
-- lasts, a wrong currency does not: in figures by month, some other month of the flow must
-- agree as it is, and a flow of one month says nothing. Unless the book is wrong as a whole:
-- most flows of the pair whose masses agree are then apart by the rate, in every month.
-- Currencies are those whose code begins with that of the country, as ISO 4217 makes them.
--
-- Nothing is claimed where the books are too loose to show it: the error must lie further from
-- equal values than `value_spread` lets the records of the two countries stray by chance.
--
-- `import_scale` and `export_scale` bring the two values to the right unit.
--
-- method: R-4.1
-- grain:  exporter, importer, frequency, period, commodity_code

with bound as (

    select
        max(value) filter (where name = 'mirror_scale_tolerance') as tolerance,
        max(value) filter (where name = 'oecd_symmetry_max') as symmetry_max,
        max(value) filter (where name = 'mirror_decade_tolerance') as decade_tolerance,
        cast(max(value) filter (where name = 'mirror_spread_reach') as double) as reach,
        cast(max(value) filter (where name = 'mirror_lone_decades_min') as double) as apart_min,
        cast(max(value) filter (where name = 'mirror_mass_decades_max') as double) as near,
        -- by how many decades an import may lack value besides
        -log10(1 - cast(max(value) filter (where name = 'mirror_undervaluation_max') as double)) as lacking
    from parameter
    where $last_day between valid_from and valid_to

),

middle as (

    select
        exporter,
        importer,
        commodity_code,
        -- where masses agree in other months, a shipment of another size says nothing
        case
            when bool_or(is_agreeing) then median(ratio) filter (where masses is distinct from 'differing')
            else median(ratio)
        end as middle_ratio
    from compared_record
    where frequency = 'M'
    group by
        exporter,
        importer,
        commodity_code

),

-- flows whose values lie equally far apart in more than one month
steady as (

    select
        compared_record.exporter,
        compared_record.importer,
        compared_record.commodity_code,
        max(middle.middle_ratio) as usual_ratio
    from wrong_book
    right join (
        middle
        join compared_record
            on middle.exporter = compared_record.exporter
            and middle.importer = compared_record.importer
            and middle.commodity_code = compared_record.commodity_code
    )
        on wrong_book.exporter = compared_record.exporter
        and wrong_book.importer = compared_record.importer
        and wrong_book.frequency = compared_record.frequency
    where compared_record.frequency = 'M'
        -- what a wrong book does every month is not what is usual
        and wrong_book.book_flows is null
        and abs(compared_record.ratio / middle.middle_ratio - 1) <= cast((select max(symmetry_max) from bound) as double)
    group by
        compared_record.exporter,
        compared_record.importer,
        compared_record.commodity_code
    having count(*) > 1

),

-- months of a flow in which the values agree as they are
settled as (

    select
        exporter,
        importer,
        commodity_code,
        -- what the partner's records cost a kilogram where nothing is wrong
        median(cast(case exporter when $reporter then import_unit_value else export_unit_value end as double)) as settled_unit_value,
        count(*) as settled_months
    from compared_record
    where frequency = 'M'
        and is_agreeing
        and abs(ratio - 1) <= cast((select max(symmetry_max) from bound) as double)
    group by
        exporter,
        importer,
        commodity_code

),

beside as (

    select
        compared_record.exporter,
        compared_record.importer,
        compared_record.frequency,
        compared_record.export_period,
        compared_record.import_period,
        compared_record.commodity_code,
        compared_record.import_commodity_code,
        compared_record.export_value,
        compared_record.import_value,
        compared_record.usual_unit_value,
        compared_record.export_unit_value,
        compared_record.import_unit_value,
        compared_record.is_agreeing,
        compared_record.is_apart,
        compared_record.ratio / coalesce(steady.usual_ratio, 1) as ratio,
        log10(cast(nullif(compared_record.import_unit_value, 0) as double) / cast(nullif(compared_record.export_unit_value, 0) as double)) as unit_value_decades,
        steady.usual_ratio is not null as is_steady,
        -- masses differ, and the partner's unit value is as far from that of other months as the two values are apart
        compared_record.is_odd or coalesce(
            compared_record.masses = 'differing'
            and not compared_record.is_apart
            and abs(log10(compared_record.ratio)) >= (select max(apart_min) - cast(max(decade_tolerance) as double) from bound)
            and abs(
                log10(compared_record.ratio) - case $reporter
                    when compared_record.importer
                        then log10(settled.settled_unit_value / cast(nullif(compared_record.export_unit_value, 0) as double))
                    when compared_record.exporter
                        then log10(cast(nullif(compared_record.import_unit_value, 0) as double) / settled.settled_unit_value)
                end
            ) <= (select max(near) from bound),
            false
        ) as is_odd,
        -- how far the records stray by chance
        coalesce((select max(reach) from bound) * cast(value_spread.spread as double), 0) as strays,
        compared_record.frequency <> 'M' or steady.usual_ratio is not null or settled.settled_months is not null or wrong_book.book_flows is not null as is_usual
    from settled
    right join (
        steady
        right join (
            wrong_book
            right join (
                value_spread
                right join compared_record
                    on value_spread.exporter = compared_record.exporter
                    and value_spread.importer = compared_record.importer
                    and value_spread.frequency = compared_record.frequency
                    and value_spread.masses = compared_record.masses
            )
                on wrong_book.exporter = compared_record.exporter
                and wrong_book.importer = compared_record.importer
                and wrong_book.frequency = compared_record.frequency
        )
            on steady.exporter = compared_record.exporter
            and steady.importer = compared_record.importer
            and steady.commodity_code = compared_record.commodity_code
            and compared_record.frequency = 'M'
    )
        on settled.exporter = compared_record.exporter
        and settled.importer = compared_record.importer
        and settled.commodity_code = compared_record.commodity_code
        and compared_record.frequency = 'M'

),

judged as (

    select
        exporter,
        importer,
        frequency,
        export_period,
        import_period,
        commodity_code,
        import_commodity_code,
        export_value,
        import_value,
        usual_unit_value,
        export_unit_value,
        import_unit_value,
        is_agreeing,
        -- a usual ratio needs no mass, unless the masses tell of another shipment
        is_agreeing or (is_steady and unit_value_decades is null) as is_one_shipment,
        ratio,
        is_odd,
        case when is_apart and not is_agreeing then unit_value_decades else log10(ratio) end as decades,
        strays,
        -- more than chance: masses, or what is usual between the two
        case
            when is_agreeing or is_apart or is_odd then cast((select max(decade_tolerance) from bound) as decimal(18, 10))
            -- not where the masses follow the values: that is a shipment of another size
            when is_steady and coalesce(round(unit_value_decades) = round(log10(ratio)), true)
                then cast(log10(1 + cast((select max(tolerance) from bound) as double)) as decimal(18, 10))
        end as decade_tolerance,
        is_usual
    from beside

),

-- a country that changed its currency has two in one period: each is nearer up to the middle between them
priced as (

    select
        country,
        frequency,
        period,
        rate,
        coalesce(
            (abs(ln(cast(rate as double))) + lag(abs(ln(cast(rate as double)))) over (
                partition by country, frequency, period
                order by abs(ln(cast(rate as double))), currency
            )) / 2,
            0
        ) as nearest_from,
        coalesce(
            (abs(ln(cast(rate as double))) + lead(abs(ln(cast(rate as double)))) over (
                partition by country, frequency, period
                order by abs(ln(cast(rate as double))), currency
            )) / 2,
            cast('infinity' as double)
        ) as nearest_to
    from dollar_price

),

rated as (

    select
        judged.exporter,
        judged.importer,
        judged.frequency,
        judged.export_period,
        judged.import_period,
        judged.commodity_code,
        judged.import_commodity_code,
        judged.export_value,
        judged.import_value,
        judged.usual_unit_value,
        judged.export_unit_value,
        judged.import_unit_value,
        judged.is_usual and judged.is_one_shipment as is_usual,
        judged.is_one_shipment,
        judged.is_odd,
        judged.ratio,
        judged.decades,
        judged.strays,
        judged.decade_tolerance,
        case
            when judged.is_agreeing then greatest((select max(lacking) from bound), cast(judged.decade_tolerance as double))
            else cast(judged.decade_tolerance as double)
        end as tolerance_below,
        -- of the two currencies the one that fits better
        case
            when abs(abs(ln(judged.ratio)) - abs(ln(cast(importer_rate.rate as double))))
                < coalesce(abs(abs(ln(judged.ratio)) - abs(ln(cast(exporter_rate.rate as double)))), cast('infinity' as double))
                then importer_rate.rate
            else exporter_rate.rate
        end as rate
    from priced as importer_rate
    right join (
        priced as exporter_rate
        right join judged
            on exporter_rate.period = judged.import_period
            and exporter_rate.frequency = judged.frequency
            and exporter_rate.country = judged.exporter
            and abs(ln(judged.ratio)) >= exporter_rate.nearest_from
            and abs(ln(judged.ratio)) < exporter_rate.nearest_to
    )
        on importer_rate.period = judged.import_period
        and importer_rate.frequency = judged.frequency
        and importer_rate.country = judged.importer
        and abs(ln(judged.ratio)) >= importer_rate.nearest_from
        and abs(ln(judged.ratio)) < importer_rate.nearest_to
    where judged.decade_tolerance is not null

),

fitted as (

    select
        exporter,
        importer,
        frequency,
        export_period,
        import_period,
        commodity_code,
        import_commodity_code,
        export_value,
        import_value,
        usual_unit_value,
        export_unit_value,
        import_unit_value,
        is_odd,
        decades,
        strays,
        decade_tolerance,
        tolerance_below,
        rate,
        case
            -- equal but for the rate, and not equal as they are
            when abs(ratio - 1) <= cast((select max(tolerance) from bound) as double) then null
            when abs(log10(cast(rate as double))) - log10(1 + cast((select max(tolerance) from bound) as double)) < strays then null
            when abs(ratio / cast(rate as double) - 1) <= cast((select max(tolerance) from bound) as double)
                -- a value in units worth more than a dollar is the lower one, as an undervalued import is
                and is_one_shipment and (is_usual or rate > 1) then rate
            when abs(ratio * cast(rate as double) - 1) <= cast((select max(tolerance) from bound) as double)
                and is_one_shipment and (is_usual or rate < 1) then cast(cast(1 as decimal(20, 10)) / rate as decimal(20, 10))
        end as currency_factor
    from rated

),

factored as (

    select
        exporter,
        importer,
        frequency,
        export_period,
        import_period,
        commodity_code,
        import_commodity_code,
        export_value,
        import_value,
        usual_unit_value,
        export_unit_value,
        import_unit_value,
        is_odd,
        rate,
        case
            when currency_factor is not null
                and not coalesce(abs(decades - round(decades)) < abs(decades - log10(cast(currency_factor as double))) and round(decades) <> 0, false)
                then cast(currency_factor as decimal(38, 10))
            when round(decades) <> 0 and abs(round(decades)) - cast(decade_tolerance as double) >= strays
                and decades - round(decades) between -tolerance_below and cast(decade_tolerance as double)
                -- with ten decimals no more than ten decades can be taken back, and none are in use
                then cast(nullif(try_cast(power(cast(10 as double), round(decades)) as decimal(21, 10)), 0) as decimal(38, 10))
        end as factor,
        currency_factor is not null
            and not coalesce(abs(decades - round(decades)) < abs(decades - log10(cast(currency_factor as double))) and round(decades) <> 0, false)
            as is_currency
    from fitted

),

sided as (

    select
        exporter,
        importer,
        frequency,
        export_period,
        import_period,
        commodity_code,
        import_commodity_code,
        export_value,
        import_value,
        case when is_currency then 'currency' else 'power of ten' end as evidence,
        factor,
        case
            when is_currency then (factor > 1) = (rate > 1)
            -- an own record is not in doubt; else the one that has a mass is the odd one
            when is_odd then exporter = $reporter or export_unit_value is null
            when usual_unit_value > 0 and import_unit_value > 0 and export_unit_value > 0
                then abs(ln(cast(import_unit_value as double)) - ln(cast(usual_unit_value as double)))
                    - abs(ln(cast(export_unit_value as double)) - ln(cast(usual_unit_value as double)))
                    -- what has been checked must lie further by more than half of the error
                    >= case
                        when importer = $reporter then abs(ln(cast(factor as double))) / 2
                        when exporter = $reporter then -abs(ln(cast(factor as double))) / 2
                        else 0
                    end
            when importer = $reporter then false
            when exporter = $reporter then true
            else factor > 1
        end as import_is_wrong
    from factored
    where factor is not null

),

scaled as (

    select
        exporter,
        importer,
        frequency,
        import_period as period,
        import_commodity_code as commodity_code,
        evidence,
        cast(round(cast(1 as decimal(20, 10)) / factor, 10) as decimal(28, 10)) as import_scale,
        cast(1 as decimal(28, 10)) as export_scale,
        import_value - round(import_value * cast(round(cast(1 as decimal(20, 10)) / factor, 10) as decimal(28, 10)), 6) as amount
    from sided
    where import_is_wrong

    union all

    select
        exporter,
        importer,
        frequency,
        export_period as period,
        commodity_code,
        evidence,
        cast(1 as decimal(28, 10)) as import_scale,
        cast(factor as decimal(28, 10)) as export_scale,
        round(export_value * cast(factor as decimal(28, 10)), 6) - export_value as amount
    from sided
    where not import_is_wrong

    union all

    -- records that nothing answers
    select
        exporter,
        importer,
        frequency,
        period,
        commodity_code,
        'lone record' as evidence,
        case side when 'import' then factor else 1 end as import_scale,
        case side when 'export' then factor else 1 end as export_scale,
        case side when 'import' then value - round(value * factor, 6) else round(value * factor, 6) - value end as amount
    from odd_record

)

select
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    max(evidence) as evidence,
    -- the one side may be wrong against one month, the other against another
    coalesce(max(import_scale) filter (where import_scale <> 1), 1) as import_scale,
    coalesce(max(export_scale) filter (where export_scale <> 1), 1) as export_scale,
    cast(sum(amount) as decimal(38, 6)) as amount
from scaled
group by
    exporter,
    importer,
    frequency,
    period,
    commodity_code
