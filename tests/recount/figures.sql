-- Every item with its fate and, if it is accepted, the places it is counted in.
--
-- Second reading of methodology 1.1 to 1.13 and of the contract, sections 1 to 4. A code list is
-- asked on the day that decides the month of the item. README.md has the choices.

create table dated as
select
    item.*,
    coalesce({first_date}, {second_date}, received_on) as day,
    left(commodity_code, 6) as subheading,
    max(version) over (partition by declaration_id) as last_version
from item;

create table ended as
select declaration_id
from dated
where version = last_version
group by declaration_id
having bool_or(is_cancelled);

create table contradicted as
select declaration_id, version, item_no
from dated
group by declaration_id, version, item_no
having count(distinct content) > 1;

-- Superseded, cancelled and repeated items go before the rules, which judge what is in force.
create table in_force as
select
    dated.*,
    procedure.flow,
    coalesce(procedure.in_general, false) as in_general,
    coalesce(procedure.in_special_relaxed, false) as in_special_relaxed,
    coalesce(procedure.in_special_strict, false) as in_special_strict,
    procedure.record_class as procedure_class,
    coalesce(procedure.is_reexport, false) as procedure_reexport,
    coalesce(procedure.is_reimport, false) as procedure_reimport,
    coalesce(procedure.origin_decides, false) as origin_decides,
    procedure.category in ('MIP', 'MOP', 'XIP', 'XOP') as is_for_processing,
    procedure.customs_procedure,
    procedure.procedure_code is not null as procedure_is_known,
    subheading.code is not null as subheading_is_known,
    -- the Harmonized System leaves 98 and 99 to the countries; those that tell a category exist
    chapter.code is not null or exists (
        select 1
        from category_code
        where left(category_code.hs_prefix, 2) in ('98', '99')
            and starts_with(dated.subheading, category_code.hs_prefix)
            and dated.day between category_code.valid_from and category_code.valid_to
    ) as chapter_is_known,
    coalesce(subheading.edition, chapter.edition) as edition,
    origin.country is not null as origin_is_known,
    destination.country is not null as destination_is_known,
    consignment.country is not null as consignment_is_known,
    mode.mode is not null as mode_is_known,
    nature.transaction_nature is not null as nature_is_known,
    contradicted.item_no is not null as is_contradicted,
    case
        when dated.version < dated.last_version then 'superseded'
        when ended.declaration_id is not null then 'cancelled'
        when row_number() over (
            partition by dated.declaration_id, dated.version, dated.item_no, dated.content
            order by dated.source, dated.line_no
        ) > 1 then 'duplicate'
        else 'judged'
    end as receipt
from dated
left join ended on ended.declaration_id = dated.declaration_id
left join contradicted
    on contradicted.declaration_id = dated.declaration_id
    and contradicted.version = dated.version
    and contradicted.item_no = dated.item_no
left join procedure
    on procedure.procedure_code = dated.procedure_code
    and dated.day between procedure.valid_from and procedure.valid_to
left join commodity as subheading
    on subheading.level = '6' and subheading.code = dated.subheading
    and dated.day between subheading.valid_from and subheading.valid_to
left join commodity as chapter
    on chapter.level = '2' and chapter.code = left(dated.commodity_code, 2)
    and dated.day between chapter.valid_from and chapter.valid_to
left join country as origin
    on origin.country = dated.origin_country and dated.day between origin.valid_from and origin.valid_to
left join country as destination
    on destination.country = dated.destination_country
    and dated.day between destination.valid_from and destination.valid_to
left join country as consignment
    on consignment.country = dated.consignment_country
    and dated.day between consignment.valid_from and consignment.valid_to
left join transport_mode as mode
    on mode.mode = dated.border_transport_mode and dated.day between mode.valid_from and mode.valid_to
left join transaction_nature as nature
    on nature.transaction_nature = dated.transaction_nature
    and dated.day between nature.valid_from and nature.valid_to;

create table judged as
select
    *,
    receipt = 'judged' and (
        commodity_code is null                                                    -- V01
        or is_contradicted                                                        -- V02
        or coalesce(arrival_date > acceptance_date, false)                        -- V04
        or coalesce(acceptance_date > release_date, false)
        or coalesce(arrival_date > release_date, false)
        or not chapter_is_known                                                   -- V10
        or not procedure_is_known                                                 -- V12
        or coalesce(declaration_type like 'IM%' and flow = 'X', false)
        or coalesce(declaration_type like 'EX%' and flow = 'M', false)
        or (coalesce(statistical_value, 0) <= 0 and coalesce(invoice_amount, 0) <= 0) -- V31
    ) as is_held
from in_force;

-- Categories that fit an item: of each kind of evidence the longest code, of additional procedures every
-- one, and of all of them the category that comes first.
create table categorised as
with fitting as (
    select
        judged.source,
        judged.line_no,
        category_code.special_category,
        row_number() over (
            partition by
                judged.source,
                judged.line_no,
                category_code.procedure_code is null,
                category_code.additional_procedure,
                category_code.transaction_nature is null,
                category_code.hs_prefix is null,
                category_code.border_transport_mode is null,
                category_code.partner is null
            order by
                length(coalesce(category_code.procedure_code, '') || coalesce(category_code.hs_prefix, '')) desc
        ) as place
    from judged
    join category_code
        on (category_code.procedure_code is null or starts_with(judged.procedure_code, category_code.procedure_code))
        and (
            category_code.additional_procedure is null
            or list_contains(
                regexp_extract_all(upper(coalesce(judged.additional_procedure, '')), '[0-9A-Z]{3}'),
                category_code.additional_procedure
            )
        )
        and (
            category_code.transaction_nature is null
            or category_code.transaction_nature = case when judged.nature_is_known then judged.transaction_nature else 'none' end
        )
        and (category_code.hs_prefix is null or starts_with(judged.commodity_code, category_code.hs_prefix))
        and (category_code.border_transport_mode is null or category_code.border_transport_mode = judged.border_transport_mode)
        and (
            category_code.partner is null
            or category_code.partner = case when judged.flow = 'M' then judged.origin_country else judged.destination_country end
        )
        and (category_code.flow is null or category_code.flow = judged.flow)
        and judged.day between category_code.valid_from and category_code.valid_to
    where judged.receipt = 'judged' and not judged.is_held
)

select
    fitting.source,
    fitting.line_no,
    arg_min(fitting.special_category, cast(special_category.priority as int)) as category,
    arg_min(special_category.record_class, cast(special_category.priority as int)) as category_class,
    arg_min(special_category.is_return, cast(special_category.priority as int)) = 'true' as is_return
from fitting
join special_category on special_category.special_category = fitting.special_category
where fitting.place = 1
group by fitting.source, fitting.line_no;

create table decided as
with classed as (
    select
        judged.*,
        date_trunc('month', day)::date as period,
        coalesce(category, '-') as category,
        category_class,
        -- a country that no list knows states nothing
        origin_is_known or coalesce(origin_country = getvariable('reporter'), false) as origin_is_stated,
        coalesce(is_return, false) as is_return,
        case
            when receipt <> 'judged' then receipt
            when is_held then 'held'
            when procedure_class <> 'include' then procedure_class
            when category_class in ('exclude', 'separate') then category_class
            else 'include'
        end as fate
    from judged
    left join categorised on categorised.source = judged.source and categorised.line_no = judged.line_no
)

select
    *,
    -- counted as its procedure says, while its fields leave open what it is
    fate = 'include' and (
        coalesce(category_class = 'undecided', false)
        or (origin_decides and flow = 'X' and not origin_is_stated)
    ) as is_undecided,
    case getvariable('trade_system')
        when 'general' then in_general
        when 'special_relaxed' then in_special_relaxed
        else in_special_strict
    end as is_published,
    flow = 'X' and (
        procedure_reexport
        or (is_return and not is_for_processing)
        or (origin_decides and origin_is_stated and origin_country <> getvariable('reporter'))
    ) as is_reexport,
    flow = 'M' and (procedure_reimport or (is_return and not is_for_processing)) as is_reimport
from classed;

create table included as
select
    decided.period,
    decided.flow,
    decided.commodity_code,
    decided.is_undecided,
    decided.acceptance_date,
    decided.release_date,
    decided.arrival_date,
    coalesce(decided.customs_procedure, '-') as customs_procedure,
    case when decided.consignment_is_known then decided.consignment_country else '_X' end as consignment,
    decided.in_general,
    decided.in_special_relaxed,
    decided.in_special_strict,
    decided.statistical_value as value,
    -- V20: a mass that is not positive, or above the gross mass, is none
    case
        when decided.net_mass_kg > 0 and decided.net_mass_kg <= coalesce(decided.gross_mass_kg, decided.net_mass_kg)
            then decided.net_mass_kg
        -- carats and grams of diamonds, tonnes of oil: the mass is known, to the gram
        when decided.supplementary_quantity > 0 and declared_unit.base_unit = 'kg' and standard_unit.base_unit = 'kg'
            and decided.supplementary_quantity * declared_unit.factor::decimal(11, 7)
                <= coalesce(decided.gross_mass_kg, decided.supplementary_quantity * declared_unit.factor::decimal(11, 7))
            then nullif(round(decided.supplementary_quantity * declared_unit.factor::decimal(11, 7), 3)::decimal(18, 3), 0)
    end as net_mass_kg,
    case
        when decided.supplementary_quantity > 0 and coalesce(unit_alias.unit, decided.supplementary_unit) = commodity.standard_unit
            then decided.supplementary_quantity
    end as quantity,
    commodity.standard_unit,
    decided.is_reexport,
    decided.is_reimport,
    case
        when decided.flow = 'M' and not decided.origin_is_known then '_X'
        when decided.flow = 'X' and not decided.destination_is_known then '_X'
        when decided.flow = 'M' then origin_country
        else destination_country
    end as partner,
    case when subheading_is_known then subheading else left(subheading, 2) || 'XXXX' end as hs6,
    left(subheading, 2) as chapter,
    coalesce(hs_section.section, 'unclassified') as section,
    sitc.sitc4 as sitc,
    bec.bec4 as bec,
    oil_product.product as oil_product,
    -- the second digit, loading detail, is not published
    case when mode_is_known then left(border_transport_mode, 1) else 'unspecified' end as transport_mode,
    coalesce(customs_office, 'unspecified') as customs_office
from decided
left join hs_section on left(subheading, 2) between hs_section.first_chapter and hs_section.last_chapter
left join sitc on sitc.commodity_edition = decided.edition and sitc.hs6 = subheading
left join bec on bec.commodity_edition = decided.edition and bec.hs6 = subheading
left join oil_product
    on oil_product.hs_prefix = left(subheading, 4)
    and decided.day between oil_product.valid_from and oil_product.valid_to
left join commodity on commodity.edition = decided.edition and commodity.code = subheading
left join unit_alias on unit_alias.alias = decided.supplementary_unit
left join quantity_unit as declared_unit on declared_unit.unit = coalesce(unit_alias.unit, decided.supplementary_unit)
left join quantity_unit as standard_unit on standard_unit.unit = commodity.standard_unit
where decided.fate = 'include';

create view counted as
select *
from included
where case getvariable('trade_system')
    when 'general' then in_general
    when 'special_relaxed' then in_special_relaxed
    else in_special_strict
end;
