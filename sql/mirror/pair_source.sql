-- Which files tell of each pair, by year
--
-- A country has figures from several sources, and not each of them has all partners. Kept
-- beside `pair_report`, which is as long as the files, so that it is read once for this.
--
-- method: R-4.1
-- grain:  exporter, importer, year, flow, source, frequency, edition

select
    exporter,
    importer,
    cast(date_trunc('year', period) as date) as year,
    flow,
    source,
    frequency,
    edition,
    bool_or(partner_is_special) as partner_is_special,
    count(*) as record_count
from pair_report
where flow_kind = 'total'
group by
    exporter,
    importer,
    cast(date_trunc('year', period) as date),
    flow,
    source,
    frequency,
    edition
