-- Records of partner files as received, with their layouts' ways of writing undone
--
-- Codes stay those of the source: what they mean is said by lists, in `mapped_flow`. What is
-- said here is which part of a record is which.
--
-- * `detail` numbers the splits of a record, by second partner (8), procedure (4),
--   transport (2), statistical procedure or custom breakdown (1), second commodity (32),
--   activity (64); 0 is a total. Modes of transport are within each other: of those
--   that hold others, `wide_mode` numbers the mode itself and `wider_modes` adds up the
--   ones around it (water 1, land 2, other 4, and in that pipelines and cables 8). `split`
--   names the splits by their codes. Which codes are totals, and which modes hold others, is said
--   by the list `partner_split`.
-- * Some forms put more behind the statistical procedure: of Eurostat's masked products what
--   tells them apart, which is no split; of SDMX custom breakdown, second commodity, activity
--   and transformation. `mask` has what tells masked products apart, their digits as given
--   among it.
-- * Commodity codes that lost a zero or are masked become ours (see `given_commodity`).
--
-- method: R-4.1
-- grain:  batch_id, line_no, flow_code, partner_concept
-- view:   yes

with all_partners as (

    select
        arrow_cast(code, 'Dictionary(Int32, Utf8)') as partner_total,
        is_total
    from partner_split
    where part = 'second_partner_code'

),

all_procedures as (

    select
        arrow_cast(code, 'Dictionary(Int32, Utf8)') as procedure_total,
        is_total
    from partner_split
    where part = 'customs_procedure'

),

all_regimes as (

    select
        arrow_cast(code, 'Dictionary(Int32, Utf8)') as regime_total,
        is_total
    from partner_split
    where part = 'statistical_procedure'

),

mode as (

    select
        arrow_cast(code, 'Dictionary(Int32, Utf8)') as mode,
        is_total,
        cast(wide_mode as bigint) as wide_mode,
        cast(wider_modes as bigint) as wider_modes
    from partner_split
    where part = 'transport_mode'

),

record as (

    select
        batch_id,
        line_no,
        source,
        frequency,
        period,
        coalesce(reporter_code, reporter_name) as reporter_key,
        coalesce(partner_code, partner_name) as partner_key,
        partner_concept,
        trade_type,
        flow_code,
        case
            when classification is not null then classification
            when source = 'sdmx' then split_part(arrow_cast(commodity_code, 'Utf8'), '_', 1)
            else 'HS'
        end as classification,
        case
            when source = 'sdmx' and classification is null
                then substr(arrow_cast(commodity_code, 'Utf8'), strpos(arrow_cast(commodity_code, 'Utf8'), '_') + 1)
            when source = 'unctad' and commodity_code like 'SITC%' then substr(arrow_cast(commodity_code, 'Utf8'), 5)
            else commodity_code
        end as commodity_code,
        case when second_partner_code is null or all_partners.is_total then 0 else 8 end
        + case when customs_procedure is null or all_procedures.is_total then 0 else 4 end
        + case when transport_mode is null or mode.is_total then 0 else 2 end
        + case
            when statistical_procedure is null or all_regimes.is_total or statistical_procedure like '4/%' then 0
            when source <> 'sdmx' then 1
            else
                -- the form puts custom breakdown, second commodity, activity and transformation in one
                case when split_part(arrow_cast(statistical_procedure, 'Utf8'), '/', 1) = '' then 0 else 1 end
                + case
                    when split_part(arrow_cast(statistical_procedure, 'Utf8'), '/', 2) = '' then 0
                    when split_part(arrow_cast(statistical_procedure, 'Utf8'), '/', 2) like '%TOTAL' then 0
                    else 32
                end
                + case when split_part(arrow_cast(statistical_procedure, 'Utf8'), '/', 3) = '' then 0 else 64 end
        end as detail,
        concat_ws(
            '/',
            case when second_partner_code is null or all_partners.is_total then '' else second_partner_code end,
            case when customs_procedure is null or all_procedures.is_total then '' else customs_procedure end,
            case when transport_mode is null or mode.is_total then '' else transport_mode end,
            case
                when statistical_procedure is null or all_regimes.is_total or statistical_procedure like '4/%' then ''
                when source = 'comext' then split_part(arrow_cast(statistical_procedure, 'Utf8'), '/', 1)
                else statistical_procedure
            end
        ) as split,
        case
            when source <> 'sdmx'
                then substr(
                    arrow_cast(statistical_procedure, 'Utf8'),
                    strpos(concat(arrow_cast(statistical_procedure, 'Utf8'), '/'), '/')
                )
        end as product_key,
        coalesce(mode.wide_mode, 0) as wide_mode,
        coalesce(mode.wider_modes, 0) as wider_modes,
        case
            when source = 'sdmx' and statistical_procedure is not null
                then nullif(nullif(split_part(arrow_cast(statistical_procedure, 'Utf8'), '/', 4), ''), 'N')
        end as transformation,
        trade_value,
        cif_value,
        fob_value,
        value_unit,
        net_mass,
        mass_unit,
        quantity,
        quantity_unit,
        measure,
        case
            when coalesce(unit_multiplier, '0') = '0' then measured_value
            else measured_value
                * coalesce(try_cast(rpad('1', 1 + try_cast(arrow_cast(unit_multiplier, 'Utf8') as bigint), '0') as bigint), 1)
        end as measured_value,
        case
            when coalesce(unit_multiplier, '0') <> '0' and coalesce(try_cast(arrow_cast(unit_multiplier, 'Utf8') as bigint), -1) not between 0 and 15
                then unit_multiplier
        end as unknown_multiplier,
        measured_unit,
        estimation_flag in ('2', '4', '6', 'E', 'I') or quantity_is_estimated or mass_is_estimated as is_estimated,
        coalesce(confidentiality, 'F') in ('N', 'C', 'D', 'S') as is_confidential
    from all_partners
    right join (
        all_procedures
        right join (
            all_regimes
            right join (
                mode
                right join partner_flow
                    on mode.mode = partner_flow.transport_mode
            )
                on all_regimes.regime_total = partner_flow.statistical_procedure
        )
            on all_procedures.procedure_total = partner_flow.customs_procedure
    )
        on all_partners.partner_total = partner_flow.second_partner_code

)

select
    record.batch_id,
    record.line_no,
    record.source,
    record.frequency,
    record.period,
    record.reporter_key,
    record.partner_key,
    record.partner_concept,
    record.trade_type,
    record.flow_code,
    record.classification,
    partner_edition.edition,
    coalesce(given_commodity.read_code, record.commodity_code) as commodity_code,
    record.detail,
    record.split,
    nullif(concat(case when given_commodity.read_code like '%X' then record.commodity_code end, record.product_key), '') as mask,
    record.wide_mode,
    record.wider_modes,
    record.transformation,
    record.trade_value,
    record.cif_value,
    record.fob_value,
    record.value_unit,
    record.net_mass,
    record.mass_unit,
    record.quantity,
    record.quantity_unit,
    record.measure,
    record.measured_value,
    record.unknown_multiplier,
    record.measured_unit,
    record.is_estimated,
    record.is_confidential
from given_commodity
right join (
    partner_edition
    right join record
        on partner_edition.code = record.classification
)
    on given_commodity.classification = record.classification
    and given_commodity.given_code = record.commodity_code
