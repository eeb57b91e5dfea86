-- Trade by HS section and chapter
--
-- Sections of the Harmonized System, each followed by its chapters. Goods whose
-- subheading nobody could tell are in the chapter they were declared in.
--
-- grain:    section, chapter
-- unit:     thousand_usd
-- decimals: 1
-- chart:    sections, chapters

with chapter_of_section as (

    select
        compared_row.dimension,
        compared_row.code,
        coalesce(hs_section.section, 'unclassified') as section,
        hs_section.position
    from hs_section
    right join compared_row
        on (compared_row.dimension = 'hs_section' and hs_section.section = compared_row.code)
        or (compared_row.dimension = 'hs2' and compared_row.code between hs_section.first_chapter and hs_section.last_chapter)
    where compared_row.dimension in ('hs_section', 'hs2')

)

select
    row_number() over (
        order by
            case compared_row.dimension when 'total' then 0 else 1 end,
            -- goods of no section come last
            chapter_of_section.position nulls last,
            case compared_row.dimension when 'hs2' then 1 else 0 end,
            compared_row.code
    ) as row_order,
    case compared_row.dimension
        when 'total' then 'total'
        when 'hs_section' then 'group'
        else 'row'
    end as row_kind,
    coalesce(chapter_of_section.section, 'TOTAL') as section,
    case compared_row.dimension when 'hs2' then compared_row.code else '' end as chapter,
    coalesce(label.en, compared_row.code) as name,
    compared_row.export_month,
    compared_row.export_month_year_before,
    compared_row.export_month_growth,
    compared_row.export_to_date,
    compared_row.export_to_date_year_before,
    compared_row.export_to_date_growth,
    compared_row.export_share,
    compared_row.import_month,
    compared_row.import_month_year_before,
    compared_row.import_month_growth,
    compared_row.import_to_date,
    compared_row.import_to_date_year_before,
    compared_row.import_to_date_growth,
    compared_row.import_share,
    compared_row.export_month_flag,
    compared_row.export_month_year_before_flag,
    compared_row.export_to_date_flag,
    compared_row.export_to_date_year_before_flag,
    compared_row.import_month_flag,
    compared_row.import_month_year_before_flag,
    compared_row.import_to_date_flag,
    compared_row.import_to_date_year_before_flag,
    compared_row.flag
from label
right join (
    chapter_of_section
    right join compared_row
        on chapter_of_section.dimension = compared_row.dimension
        and chapter_of_section.code = compared_row.code
)
    on label.list = case compared_row.dimension when 'total' then 'word' else compared_row.dimension end
    and label.code = compared_row.code
where compared_row.dimension in ('total', 'hs_section', 'hs2')
order by row_order
