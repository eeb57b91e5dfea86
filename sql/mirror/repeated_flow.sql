-- Reporters and periods of which some flow may stand in more than one record
--
-- Such a flow is told in total and split, by parts of a country, under several codes of
-- one country, or with one measure a line: one of the splits counts, or the records are
-- added up. All other records are flows as they stand, and are not grouped at all.
--
-- The cells of a reporter are counted by a number made of partner and commodity, which
-- takes a tenth of the memory that the codes would. Two cells with one number look like
-- a repeated one: their reporter is grouped then, with the same result.
--
-- method: R-4.1
-- grain:  source, reporter, flow, flow_kind, frequency, period
-- view:   yes

with record as (

    select
        source,
        reporter,
        flow,
        flow_kind,
        frequency,
        period,
        partner_concept,
        edition,
        ascii(partner) * 256 + ascii(substr(partner, 2)) as partner_number,
        -- codes with letters in them are below nil
        coalesce(
            try_cast(commodity_code as bigint),
            -try_cast(translate(commodity_code, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01234567890123456789012345') as bigint)
        ) as commodity_number
    from mapped_flow
    where why is null

),

repeated as (

    select
        source,
        reporter,
        flow,
        flow_kind,
        frequency,
        period,
        count(*) as record_count
    from record
    group by
        source,
        reporter,
        flow,
        flow_kind,
        frequency,
        period,
        partner_concept,
        edition
    -- the engine would turn a plain count of unlike numbers into groups, which take far more
    having count(*)
        > count(distinct cast(partner_number as bigint) * 1000000000000 + commodity_number) filter (where commodity_number is not null)

)

select
    source,
    reporter,
    flow,
    flow_kind,
    frequency,
    period,
    sum(record_count) as record_count
from repeated
group by
    source,
    reporter,
    flow,
    flow_kind,
    frequency,
    period
