-- Which files tell of each pair, by year, and in what detail
--
-- A country has figures from several sources, and not each of them has all partners. The
-- detail of a year is the one that all its periods have; periods of which only the total
-- is told have no codes to compare, and take none from the others.
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
    case
        when edition not like 'HS%' and edition <> 'CN' then min(detail_level)
        else coalesce(min(case when detail_level > 0 then detail_level end), min(detail_level))
    end as told_level,
    bool_or(partner_is_special) as partner_is_special,
    cast(sum(record_count) as bigint) as record_count
from pair_calendar
group by
    exporter,
    importer,
    cast(date_trunc('year', period) as date),
    flow,
    source,
    frequency,
    edition
