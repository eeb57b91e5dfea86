-- Commodity codes of partner files that are not taken as they stand, or that nobody knows
--
-- One row a code, not a record: all other codes are ours already.
--
-- * The Harmonized System and the combined nomenclature have no code of one, three or five
--   digits, and the latter none of seven. A program that took the code for a number has dropped
--   the zero in front; it is put there again where that gives a code that is known. A code
--   that begins with a zero has lost none.
-- * Eurostat masks the digits of confidential products by letters (27SSSS99, 39XXXXXX): what
--   stands behind the first of them tells no goods apart, and becomes X.
-- * Known is a code that any edition of the Harmonized System has, with what a country adds
--   behind its six digits, what stands masked below a code that is known, the chapters 98 and
--   99, which are for special use, and the total. The codes of other classifications are
--   not looked up.
--
-- method: R-4.1
-- grain:  classification, given_code
-- view:   yes

with told as (

    select
        source,
        classification,
        commodity_code
    from partner_flow
    group by
        source,
        classification,
        commodity_code

),

given as (

    -- as `given_record` takes both out of what the sources write
    select distinct
        case
            when classification is not null then classification
            when source = 'sdmx' then split_part(arrow_cast(commodity_code, 'Utf8'), '_', 1)
            else 'HS'
        end as classification,
        case
            when source = 'sdmx' and classification is null
                then substr(arrow_cast(commodity_code, 'Utf8'), strpos(arrow_cast(commodity_code, 'Utf8'), '_') + 1)
            when source = 'unctad' and commodity_code like 'SITC%' then substr(arrow_cast(commodity_code, 'Utf8'), 5)
            else arrow_cast(commodity_code, 'Utf8')
        end as given_code
    from told

),

coded as (

    select
        given.classification,
        given.given_code,
        partner_edition.edition,
        case
            when given.given_code ~ '^[0-9]+$'
                and (
                    character_length(given.given_code) in (1, 3, 5)
                    or partner_edition.edition = 'CN' and character_length(given.given_code) = 7
                )
                then concat('0', given.given_code)
            when partner_edition.edition = 'CN' and given.given_code ~ '[A-Z]'
                then rpad(regexp_replace(given.given_code, '[A-Z].*$', ''), character_length(given.given_code), 'X')
            else given.given_code
        end as read_code
    from partner_edition
    join given
        on partner_edition.code = given.classification
    where (partner_edition.edition like 'HS%' or partner_edition.edition = 'CN')
        and given.given_code <> 'TOTAL'

),

known_code as (

    select distinct code
    from commodity

),

looked_up as (

    select
        coded.classification,
        coded.given_code,
        coded.edition,
        coded.read_code,
        known_code.code is not null
        or regexp_like(coded.read_code, '^9[89]')
        -- hidden in all its digits
        or coded.edition = 'CN' and regexp_like(coded.given_code, '^[SX]+$') as read_is_known,
        known_as_given.code is not null or regexp_like(coded.given_code, '^9[89]') as given_is_known
    from known_code as known_as_given
    right join (
        known_code
        right join coded
            -- the code without the mask and without what a country adds to it
            on known_code.code = left(regexp_replace(coded.read_code, '^([0-9]{2}|[0-9]{4}|[0-9]{6})[0-9]?X+$', '\1'), 6)
    )
        on known_as_given.code = left(coded.given_code, 6)

)

select
    classification,
    given_code,
    edition,
    case when read_is_known or edition = 'CN' and given_code ~ '[A-Z]' then read_code else given_code end as read_code,
    read_is_known or given_is_known as is_known
from looked_up
where read_code <> given_code
    or not (read_is_known or given_is_known)
