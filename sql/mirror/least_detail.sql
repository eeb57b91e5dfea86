-- The least split that partner figures have, where splits and totals stand together
--
-- A source may publish a flow in total and again by second partner, procedure or mode
-- of transport. Only one of the splits may count: the total, or else the least detailed
-- one. Where the modes of transport have no total, a mode (water) stands beside those
-- within it (sea), which do not count then. Only reporters and periods that tell of a flow
-- twice are looked at here, so that files of totals alone cost nothing. The result is not
-- called `detail`: a filter on two columns of one name, one from each side of an outer
-- join, is misread by the engine (DataFusion 55).
--
-- method: R-4.1
-- grain:  source, reporter, partner, partner_concept, flow, flow_kind, frequency, period, edition, commodity_code
-- view:   yes

with split as (

    select
        mapped_flow.source,
        mapped_flow.reporter,
        mapped_flow.partner,
        mapped_flow.partner_concept,
        mapped_flow.flow,
        mapped_flow.flow_kind,
        mapped_flow.frequency,
        mapped_flow.period,
        mapped_flow.edition,
        mapped_flow.commodity_code,
        mapped_flow.detail,
        bit_or(mapped_flow.wide_mode) as wide_modes
    from repeated_flow
    join mapped_flow
        on repeated_flow.source = mapped_flow.source
        and repeated_flow.reporter = mapped_flow.reporter
        and repeated_flow.flow = mapped_flow.flow
        and repeated_flow.flow_kind = mapped_flow.flow_kind
        and repeated_flow.frequency = mapped_flow.frequency
        and repeated_flow.period = mapped_flow.period
    where mapped_flow.why is null
    group by
        mapped_flow.source,
        mapped_flow.reporter,
        mapped_flow.partner,
        mapped_flow.partner_concept,
        mapped_flow.flow,
        mapped_flow.flow_kind,
        mapped_flow.frequency,
        mapped_flow.period,
        mapped_flow.edition,
        mapped_flow.commodity_code,
        mapped_flow.detail

)

select
    source,
    reporter,
    partner,
    partner_concept,
    flow,
    flow_kind,
    frequency,
    period,
    edition,
    commodity_code,
    min(detail) as kept_detail,
    -- those of the split that is kept: they are numbered below 16
    min(detail * 16 + wide_modes) % 16 as kept_wide_modes
from split
group by
    source,
    reporter,
    partner,
    partner_concept,
    flow,
    flow_kind,
    frequency,
    period,
    edition,
    commodity_code
