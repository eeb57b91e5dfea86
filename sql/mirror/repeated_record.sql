-- Records of one key in one file, and which of them stands
--
-- A line that a file has twice tells of one flow. Most sources publish one record for
-- a key (areas, flow, period, commodity and every split): of equal ones one counts, and
-- of several with different figures the last, as the newer of two files does. Where
-- lines of one key are details that are added up, their figures are a part of the key,
-- and only equal lines are one record.
--
-- Only reporters and periods that may tell of a flow twice are looked at.
--
-- method: R-4.1
-- grain:  batch_id, record_key
-- view:   yes

with record as (

    select
        mapped_flow.batch_id,
        mapped_flow.record_key,
        mapped_flow.line_no,
        concat_ws(
            '|',
            coalesce(cast(mapped_flow.given_value as text), ''),
            coalesce(cast(mapped_flow.net_mass_kg as text), ''),
            coalesce(cast(mapped_flow.quantity as text), ''),
            coalesce(mapped_flow.quantity_unit, mapped_flow.unknown_unit, '')
        ) as figures
    from repeated_flow
    join mapped_flow
        on repeated_flow.source = mapped_flow.source
        and repeated_flow.reporter = mapped_flow.reporter
        and repeated_flow.flow = mapped_flow.flow
        and repeated_flow.flow_kind = mapped_flow.flow_kind
        and repeated_flow.frequency = mapped_flow.frequency
        and repeated_flow.period = mapped_flow.period
    where mapped_flow.why is null

)

select
    batch_id,
    record_key,
    max(line_no) as kept_line_no,
    case when min(figures) = max(figures) then 'repeated record' else 'contradicting record' end as why_dropped
from record
group by
    batch_id,
    record_key
having count(*) > 1
