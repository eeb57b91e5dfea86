-- What each area of a source means: the country that its code or name stands for
--
-- Sources code areas by their own lists, or write names only. Names are compared by their
-- letters alone, small or capital, with the dots over i and ё or without, because sources drop
-- blanks and points. Beside the list of names our own labels are known, in Azerbaijani and Russian.
-- A group of countries has no country: it stands under its own code. `member_from` and `member_to` are the
-- days on which the country was in the union whose members record imports from each other by
-- consignment. An area is undisclosed where its code stands for goods whose country is not told.
--
-- `area` is what the area is, however it is written: the country by any of its codes and names.
-- Where a source has several numbers for one country, or several codes of as many letters, only
-- the one that our list of countries knows is the country itself; the others are parts of it, or
-- what it was in other years, and areas of their own, as are all areas that are no country.
--
-- method: R-4.1
-- grain:  source, area_key, valid_from
-- view:   yes

with listed_name as (

    select distinct
        translate(regexp_replace(lower(arrow_cast(code, 'Utf8')), '[^\p{L}]', '', 'g'), 'ıё', 'iе') as letters,
        country,
        treatment,
        valid_from,
        valid_to
    from partner_area
    where scheme = 'name'

),

label_name as (

    select
        code as country,
        translate(regexp_replace(lower(arrow_cast(az, 'Utf8')), '[^\p{L}]', '', 'g'), 'ıё', 'iе') as letters
    from label
    where list = 'country'

    union

    select
        code as country,
        translate(regexp_replace(lower(arrow_cast(ru, 'Utf8')), '[^\p{L}]', '', 'g'), 'ıё', 'iе') as letters
    from label
    where list = 'country'

),

-- a name of two countries tells neither
single_label as (

    select
        letters,
        max(country) as country
    from label_name
    group by letters
    having count(*) = 1

),

labelled_name as (

    select
        single_label.letters,
        partner_area.country,
        partner_area.treatment,
        partner_area.valid_from,
        partner_area.valid_to
    from single_label
    join partner_area
        on single_label.country = partner_area.code
    left join listed_name
        on single_label.letters = listed_name.letters
    where partner_area.scheme = 'iso'
        and listed_name.letters is null

),

known_name as (

    select
        letters,
        country,
        treatment,
        valid_from,
        valid_to
    from listed_name

    union all

    select
        letters,
        country,
        treatment,
        valid_from,
        valid_to
    from labelled_name

),

given_name as (

    select
        source,
        reporter_name as area_name
    from partner_flow
    where reporter_code is null
    group by
        source,
        reporter_name

    union

    select
        source,
        partner_name as area_name
    from partner_flow
    where partner_code is null
    group by
        source,
        partner_name

),

listed_code as (

    select
        arrow_cast(partner_source.partner_source, 'Utf8') as source,
        arrow_cast(partner_area.code, 'Utf8') as code
    from partner_source
    join partner_area
        on partner_source.area_scheme = partner_area.scheme
    group by
        partner_source.partner_source,
        partner_area.code

),

undisclosed as (

    select distinct country
    from country
    where is_undisclosed

),

own_code as (

    select
        country,
        country as code
    from country

    union

    select
        country,
        alpha3 as code
    from country

    union

    select
        country,
        comtrade_code as code
    from country

),

-- countries that a list gives more than one number, or more than one code of as many letters
divided as (

    select
        scheme,
        country,
        case when code ~ '^[0-9]+$' then 0 else character_length(code) end as letter_count
    from partner_area
    where treatment = 'country'
    group by
        scheme,
        country,
        case when code ~ '^[0-9]+$' then 0 else character_length(code) end
    having count(distinct code) > 1

)

select
    arrow_cast(given_name.source, 'Utf8') as source,
    arrow_cast(given_name.area_name, 'Utf8') as area_key,
    known_name.country,
    known_name.treatment,
    case when known_name.treatment = 'country' then known_name.country else arrow_cast(given_name.area_name, 'Utf8') end as area,
    known_name.valid_from,
    known_name.valid_to,
    country_group.valid_from as member_from,
    country_group.valid_to as member_to,
    undisclosed.country is not null as is_undisclosed
from known_name
join given_name
    on known_name.letters = translate(
        regexp_replace(lower(arrow_cast(given_name.area_name, 'Utf8')), '[^\p{L}]', '', 'g'), 'ıё', 'iе'
    )
left join listed_code
    on arrow_cast(given_name.source, 'Utf8') = listed_code.source
    and arrow_cast(given_name.area_name, 'Utf8') = listed_code.code
left join partner_source
    on arrow_cast(given_name.source, 'Utf8') = partner_source.partner_source
left join country_group
    on partner_source.consignment_group = country_group.country_group
    and known_name.country = country_group.country
left join undisclosed
    on known_name.country = undisclosed.country
-- a name that is a code as well (USA, World) is one area
where listed_code.code is null

union all

select
    arrow_cast(partner_source.partner_source, 'Utf8') as source,
    arrow_cast(partner_area.code, 'Utf8') as area_key,
    partner_area.country,
    partner_area.treatment,
    case
        when partner_area.treatment = 'country' and (divided.country is null or own_code.country is not null) then partner_area.country
        else arrow_cast(partner_area.code, 'Utf8')
    end as area,
    partner_area.valid_from,
    partner_area.valid_to,
    country_group.valid_from as member_from,
    country_group.valid_to as member_to,
    undisclosed.country is not null as is_undisclosed
from partner_source
join partner_area
    on partner_source.area_scheme = partner_area.scheme
left join country_group
    on partner_source.consignment_group = country_group.country_group
    and partner_area.country = country_group.country
left join undisclosed
    on partner_area.country = undisclosed.country
left join divided
    on partner_area.scheme = divided.scheme
    and partner_area.country = divided.country
    and case when partner_area.code ~ '^[0-9]+$' then 0 else character_length(partner_area.code) end = divided.letter_count
left join own_code
    on partner_area.country = own_code.country
    and partner_area.code = own_code.code
