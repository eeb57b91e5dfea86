-- Every item with what the code lists say about its codes
--
-- The rules read this relation and nothing else, so that all of them are judged in
-- one scan of the items. Every list is first cut to the days of the run, and `array_has`
-- searches its codes: the program reads each such list once, before the scan. Only
-- rates and ranges, which are numbers, are joined, by equality to code columns and with
-- one row a key, so that no join can add or lose an item.
--
-- A fact is true, false or null, and null means that nobody can judge: the cell is
-- empty, or the list is. The comment above a column says where it differs. `limit`
-- loses no row, for it is far above what the lists hold: it tells the engine that a
-- list built here is the small side of its join, without which it would hold the
-- items in memory instead.
--
-- method: R-1.10, R-1.31, R-1.32, R-1.50, R-1.60
-- grain:  batch_id, line_no
-- view:   yes

with installation_commodity as (

    -- what pipelines and power lines may carry, or what moves in no other way
    select
        subheading_in_force.code,
        mode_commodity.rule
    from subheading_in_force
    join mode_commodity
        on starts_with(subheading_in_force.code, mode_commodity.hs_prefix)
    join transport_mode
        on transport_mode.mode = mode_commodity.mode
    where transport_mode.comtrade_code = '9100'
        and mode_commodity.valid_from <= $last_day
        and mode_commodity.valid_to >= $first_day

),

chapter_in_force as (

    -- of the chapters for national use only the goods that a category is told by
    select code
    from commodity
    where level = 2
        and valid_from <= $last_day
        and valid_to >= $first_day

    union all

    select hs_prefix as code
    from category_code
    where left(hs_prefix, 2) in ('98', '99')
        and valid_from <= $last_day
        and valid_to >= $first_day

),

digits_in_force as (

    select digits
    from commodity_digits
    where country = $reporter
        and valid_from <= $last_day
        and valid_to >= $first_day

),

procedure_in_force as (

    select
        procedure_code,
        flow,
        customs_procedure,
        category,
        is_reimport
    from procedure
    where valid_from <= $last_day
        and valid_to >= $first_day

),

country_in_force as (

    -- The Caspian is a sea to the ships of Baku, though its other shores are landlocked.
    select
        country,
        is_landlocked and not coalesce(on_caspian, false) as has_no_sea
    from country
    where valid_from <= $last_day
        and valid_to >= $first_day

),

delivery_term_in_force as (

    select
        delivery_terms,
        main_carriage_in_price,
        insurance_in_price
    from delivery_term
    where valid_from <= $last_day
        and valid_to >= $first_day

),

mode_in_force as (

    select
        mode,
        comtrade_code
    from transport_mode
    where valid_from <= $last_day
        and valid_to >= $first_day

),

office_in_force as (

    select customs_office
    from customs_office
    where valid_from <= $last_day
        and valid_to >= $first_day

),

-- A unit goes by its own name and by those of other lists (NMB, 796 and u are one unit).
unit_name as (

    select
        unit as name,
        unit
    from quantity_unit

    union

    select
        alias as name,
        unit
    from unit_alias

),

mass_unit_name as (

    select unit_name.name
    from unit_name
    join quantity_unit
        on quantity_unit.unit = unit_name.unit
    where quantity_unit.base_unit = 'kg'

),

quantity_range_in_force as (

    select
        quantity_range.hs6,
        unit_name.name as unit,
        first_value(quantity_range.kg_per_unit_low order by quantity_range.valid_from desc) as kg_per_unit_low,
        first_value(quantity_range.kg_per_unit_high order by quantity_range.valid_from desc) as kg_per_unit_high
    from quantity_range
    join unit_name
        on unit_name.unit = quantity_range.unit
    where quantity_range.valid_from <= $last_day
        and quantity_range.valid_to >= $first_day
    group by
        quantity_range.hs6,
        unit_name.name
    limit 100000

),

run_day as (

    select cast(unnest(generate_series(
        cast($first_day as date), cast($last_day as date), interval '1 day'
    )) as date) as day

),

listed_rate as (

    -- Where a daily and a monthly rate both cover a day, the one that begins later counts.
    select
        exchange_rate.currency,
        run_day.day,
        first_value(cast(exchange_rate.rate as decimal(20, 10)) order by exchange_rate.valid_from desc) as rate
    from exchange_rate
    join run_day
        on run_day.day between exchange_rate.valid_from and exchange_rate.valid_to
    where exchange_rate.reporter_currency = $reporter_currency
    group by
        exchange_rate.currency,
        run_day.day
    limit 130000

),

statistical_rate as (

    -- Every day of the run has its row: what a declared value is worth does not hang on the invoice.
    select
        run_day.day,
        case when $statistical_currency = $reporter_currency then 1 else listed_rate.rate end as rate
    from run_day
    left join listed_rate
        on  listed_rate.day = run_day.day
        and listed_rate.currency = $statistical_currency
    limit 130000

),

currency_in_force as (

    select currency
    from currency
    where valid_from <= $last_day
        and valid_to >= $first_day

)

select
    item.batch_id,
    item.line_no,
    item.received_on,
    item.declaration_id,
    item.item_no,
    item.version,
    item.status,
    item.declaration_type,
    item.procedure_code,
    item.additional_procedure,
    item.acceptance_date,
    item.release_date,
    item.arrival_date,
    item.customs_office,
    item.trader_key,
    item.declarant_key,
    item.trader_id_is_valid,
    item.consignment_country,
    item.origin_country,
    item.destination_country,
    item.trading_country,
    item.first_destination_country,
    item.delivery_terms,
    item.invoice_currency,
    item.transaction_nature,
    item.border_transport_mode,
    item.inland_transport_mode,
    item.container,
    item.transport_nationality,
    item.preference,
    item.valuation_method,
    item.commodity_code,
    item.hs6,
    item.goods_description,
    item.gross_mass_kg,
    item.net_mass_kg,
    item.supplementary_quantity,
    item.supplementary_unit,
    item.invoice_amount,
    item.freight_cost,
    item.insurance_cost,
    item.exchange_rate,
    item.statistical_value,
    item.customs_value,
    item.package_count,

    -- true, or null for an item of a cancelled declaration: nothing is asked of it
    case when item.status <> 'cancelled' then true end as is_in_force,
    case
        when $recording_date in ('acceptance', 'acceptance_else_release')
            then coalesce(item.acceptance_date, item.release_date, item.received_on)
        when $recording_date in ('arrival', 'arrival_else_release')
            then coalesce(item.arrival_date, item.release_date, item.acceptance_date, item.received_on)
        else coalesce(item.release_date, item.acceptance_date, item.received_on)
    end as recording_date,

    array_has((select array_agg(code) from subheading_in_force), item.hs6) as subheading_is_known,
    -- false also for a code too short to hold a subheading; chapters are looked up only for the
    -- few codes whose subheading is unknown
    case
        when array_has((select array_agg(code) from subheading_in_force), item.hs6) then true
        when left(item.hs6, 2) in ('98', '99')
            then array_has((select array_agg(code) from chapter_in_force), left(item.hs6, 4))
                or array_has((select array_agg(code) from chapter_in_force), item.hs6)
        when item.hs6 is not null
            then array_has((select array_agg(code) from chapter_in_force), left(item.hs6, 2))
        when item.commodity_code is not null then false
    end as chapter_is_known,
    -- on the day of the item
    case
        when array_has((select array_agg(code) from national_code_day where day is null), item.commodity_code) then true
        when array_has(
            (select array_agg(concat(code, ' ', day)) from national_code_day where day is not null),
            concat(item.commodity_code, ' ', statistical_rate.day)
        ) then true
        when item.commodity_code is not null and (select count(*) from national_code_day) > 0 then false
    end as national_code_is_known,
    array_has((select array_agg(digits) from digits_in_force), character_length(item.commodity_code)) as digit_count_is_known,
    -- the unit the Harmonized System recommends is another than the kilogram
    case
        when array_has(
            (select array_agg(code) from subheading_in_force where standard_unit <> 'kg'),
            item.hs6
        ) then true
        when array_has(
            (select array_agg(code) from subheading_in_force where standard_unit = 'kg'),
            item.hs6
        ) then false
    end as needs_supplementary_quantity,
    array_has(
        (select array_agg(code) from installation_commodity where rule = 'may'),
        item.hs6
    ) as goes_by_fixed_installation,
    array_has(
        (select array_agg(code) from installation_commodity where rule = 'only'),
        item.hs6
    ) as goes_only_by_fixed_installation,

    array_has((select array_agg(procedure_code) from procedure_in_force), item.procedure_code) as procedure_is_known,
    -- null also for a procedure that records no flow
    case
        when array_has(
            (select array_agg(procedure_code) from procedure_in_force where flow = 'M'),
            item.procedure_code
        ) then 'M'
        when array_has(
            (select array_agg(procedure_code) from procedure_in_force where flow = 'X'),
            item.procedure_code
        ) then 'X'
    end as flow,
    -- goods that come back can be of the own country, after processing abroad too
    array_has(
        (select array_agg(procedure_code) from procedure_in_force where is_reimport or category = 'MOP'),
        item.procedure_code
    ) as is_reimport,
    -- released for home use or exported outright
    array_has(
        (select array_agg(procedure_code) from procedure_in_force where customs_procedure in ('C01', 'C03')),
        item.procedure_code
    ) as is_outright,

    array_has((select array_agg(country) from country_in_force), item.origin_country) as origin_is_known,
    array_has((select array_agg(country) from country_in_force), item.destination_country) as destination_is_known,
    array_has((select array_agg(country) from country_in_force), item.consignment_country) as consignment_is_known,
    -- the country the item is counted under is the compiling one
    case
        when array_has(
            (select array_agg(procedure_code) from procedure_in_force where flow = 'M'),
            item.procedure_code
        ) then item.origin_country = $reporter
        when array_has(
            (select array_agg(procedure_code) from procedure_in_force where flow = 'X'),
            item.procedure_code
        ) then item.destination_country = $reporter
    end as partner_is_own_country,
    -- the country the goods are sent from or to has no sea; false also for an unknown one
    case
        when array_has(
            (select array_agg(procedure_code) from procedure_in_force where flow = 'M'),
            item.procedure_code
        ) then array_has(
            (select array_agg(country) from country_in_force where has_no_sea),
            item.consignment_country
        )
        when array_has(
            (select array_agg(procedure_code) from procedure_in_force where flow = 'X'),
            item.procedure_code
        ) then array_has(
            (select array_agg(country) from country_in_force where has_no_sea),
            item.destination_country
        )
    end as partner_has_no_sea,

    array_has((select array_agg(delivery_terms) from delivery_term_in_force), item.delivery_terms) as terms_is_known,
    case
        when array_has(
            (select array_agg(delivery_terms) from delivery_term_in_force where main_carriage_in_price),
            item.delivery_terms
        ) then true
        when array_has(
            (select array_agg(delivery_terms) from delivery_term_in_force where not main_carriage_in_price),
            item.delivery_terms
        ) then false
    end as main_carriage_in_price,
    case
        when array_has(
            (select array_agg(delivery_terms) from delivery_term_in_force where insurance_in_price),
            item.delivery_terms
        ) then true
        when array_has(
            (select array_agg(delivery_terms) from delivery_term_in_force where not insurance_in_price),
            item.delivery_terms
        ) then false
    end as insurance_in_price,
    -- some declarations of the store state freight once, in their header
    (select count(freight_cost) > 0 from declaration) as freight_stands_in_headers,

    array_has((select array_agg(mode) from mode_in_force), item.border_transport_mode) as mode_is_known,
    array_has(
        (select array_agg(mode) from mode_in_force where comtrade_code = '2100'),
        item.border_transport_mode
    ) as mode_is_sea,
    array_has(
        (select array_agg(mode) from mode_in_force where comtrade_code = '9100'),
        item.border_transport_mode
    ) as mode_is_fixed_installation,

    array_has((select array_agg(customs_office) from office_in_force), item.customs_office) as office_is_known,

    array_has((select array_agg(name) from unit_name), item.supplementary_unit) as unit_is_known,
    array_has((select array_agg(name) from mass_unit_name), item.supplementary_unit) as unit_is_mass,
    quantity_range_in_force.kg_per_unit_low,
    quantity_range_in_force.kg_per_unit_high,

    array_has((select array_agg(currency) from currency_in_force), item.invoice_currency) as currency_is_known,
    array_has(
        (select array_agg(transaction_nature) from transaction_nature where valid_from <= $last_day and valid_to >= $first_day),
        item.transaction_nature
    ) as nature_is_known,
    -- national currency for one unit of the invoice currency on the recording day
    coalesce(listed_rate.rate, case when item.invoice_currency = $reporter_currency then cast(1 as decimal(20, 10)) end)
        as official_rate,
    -- the declared value, and the invoice without main carriage and insurance, both in national
    -- currency at the rates of the day
    item.statistical_value * statistical_rate.rate as national_value,
    (
        item.invoice_amount
        - case
            when array_has(
                (select array_agg(delivery_terms) from delivery_term_in_force where main_carriage_in_price),
                item.delivery_terms
            ) then item.freight_cost
            else 0
        end
        - case
            when array_has(
                (select array_agg(delivery_terms) from delivery_term_in_force where insurance_in_price),
                item.delivery_terms
            ) then item.insurance_cost
            else 0
        end
    ) * coalesce(listed_rate.rate, case when item.invoice_currency = $reporter_currency then cast(1 as decimal(20, 10)) end)
        as national_price_without_carriage,
    -- a missing statistical value can be had from the invoice
    coalesce(
        item.invoice_amount > 0
            and (item.exchange_rate > 0 or listed_rate.rate > 0 or item.invoice_currency = $reporter_currency)
            -- an invoice in the currency of the statistics is converted both ways with its own rate
            and (statistical_rate.rate > 0 or (item.invoice_currency = $statistical_currency and item.exchange_rate > 0)),
        false
    ) as value_is_computable,

    -- numbers of the method, the same on every row
    (
        select cast(value as decimal(9, 6)) from parameter
        where name = 'packaging_share_max' and $last_day between valid_from and valid_to
    ) as packaging_share_max,
    (
        select cast(value as decimal(9, 6)) from parameter
        where name = 'rate_tolerance' and $last_day between valid_from and valid_to
    ) as rate_tolerance,
    (
        select cast(value as decimal(9, 6)) from parameter
        where name = 'cif_fob_max_ratio' and $last_day between valid_from and valid_to
    ) as cif_fob_max_ratio,
    (
        select cast(value as decimal(9, 6)) from parameter
        where name = 'customs_value_tolerance' and $last_day between valid_from and valid_to
    ) as customs_value_tolerance,
    (
        select cast(value as decimal(9, 6)) from parameter
        where name = 'quantity_ratio_tolerance' and $last_day between valid_from and valid_to
    ) as quantity_ratio_tolerance

from item
left join quantity_range_in_force
    on  quantity_range_in_force.hs6 = item.hs6
    and quantity_range_in_force.unit = item.supplementary_unit
left join statistical_rate
    on statistical_rate.day =
        case
            when $recording_date in ('acceptance', 'acceptance_else_release')
                then coalesce(item.acceptance_date, item.release_date, item.received_on)
            when $recording_date in ('arrival', 'arrival_else_release')
                then coalesce(item.arrival_date, item.release_date, item.acceptance_date, item.received_on)
            else coalesce(item.release_date, item.acceptance_date, item.received_on)
        end
left join listed_rate
    on  listed_rate.currency = item.invoice_currency
    and listed_rate.day = statistical_rate.day
