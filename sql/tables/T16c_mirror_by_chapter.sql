-- Own figures beside those of the partners, by HS chapter
--
-- Chapters of each partner by the size of the gap. The main cause is the largest part of it.
--
-- method:   R-4.1
-- grain:    flow, partner, period, chapter
-- unit:     thousand_usd
-- decimals: 1
-- notes:    mirror_values, mirror_estimate, rounding

with chapter as (

    select
        compared_mirror.flow,
        compared_mirror.partner,
        compared_mirror.frequency,
        compared_mirror.period,
        compared_mirror.code as chapter,
        coalesce(label.en, compared_mirror.code) as name,
        compared_mirror.own_value,
        compared_mirror.partner_value,
        compared_mirror.gap,
        compared_mirror.asymmetry,
        compared_mirror.relative_to_mean,
        compared_mirror.unexplained,
        compared_mirror.explained_share,
        compared_mirror.main_cause
    from label
    right join compared_mirror
        on label.list = 'hs2'
        and label.code = compared_mirror.code
    where compared_mirror.dimension = 'hs2'

)

select
    row_number() over (
        order by
            case chapter.flow when 'X' then 0 else 1 end,
            chapter.period,
            chapter.partner,
            abs(chapter.gap) desc,
            chapter.chapter
    ) as row_order,
    'row' as row_kind,
    chapter.flow,
    chapter.partner,
    chapter.frequency,
    chapter.period,
    chapter.chapter,
    chapter.name,
    chapter.own_value,
    chapter.partner_value,
    chapter.gap,
    chapter.asymmetry,
    chapter.relative_to_mean,
    chapter.main_cause as cause,
    coalesce(label.en, chapter.main_cause) as cause_name,
    chapter.unexplained,
    chapter.explained_share,
    'e' as asymmetry_flag,
    'e' as relative_to_mean_flag,
    'e' as unexplained_flag,
    'e' as explained_share_flag
from label
right join chapter
    on label.list = 'mirror_cause'
    and label.code = chapter.main_cause
order by row_order
