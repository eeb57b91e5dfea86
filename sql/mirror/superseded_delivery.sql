-- Partner figures that a newer file of the same source replaces
--
-- Of a cell that several files tell of, the newest counts: reporter, partner, flow,
-- period, edition, commodity, split and kind of figure, by our codes, because files of
-- different layouts write the same thing differently. World and groups are partners like any
-- other here: that two files share the world says nothing of its members.
--
-- A cell that only the older file has was withdrawn, or the newer file is a narrower query.
-- What the older one tells of a partner and flow is out as a whole, where newer files
-- have at least the share `mirror_vintage_share_min` of its records, and all its chapters at
-- each level: a figure that the source withdrew does not live on. Otherwise only the
-- common cells are. Files without a common cell are parts, and all of them count.
--
-- `line_no` is empty where all lines of the partner and flow in the file are out.
--
-- method: R-4.1
-- grain:  batch_id, reporter_key, partner_key, flow_code, frequency, period, line_no
-- view:   yes

with bound as (

    -- by the period of the figures, because questions outside a run have none of their own
    select
        value as share_min,
        valid_from,
        valid_to
    from parameter
    where name = 'mirror_vintage_share_min'

),

delivery as (

    select
        source,
        coalesce(reporter_code, reporter_name) as reporter_key,
        frequency,
        period,
        batch_id
    from partner_flow
    group by
        source,
        coalesce(reporter_code, reporter_name),
        frequency,
        period,
        batch_id

),

placed_delivery as (

    select
        delivery.source,
        delivery.reporter_key,
        delivery.frequency,
        delivery.period,
        delivery.batch_id,
        case
            when mapped_area.treatment in ('country', 'special') then mapped_area.country
            else delivery.reporter_key
        end as reporter
    from mapped_area
    right join delivery
        on mapped_area.source = delivery.source
        and mapped_area.area_key = delivery.reporter_key
        and delivery.period between mapped_area.valid_from and mapped_area.valid_to

),

told_twice as (

    select
        source,
        reporter,
        frequency,
        period
    from placed_delivery
    group by
        source,
        reporter,
        frequency,
        period
    having count(distinct batch_id) > 1

),

vintage as (

    select
        placed_delivery.source,
        placed_delivery.reporter,
        placed_delivery.reporter_key,
        placed_delivery.frequency,
        placed_delivery.period,
        placed_delivery.batch_id,
        partner_batch.position
    from partner_batch
    join (
        told_twice
        join placed_delivery
            on told_twice.source = placed_delivery.source
            and told_twice.reporter = placed_delivery.reporter
            and told_twice.frequency = placed_delivery.frequency
            and told_twice.period = placed_delivery.period
    )
        on partner_batch.batch_id = placed_delivery.batch_id

),

record as (

    select
        vintage.source,
        vintage.reporter,
        vintage.reporter_key,
        vintage.frequency,
        vintage.period,
        vintage.batch_id,
        vintage.position,
        given_record.line_no,
        given_record.partner_key,
        given_record.flow_code,
        given_record.partner_concept,
        coalesce(given_record.edition, given_record.classification) as edition,
        given_record.commodity_code,
        given_record.measure,
        given_record.split
    from vintage
    join given_record
        on vintage.batch_id = given_record.batch_id
        and vintage.source = given_record.source
        and vintage.reporter_key = given_record.reporter_key
        and vintage.frequency = given_record.frequency
        and vintage.period = given_record.period

),

coded as (

    select
        record.source,
        record.reporter,
        record.reporter_key,
        record.frequency,
        record.period,
        record.batch_id,
        record.position,
        record.line_no,
        record.partner_key,
        record.flow_code,
        case
            when mapped_area.treatment in ('country', 'special') then mapped_area.country
            else record.partner_key
        end as partner,
        concat_ws('|', coalesce(partner_flow_code.flow, record.flow_code), partner_flow_code.flow_kind) as flow,
        record.commodity_code,
        concat_ws(
            '|',
            record.edition,
            case
                when record.partner_concept in ('origin', 'consignment', 'destination') then record.partner_concept
                when partner_flow_code.flow = 'X' then 'destination'
                else partner_source.import_concept
            end,
            -- a line without a measure has the value, whatever it has besides
            case
                when record.measure is null then 'value'
                else coalesce(partner_measure.kind, record.measure)
            end
        ) as sort,
        record.split
    from partner_source
    right join (
        partner_measure
        right join (
            partner_flow_code
            right join (
                mapped_area
                right join record
                    on mapped_area.source = record.source
                    and mapped_area.area_key = record.partner_key
                    and record.period between mapped_area.valid_from and mapped_area.valid_to
            )
                on partner_flow_code.partner_source = record.source
                and partner_flow_code.code = record.flow_code
        )
            on partner_measure.partner_source = record.source
            and partner_measure.measure = record.measure
    )
        on partner_source.partner_source = record.source

),

followed as (

    select
        batch_id,
        line_no,
        source,
        reporter,
        reporter_key,
        partner,
        partner_key,
        flow,
        flow_code,
        frequency,
        period,
        max(position) over (
            partition by source, reporter, frequency, period, partner, flow, sort, split, commodity_code
        ) > position as cell_is_newer,
        max(position) over (
            partition by source, reporter, frequency, period, partner, flow, sort, length(commodity_code), left(commodity_code, 2)
        ) > position as chapter_is_newer
    from coded

),

judged as (

    select
        batch_id,
        line_no,
        source,
        reporter_key,
        partner_key,
        flow_code,
        frequency,
        period,
        cell_is_newer,
        bool_and(chapter_is_newer) over (partition by source, reporter, frequency, period, partner, flow, batch_id) as chapters_are_newer,
        sum(case when cell_is_newer then 1 else 0 end) over (partition by source, reporter, frequency, period, partner, flow, batch_id) as newer_count,
        count(*) over (partition by source, reporter, frequency, period, partner, flow, batch_id) as record_count
    from followed

),

gone as (

    select
        judged.batch_id,
        judged.source,
        judged.reporter_key,
        judged.partner_key,
        judged.flow_code,
        judged.frequency,
        judged.period,
        case
            when judged.chapters_are_newer and judged.newer_count >= bound.share_min * judged.record_count then null
            else judged.line_no
        end as line_no
    from bound
    right join judged
        on judged.period between bound.valid_from and bound.valid_to
    where judged.cell_is_newer
        or (judged.chapters_are_newer and judged.newer_count >= bound.share_min * judged.record_count)

)

select
    batch_id,
    source,
    reporter_key,
    partner_key,
    flow_code,
    frequency,
    period,
    line_no,
    count(*) as record_count
from gone
group by
    batch_id,
    source,
    reporter_key,
    partner_key,
    flow_code,
    frequency,
    period,
    line_no
