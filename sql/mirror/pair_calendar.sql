-- The periods for which each file tells of a pair, and how detailed it is about it
--
-- A source may give one partner by subheading and another by chapter, or one month in less
-- detail than the next, so detail belongs to the pair and the period. It is the level of
-- the Harmonized System whose rows are used: subheadings where they stand, else national
-- codes cut to six digits, else the deepest there is. Of another classification it is the
-- total, else the shallowest level: with the Harmonized System it is compared in total,
-- with itself by its own codes. Kept beside `pair_report`, which is as long as the files,
-- so that it is read once for this.
--
-- method: R-4.1
-- grain:  exporter, importer, flow, source, frequency, edition, period

select
    exporter,
    importer,
    flow,
    source,
    frequency,
    edition,
    period,
    cast(
        case
            when edition not like 'HS%' and edition <> 'CN' then min(level)
            when bool_or(level = 6) then 6
            else max(level)
        end as int
    ) as detail_level,
    bool_or(partner_is_special) as partner_is_special,
    bool_or(partner_concept = 'origin') as has_origin,
    bool_or(partner_concept = 'consignment') as has_consignment,
    bool_or(partner_concept = 'destination') as has_destination,
    count(*) as record_count
from pair_report
where flow_kind = 'total'
group by
    exporter,
    importer,
    flow,
    source,
    frequency,
    edition,
    period
