-- Which code of one edition of the Harmonized System leads to which of another
--
-- The list holds each pair of editions once, the newer code with the older ones it
-- takes goods from; here it is read in both directions. A code that both editions have
-- and that no row names, on either side, is the same in both.
-- The kind is that of the code converted: 1:1; n:1, it goes whole into a code that
-- takes others too; 1:n, it splits into codes of its own; n:m, a part of it goes into
-- a code that takes others too.
-- One link of each code is the target of conversion by rule. From newer to older it is
-- the one of the conversion tables of the United Nations Statistics Division. They have
-- none from older to newer: there it is the same code; else, of the codes that convert
-- back to this one, the lowest; else the lowest.
--
-- method: R-1.27
-- grain:  from_edition, to_edition, from_hs6, to_hs6
-- view:   yes

with subheading as (

    select
        edition,
        cast(code as varchar) as code
    from commodity
    where level = 6

),

-- Both directions from the start, and not by a union at the end: a question about two
-- editions then costs two editions, and the engine cannot plan a window over a union that
-- is cut to one of them. Names of editions sort by their year.
direction as (

    select
        origin.edition as from_edition,
        goal.edition as to_edition,
        greatest(origin.edition, goal.edition) as newer_edition,
        least(origin.edition, goal.edition) as older_edition,
        goal.edition > origin.edition as is_to_newer
    from (select distinct edition from subheading) as origin
    join (select distinct edition from subheading) as goal
        on goal.edition <> origin.edition

),

listed as (

    select
        from_edition as newer_edition,
        to_edition as older_edition,
        cast(from_code as varchar) as newer_code,
        cast(to_code as varchar) as target_code,
        concat_ws(' ', cast(to_code as varchar), cast(other_codes as varchar)) as older_codes
    from hs_correlation

),

listed_older as (

    select distinct
        newer_edition,
        older_edition,
        unnest(string_to_array(older_codes, ' ')) as code
    from listed

),

-- A code without a row is followed by itself, for now.
described as (

    select
        direction.from_edition,
        direction.to_edition,
        direction.is_to_newer,
        direction.newer_edition,
        direction.older_edition,
        subheading.code as newer_code,
        listed.target_code,
        unnest(string_to_array(coalesce(listed.older_codes, subheading.code), ' ')) as older_code
    from direction
    join subheading
        on subheading.edition = direction.newer_edition
    left join listed
        on  listed.newer_edition = direction.newer_edition
        and listed.older_edition = direction.older_edition
        and listed.newer_code = subheading.code

),

pair as (

    select
        described.from_edition,
        described.to_edition,
        described.is_to_newer,
        described.newer_code,
        described.older_code,
        coalesce(described.older_code = described.target_code, true) as converts_back
    from described
    left join subheading
        on  subheading.edition = described.older_edition
        and subheading.code = described.older_code
    left join listed_older
        on  listed_older.newer_edition = described.newer_edition
        and listed_older.older_edition = described.older_edition
        and listed_older.code = described.older_code
    where described.target_code is not null
        or (subheading.code is not null and listed_older.code is null)

),

link as (

    select
        from_edition,
        to_edition,
        case when is_to_newer then older_code else newer_code end as from_hs6,
        case when is_to_newer then newer_code else older_code end as to_hs6,
        case
            when is_to_newer and newer_code = older_code then 0
            when converts_back then 1
            else 2
        end as preference
    from pair

),

fed as (

    select
        from_edition,
        to_edition,
        from_hs6,
        to_hs6,
        preference,
        count(*) over (partition by from_edition, to_edition, to_hs6) as source_count
    from link

),

counted as (

    select
        from_edition,
        to_edition,
        from_hs6,
        to_hs6,
        source_count,
        count(*) over (partition by from_edition, to_edition, from_hs6) as target_count,
        max(source_count) over (partition by from_edition, to_edition, from_hs6) as most_sources,
        row_number() over (partition by from_edition, to_edition, from_hs6 order by preference, to_hs6) as target_rank
    from fed

)

select
    from_edition,
    to_edition,
    from_hs6,
    to_hs6,
    case
        when target_count = 1 and source_count = 1 then '1:1'
        when target_count = 1 then 'n:1'
        when most_sources = 1 then '1:n'
        else 'n:m'
    end as kind,
    target_rank = 1 as is_target,
    target_count,
    source_count
from counted
