-- What each country reports about every partner, by the pair the flow lies in
--
-- The rows of `bilateral_flow` with exporter and importer for reporter and partner. They
-- are stored in the order of the pairs: what is worked out pair by pair then needs no
-- more memory than a pair takes.
--
-- method: R-4.1
-- grain:  exporter, importer, flow, source, partner_concept, flow_kind, frequency, period, edition, commodity_code

select
    case when flow = 'X' then reporter else partner end as exporter,
    case when flow = 'X' then partner else reporter end as importer,
    partner_is_special,
    flow,
    source,
    partner_concept,
    flow_kind,
    frequency,
    period,
    edition,
    commodity_code,
    level,
    valuation,
    value_usd,
    fob_value_usd,
    net_mass_kg,
    quantity,
    quantity_unit,
    is_confidential
from bilateral_flow
