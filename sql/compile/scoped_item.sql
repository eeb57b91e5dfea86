-- Every accepted item with its month, flow, partners, commodity and scope
--
-- Time: the recording date of the profile; a declaration without it counts on the
-- day of its acceptance, and is flagged. The months of all three dates are kept, to
-- show what the choice does; a date more than a year off the compiled days has none.
-- Scope: the procedure gives the flow and the trade systems, and the special category
-- is the strongest of those that procedure, additional procedures, nature of
-- transaction, subheading, subheading with nature, mode of transport and partner show. `scope_no` is both. Several
-- additional procedures are found in one cell whatever parts them. A nature that is on no
-- list of the days tells as little as none, and so does an origin that no list has, where
-- it decides what a re-export is.
-- Partner: the country of origin of imports, the last known destination of
-- exports; a country that no list knows is `_X`, not specified.
-- Commodity: a subheading that was not in force that day stays in its chapter as
-- `<chapter>XXXX`; those of chapters 98 and 99 are in force if the national list has them.
-- Values, masses and quantities are still as declared: `valued_item` and
-- `measured_item` come after.
--
-- Lists stand on the left of every join, because that side is kept in memory, and
-- the items must not be. The casts to dictionaries and text views change no value:
-- a join of two dictionaries looks at each code once and not at each item, and
-- items are grouped by views several times faster than by dictionaries. `limit` loses no
-- row, for it is far above what lists hold: it tells the engine which side is small.
--
-- imts:   1.4, 2.17, 6.13, 6.18, 6.19
-- method: R-1.01, R-1.10, R-1.20, R-1.24, R-1.50, R-1.60
-- grain:  batch_id, line_no
-- view:   yes

with scope_of_procedure as (

    select
        arrow_cast(procedure_code, 'Dictionary(Int32, Utf8)') as procedure_code,
        arrow_cast(flow, 'Dictionary(Int32, Utf8)') as flow,
        own_key,
        foreign_key,
        unstated_key,
        category_no,
        silent_category_no,
        -- without a list of natures nobody can say that one is on no list
        case when (select count(*) from transaction_nature) > 0 then silent_category_no end as unlisted_category_no
    from procedure_scope

),

-- An item can declare several additional procedures in one cell, in any order and in letters of
-- any size. Whatever is no letter and no digit parts them, and three characters are one where
-- nothing does. Their number grows with the items, so that no limit may stand here.
declared_procedure as (

    select distinct arrow_cast(additional_procedure, 'Utf8') as additional_procedure
    from accepted_item
    where additional_procedure is not null

),

declared_part as (

    select
        additional_procedure,
        unnest(string_to_array(regexp_replace(upper(additional_procedure), '[^0-9A-Z]+', ' ', 'g'), ' ')) as part
    from declared_procedure

),

declared_code as (

    select
        additional_procedure,
        unnest(string_to_array(
            case
                when regexp_like(part, '^([0-9A-Z]{3})+$') then concat(part, ' ', regexp_replace(part, '([0-9A-Z]{3})', '\1 ', 'g'))
                else part
            end,
            ' '
        )) as code
    from declared_part

),

additional_category as (

    select
        arrow_cast(declared_code.additional_procedure, 'Dictionary(Int32, Utf8)') as additional_procedure,
        arrow_cast(category_key.flow, 'Dictionary(Int32, Utf8)') as flow,
        min(category_key.category_no) as category_no
    from declared_code
    join category_key
        on category_key.code = declared_code.code
    where category_key.kind = 'additional'
    group by
        declared_code.additional_procedure,
        category_key.flow

),

-- Every nature in force, most of which show no category: one that is not here is on no list.
nature_in_force as (

    select distinct cast(transaction_nature as varchar) as transaction_nature
    from transaction_nature
    where valid_from <= $last_day
        and valid_to >= $first_day

),

listed_nature as (

    select
        nature_in_force.transaction_nature,
        direction.flow
    from nature_in_force
    cross join (select distinct flow from procedure_scope) as direction

),

nature_category as (

    select
        arrow_cast(coalesce(listed_nature.transaction_nature, category_key.code), 'Dictionary(Int32, Utf8)') as transaction_nature,
        arrow_cast(coalesce(listed_nature.flow, category_key.flow), 'Dictionary(Int32, Utf8)') as flow,
        category_key.category_no
    from listed_nature
    full join (
        select
            code,
            flow,
            category_no
        from category_key
        where kind = 'nature'
    ) as category_key
        on category_key.code = listed_nature.transaction_nature
        and category_key.flow = listed_nature.flow
    limit 100000

),

goods_category as (

    select
        arrow_cast(code, 'Dictionary(Int32, Utf8)') as hs6,
        arrow_cast(flow, 'Dictionary(Int32, Utf8)') as flow,
        category_no,
        without_value_no
    from category_key
    where kind = 'goods'
    limit 100000

),

-- Both flows have the same rows here.
goods_nature_category as (

    select
        arrow_cast(code, 'Dictionary(Int32, Utf8)') as hs6,
        arrow_cast(transaction_nature, 'Dictionary(Int32, Utf8)') as transaction_nature,
        category_no
    from category_key
    where kind = 'goods_nature'
        and flow = 'M'
    limit 100000

),

-- Both flows have the same rows here and of partners.
mode_category as (

    select
        arrow_cast(code, 'Dictionary(Int32, Utf8)') as border_transport_mode,
        category_no
    from category_key
    where kind = 'mode'
        and flow = 'M'
    limit 100000

),

scope_of_key as (

    select
        scope_key,
        scope_no,
        arrow_cast(record_class, 'Dictionary(Int32, Utf8)') as record_class
    from item_scope
    limit 100000

),

month_of_day as (

    select
        day,
        cast(date_trunc('month', day) as date) as month
    from (
        select unnest(
            generate_series(
                cast($first_day as date) - interval '1 year',
                cast($last_day as date) + interval '1 year',
                interval '1 day'
            )
        ) as day
    )
    limit 100000

),

known_country as (

    -- with its zone by distance and route, which freight is estimated by, and the category of goods for bunkers
    select
        arrow_cast(country.country, 'Dictionary(Int32, Utf8)') as country,
        arrow_cast(max(partner_zone.partner_zone), 'Dictionary(Int32, Utf8)') as partner_zone,
        min(category_key.category_no) as category_no
    from country
    left join partner_zone
        on partner_zone.country = country.country
        and partner_zone.reporter = $reporter
        and partner_zone.valid_from <= $last_day
        and partner_zone.valid_to >= $first_day
    left join category_key
        on category_key.code = country.country
        and category_key.kind = 'partner'
        and category_key.flow = 'M'
    where country.valid_from <= $last_day
        and country.valid_to >= $first_day
    group by country.country
    limit 100000

),

-- Subheadings of the chapters for national use (98 and 99) are those of the national list.
known_subheading as (

    select arrow_cast(code, 'Dictionary(Int32, Utf8)') as hs6
    from commodity
    where level = 6
        and valid_from <= $last_day
        and valid_to >= $first_day

    union

    select arrow_cast(left(code, 6), 'Dictionary(Int32, Utf8)') as hs6
    from national_commodity
    where left(code, 2) in ('98', '99')
        and character_length(code) >= 6
        and valid_from <= $last_day
        and valid_to >= $first_day

),

other_unit as (

    select
        arrow_cast(alias, 'Dictionary(Int32, Utf8)') as alias,
        arrow_cast(unit, 'Dictionary(Int32, Utf8)') as unit
    from unit_alias

),

dated as (

    select
        batch_id,
        line_no,
        case
            when $recording_date in ('acceptance', 'acceptance_else_release')
                then coalesce(acceptance_date, release_date, received_on)
            when $recording_date in ('arrival', 'arrival_else_release')
                then coalesce(arrival_date, release_date, acceptance_date, received_on)
            else coalesce(release_date, acceptance_date, received_on)
        end as recording_date,
        case
            when $recording_date in ('acceptance', 'acceptance_else_release') then acceptance_date is null
            when $recording_date in ('arrival', 'arrival_else_release') then arrival_date is null
            else release_date is null
        end as recording_date_is_fallback,
        acceptance_date,
        release_date,
        arrival_date,
        declaration_id,
        procedure_code,
        additional_procedure,
        transaction_nature,
        coalesce(statistical_value, 0) <= 0
            and coalesce(invoice_amount, 0) <= 0
            and not coalesce(valuation_method in ('2', '3', '4', '5', '6') and customs_value > 0, false) as has_no_value,
        customs_office,
        origin_country,
        destination_country,
        consignment_country,
        delivery_terms,
        invoice_currency,
        valuation_method,
        border_transport_mode,
        commodity_code,
        hs6,
        gross_mass_kg,
        net_mass_kg,
        supplementary_unit,
        supplementary_quantity,
        invoice_amount,
        exchange_rate,
        freight_cost,
        insurance_cost,
        statistical_value,
        customs_value
    from accepted_item

),

described as (

    select
        dated.batch_id,
        dated.line_no,
        statistical_rate.period,
        dated.recording_date,
        dated.recording_date_is_fallback,
        accepted_on.month as acceptance_period,
        released_on.month as release_period,
        arrived_on.month as arrival_period,
        dated.declaration_id,
        dated.procedure_code,
        scope_of_procedure.flow,
        cast(
            case
                when dated.origin_country = $reporter then scope_of_procedure.own_key
                when origin.country is null then scope_of_procedure.unstated_key
                else scope_of_procedure.foreign_key
            end
            + coalesce(
                least(
                    scope_of_procedure.category_no,
                    additional_category.category_no,
                    nature_category.category_no,
                    goods_nature_category.category_no,
                    mode_category.category_no,
                    partner.category_no,
                    case when dated.has_no_value then goods_category.without_value_no else goods_category.category_no end,
                    case
                        when dated.transaction_nature is null then scope_of_procedure.silent_category_no
                        when nature_category.flow is null then scope_of_procedure.unlisted_category_no
                    end
                ),
                0
            ) as int
        ) as scope_key,
        partner.country as partner,
        consignment.country as partner_consignment,
        partner.partner_zone,
        consignment.partner_zone as consignment_zone,
        dated.commodity_code,
        known_subheading.hs6,
        dated.statistical_value as declared_value,
        dated.customs_value,
        dated.invoice_amount,
        dated.exchange_rate,
        dated.freight_cost,
        dated.insurance_cost,
        statistical_rate.rate,
        dated.gross_mass_kg,
        dated.net_mass_kg,
        coalesce(other_unit.unit, dated.supplementary_unit) as supplementary_unit,
        dated.supplementary_quantity,
        dated.customs_office,
        dated.border_transport_mode,
        dated.delivery_terms,
        dated.invoice_currency,
        dated.valuation_method
    from other_unit
    right join (
        month_of_day as arrived_on
        right join (
            month_of_day as released_on
            right join (
                month_of_day as accepted_on
                right join (
                    goods_nature_category
                    right join (
                        goods_category
                        right join (
                            nature_category
                            right join (
                                additional_category
                                right join (
                                    known_subheading
                                    right join (
                                        known_country as consignment
                                        right join (
                                            known_country as origin
                                            right join (
                                                known_country as partner
                                                right join (
                                                    scope_of_procedure
                                                    right join (
                                                        statistical_rate
                                                        right join (
                                                            mode_category
                                                            right join dated
                                                                on dated.border_transport_mode = mode_category.border_transport_mode
                                                        )
                                                            on dated.recording_date = statistical_rate.day
                                                    )
                                                        on dated.procedure_code = scope_of_procedure.procedure_code
                                                )
                                                    on partner.country = case
                                                        when scope_of_procedure.flow = 'M' then dated.origin_country
                                                        else dated.destination_country
                                                    end
                                            )
                                                -- asked only where it decides
                                                on origin.country = case
                                                    when scope_of_procedure.own_key <> scope_of_procedure.unstated_key
                                                        then dated.origin_country
                                                end
                                        )
                                            on dated.consignment_country = consignment.country
                                    )
                                        on dated.hs6 = known_subheading.hs6
                                )
                                    on dated.additional_procedure = additional_category.additional_procedure
                                    and scope_of_procedure.flow = additional_category.flow
                            )
                                on dated.transaction_nature = nature_category.transaction_nature
                                and scope_of_procedure.flow = nature_category.flow
                        )
                            on dated.hs6 = goods_category.hs6
                            and scope_of_procedure.flow = goods_category.flow
                    )
                        on dated.hs6 = goods_nature_category.hs6
                        and dated.transaction_nature = goods_nature_category.transaction_nature
                )
                    on dated.acceptance_date = accepted_on.day
            )
                on dated.release_date = released_on.day
        )
            on dated.arrival_date = arrived_on.day
    )
        on dated.supplementary_unit = other_unit.alias

)

select
    described.batch_id,
    described.line_no,
    described.period,
    described.recording_date,
    described.recording_date_is_fallback,
    described.acceptance_period,
    described.release_period,
    described.arrival_period,
    described.declaration_id,
    described.procedure_code,
    scope_of_key.scope_no,
    described.flow,
    scope_of_key.record_class,
    coalesce(arrow_cast(described.partner, 'Utf8View'), '_X') as partner,
    coalesce(arrow_cast(described.partner_consignment, 'Utf8View'), '_X') as partner_consignment,
    -- imports come from where they were sent, whatever their origin
    case
        when described.flow = 'M'
            then coalesce(arrow_cast(described.consignment_zone, 'Utf8View'), arrow_cast(described.partner_zone, 'Utf8View'), '-')
        else coalesce(arrow_cast(described.partner_zone, 'Utf8View'), '-')
    end as partner_zone,
    case
        when described.hs6 is null then concat(left(described.commodity_code, 2), 'XXXX')
        else arrow_cast(described.commodity_code, 'Utf8View')
    end as commodity_code,
    case
        when described.hs6 is null then concat(left(described.commodity_code, 2), 'XXXX')
        else arrow_cast(described.hs6, 'Utf8View')
    end as hs6,
    left(arrow_cast(described.commodity_code, 'Utf8View'), 2) as hs2,
    described.declared_value,
    described.customs_value,
    described.invoice_amount,
    described.exchange_rate,
    described.freight_cost,
    described.insurance_cost,
    described.rate,
    described.gross_mass_kg,
    described.net_mass_kg,
    arrow_cast(described.supplementary_unit, 'Utf8View') as supplementary_unit,
    described.supplementary_quantity,
    described.customs_office,
    described.border_transport_mode,
    described.delivery_terms,
    described.invoice_currency,
    described.valuation_method
from scope_of_key
right join described
    on described.scope_key = scope_of_key.scope_key
