-- Partner figures as received, in our codes, and why a record does not count
--
-- Records keep their grain: nothing is added up yet. Lists say what the codes of each
-- source mean; what no list knows has a reason in `why` and stays here with its value.
--
-- * Area codes of trade statistics are not those of ISO; an area that another one
--   holds already (`do_not_sum`) does not count, an area that is a part of a country
--   counts where the whole does not stand beside it.
-- * A file of mirror totals names the country first and the reporter second:
--   `reported_by` of the flow code turns them round.
-- * `detail` numbers the splits of a record (see `given_record`), with 16 for a part of a
--   country; 0 is a total. Sources without totals beside their details have 0 throughout.
-- * Members of a union record imports from each other by consignment; where no kind of trade
--   is said, both countries must be members at the time.
-- * Files with one measure a line give a record a value, a mass or a quantity. Where the
--   line says the currency, a flow may be told in several, and with or without freight:
--   `currency_order` and `valuation_order` say which is taken first, and values of one
--   `value_key` are the same but for their valuation.
-- * `record_key` is what makes a record one: what its codes mean, however they are written,
--   and its figures as well where lines of one key are details that are added up
--   (`key_is_unique` of the source). A country reports once, under whichever of its codes; of
--   partners parts count by themselves (`area` of `mapped_area`).
-- * -1 and 1 as units say that there is no quantity. Units are converted to the base
--   unit of `quantity_unit`; an unknown unit costs the quantity, not the value. A mass or a
--   quantity of nil beside a value is not known, or rounded away.
--
-- imts:   6.13
-- method: R-4.1
-- grain:  batch_id, line_no, flow, partner_concept
-- view:   yes

with replaced as (

    select
        batch_id,
        reporter_key,
        partner_key,
        flow_code,
        frequency,
        period,
        record_count
    from superseded_delivery
    where line_no is null

),

replaced_line as (

    select
        batch_id,
        line_no as replaced_line_no
    from superseded_delivery
    where line_no is not null

),

value_unit as (

    select
        unit,
        base as currency,
        cast(factor as decimal(14, 7)) as factor
    from partner_scale
    where base <> 'kg'

    union all

    -- a line may say any currency
    select distinct
        currency.currency as unit,
        currency.currency,
        cast(1 as decimal(14, 7)) as factor
    from partner_scale
    right anti join currency
        on partner_scale.unit = currency.currency

),

mass_unit as (

    select
        unit,
        cast(factor as decimal(14, 7)) as factor
    from partner_scale
    where base = 'kg'

),

unit as (

    select
        partner_unit.unit_scheme,
        partner_unit.code,
        coalesce(quantity_unit.base_unit, quantity_unit.unit) as base_unit,
        cast(coalesce(quantity_unit.factor, 1) as decimal(14, 7)) as factor
    from partner_unit
    join quantity_unit
        on partner_unit.unit = quantity_unit.unit

),

known as (

    select
        given_record.batch_id,
        given_record.line_no,
        given_record.source,
        given_record.frequency,
        given_record.period,
        given_record.reporter_key,
        given_record.partner_key,
        given_record.partner_concept,
        given_record.trade_type,
        given_record.flow_code,
        given_record.classification,
        given_record.commodity_code,
        given_record.detail,
        given_record.split,
        given_record.mask,
        given_record.wide_mode,
        given_record.wider_modes,
        given_record.transformation,
        given_record.unknown_multiplier,
        partner_flow_code.flow,
        partner_flow_code.flow_kind,
        partner_flow_code.reported_by,
        given_record.edition,
        partner_source.import_concept,
        partner_source.import_valuation,
        partner_source.export_valuation,
        partner_source.has_totals,
        partner_source.key_is_unique,
        partner_source.unit_scheme,
        given_record.measure,
        partner_measure.kind,
        case
            when given_record.measure is null then coalesce(given_record.trade_value, given_record.cif_value, given_record.fob_value)
            when partner_measure.kind in ('value', 'cif_value', 'fob_value') then given_record.measured_value
        end as given_value,
        case
            -- one figure in both columns tells nothing of the valuation
            when given_record.measure is null and given_record.fob_value = given_record.cif_value then null
            when given_record.measure is null
                and given_record.fob_value = coalesce(given_record.trade_value, given_record.cif_value, given_record.fob_value)
                then 'FOB'
            when given_record.measure is null
                and given_record.cif_value = coalesce(given_record.trade_value, given_record.cif_value, given_record.fob_value)
                then 'CIF'
            when partner_measure.kind = 'cif_value' then 'CIF'
            when partner_measure.kind = 'fob_value' then 'FOB'
        end as given_valuation,
        -- beside a value with freight; alone it is the value, and as the same figure it tells nothing
        case
            when given_record.measure is null
                and partner_flow_code.flow = 'M'
                and given_record.fob_value <> given_record.cif_value
                and given_record.cif_value = coalesce(given_record.trade_value, given_record.cif_value)
                then given_record.fob_value
        end as given_fob_value,
        case
            when given_record.measure is null then given_record.value_unit
            when partner_measure.kind in ('value', 'cif_value', 'fob_value') then coalesce(partner_measure.unit, given_record.measured_unit)
        end as value_unit,
        partner_measure.kind in ('value', 'cif_value', 'fob_value') and partner_measure.unit is null as is_one_of_several,
        case
            when given_record.measure is null then given_record.net_mass
            when partner_measure.kind = 'net_mass' then given_record.measured_value
        end as net_mass,
        case
            when given_record.measure is null then given_record.mass_unit
            when partner_measure.kind = 'net_mass' then coalesce(partner_measure.unit, given_record.measured_unit, 'kg')
        end as mass_unit,
        case
            when given_record.measure is null then given_record.quantity
            when partner_measure.kind = 'quantity' then given_record.measured_value
        end as quantity,
        case
            when given_record.measure is null then given_record.quantity_unit
            when partner_measure.kind = 'quantity' then given_record.measured_unit
        end as quantity_unit,
        given_record.is_estimated,
        given_record.is_confidential
    from partner_source
    right join (
        partner_measure
        right join (
            partner_flow_code
            right join given_record
                on partner_flow_code.partner_source = given_record.source
                and partner_flow_code.code = given_record.flow_code
        )
            on partner_measure.partner_source = given_record.source
            and partner_measure.measure = given_record.measure
    )
        on partner_source.partner_source = given_record.source

),

placed as (

    select
        known.batch_id,
        known.line_no,
        known.source,
        known.frequency,
        known.period,
        known.reporter_key,
        known.partner_key,
        known.partner_concept,
        known.flow_code,
        known.key_is_unique,
        known.classification,
        known.commodity_code,
        known.flow,
        known.flow_kind,
        known.reported_by,
        known.edition,
        known.measure,
        known.kind,
        reporter_area.country as reporter_country,
        reporter_area.treatment as reporter_treatment,
        case
            when known.flow = 'X' then 'destination'
            when known.flow = 'M'
                and case
                    when known.trade_type is not null then known.trade_type in ('I', 'L')
                    -- Northern Ireland, in goods
                    else known.period between reporter_area.member_from and reporter_area.member_to
                        and (known.period between partner_area.member_from and partner_area.member_to or known.partner_key = 'XI')
                end
                then 'consignment'
            when known.flow = 'M' then known.import_concept
        end as usual_concept,
        concat_ws(
            '|',
            known.source,
            known.frequency,
            cast(known.period as text),
            case when reporter_area.treatment = 'country' then reporter_area.country else known.reporter_key end,
            coalesce(partner_area.area, known.partner_key),
            coalesce(known.trade_type, ''),
            coalesce(known.flow, known.flow_code),
            coalesce(known.flow_kind, ''),
            coalesce(known.edition, known.classification),
            known.commodity_code,
            known.split,
            known.mask
        ) as cell_key,
        partner_area.country as partner_country,
        partner_area.treatment as partner_treatment,
        partner_area.is_undisclosed as partner_undisclosed,
        case
            when not known.has_totals then 0
            else known.detail + case when partner_area.treatment = 'part' or reporter_area.treatment = 'part' then 16 else 0 end
        end as detail,
        case when known.has_totals then known.wide_mode else 0 end as wide_mode,
        case when known.has_totals then known.wider_modes else 0 end as wider_modes,
        known.transformation,
        known.unknown_multiplier,
        known.is_one_of_several,
        known.given_value,
        known.given_valuation,
        case known.flow when 'M' then known.import_valuation when 'X' then known.export_valuation end as natural_valuation,
        known.value_unit,
        value_unit.currency,
        cast(round(known.given_value * value_unit.factor, 6) as decimal(38, 6)) as trade_value,
        cast(round(known.given_fob_value * value_unit.factor, 6) as decimal(38, 6)) as fob_value,
        known.mass_unit,
        known.net_mass,
        cast(round(known.net_mass * mass_unit.factor, 6) as decimal(38, 6)) as net_mass_kg,
        known.quantity as given_quantity,
        known.quantity_unit as given_unit,
        unit.base_unit,
        cast(
            round(
                case when known.quantity_unit is null then known.quantity else known.quantity * unit.factor end,
                6
            ) as decimal(38, 6)
        ) as quantity,
        known.is_estimated,
        known.is_confidential
    from mapped_area as partner_area
    right join (
        mapped_area as reporter_area
        right join (
            unit
            right join (
                mass_unit
                right join (
                    value_unit
                    right join known
                        on value_unit.unit = known.value_unit
                )
                    on mass_unit.unit = known.mass_unit
            )
                on unit.unit_scheme = known.unit_scheme
                and unit.code = known.quantity_unit
        )
            on reporter_area.source = known.source
            and reporter_area.area_key = known.reporter_key
            and known.period between reporter_area.valid_from and reporter_area.valid_to
    )
        on partner_area.source = known.source
        and partner_area.area_key = known.partner_key
        and known.period between partner_area.valid_from and partner_area.valid_to

)

select
    placed.batch_id,
    placed.line_no,
    concat_ws(
        '|',
        placed.cell_key,
        coalesce(placed.partner_concept, placed.usual_concept),
        case
            when placed.measure is not null
                then concat_ws('|', coalesce(placed.kind, placed.measure), placed.currency, placed.given_unit)
        end,
        case
            when not placed.key_is_unique
                then concat_ws(
                    '|',
                    coalesce(cast(placed.given_value as text), ''),
                    coalesce(placed.currency, ''),
                    coalesce(cast(placed.net_mass_kg as text), ''),
                    coalesce(cast(placed.given_quantity as text), ''),
                    coalesce(placed.given_unit, '')
                )
        end
    ) as record_key,
    placed.source,
    placed.frequency,
    placed.period,
    case
        when placed.reported_by = 'partner' then coalesce(placed.partner_country, placed.partner_key)
        else coalesce(placed.reporter_country, placed.reporter_key)
    end as reporter,
    case when placed.reported_by = 'partner' then placed.partner_treatment else placed.reporter_treatment end as reporter_treatment,
    case
        when placed.reported_by = 'partner' then coalesce(placed.reporter_country, placed.reporter_key)
        else coalesce(placed.partner_country, placed.partner_key)
    end as partner,
    case when placed.reported_by = 'partner' then placed.reporter_treatment else placed.partner_treatment end as partner_treatment,
    case
        when placed.partner_concept in ('origin', 'consignment', 'destination') then placed.partner_concept
        else placed.usual_concept
    end as partner_concept,
    placed.flow,
    placed.flow_kind,
    placed.edition,
    placed.commodity_code,
    cast(
        case
            when placed.commodity_code = 'TOTAL' then 0
            when placed.edition = 'FCL' then 1
            else character_length(placed.commodity_code)
        end as int
    ) as level,
    placed.detail,
    placed.wide_mode,
    placed.wider_modes,
    coalesce(placed.given_valuation, placed.natural_valuation) as valuation,
    case
        when placed.is_one_of_several
            then concat(case placed.currency when 'USD' then '1' when 'EUR' then '2' else '3' end, placed.currency)
    end as currency_order,
    case
        when placed.is_one_of_several
            then case when placed.given_valuation = placed.natural_valuation then 1 when placed.given_valuation is null then 2 else 3 end
    end as valuation_order,
    case
        when placed.is_one_of_several
            then concat_ws('|', placed.cell_key, coalesce(placed.partner_concept, placed.usual_concept), placed.currency)
    end as value_key,
    placed.given_value,
    placed.trade_value,
    -- the whole of an import that is free on board has no freight in it
    case
        when placed.flow = 'M'
            then case coalesce(placed.given_valuation, placed.natural_valuation) when 'FOB' then placed.trade_value else placed.fob_value end
    end as fob_value,
    placed.currency,
    case when placed.net_mass_kg <> 0 or placed.given_value = 0 then placed.net_mass_kg end as net_mass_kg,
    case when placed.quantity <> 0 or placed.given_value = 0 then placed.quantity end as quantity,
    case when placed.quantity <> 0 or placed.given_value = 0 and placed.quantity is not null then placed.base_unit end as quantity_unit,
    case
        when placed.given_quantity is not null and placed.quantity is null and placed.given_unit not in ('-1', '1', 'N/A')
            then placed.given_unit
    end as unknown_unit,
    coalesce(
        placed.is_confidential
        or placed.partner_undisclosed
        or placed.commodity_code like '9999%'
        or (placed.edition like 'HS%' or placed.edition = 'CN')
        and (placed.commodity_code like '99%' or placed.commodity_code ~ '[A-Z]')
        and placed.commodity_code <> 'TOTAL',
        false
    ) as is_confidential,
    coalesce(placed.is_estimated, false) as is_estimated,
    case
        -- a column that the records have as well, tested above the join, is taken by the engine
        -- (DataFusion 55) for theirs
        when coalesce(replaced.record_count, replaced_line.replaced_line_no) is not null then 'superseded vintage'
        when placed.flow is null then 'unknown flow'
        when placed.reporter_treatment is null then 'unknown reporter'
        when placed.partner_treatment is null then 'unknown partner'
        when placed.reporter_treatment = 'do_not_sum' or placed.partner_treatment = 'do_not_sum' then 'counted under another code'
        when placed.edition is null then 'unknown classification'
        when placed.commodity_code is null then 'no commodity'
        when placed.measure is not null and placed.kind is null then 'unknown measure'
        when placed.transformation is not null then 'transformed figure'
        when placed.unknown_multiplier is not null then 'unknown multiplier'
        when placed.given_value is not null and placed.currency is null then 'unknown unit of value'
        when placed.given_value is null and placed.net_mass is not null and placed.net_mass_kg is null then 'unknown unit of mass'
        when placed.given_value is null and placed.net_mass_kg is null and placed.given_quantity is null then 'no figure'
        -- with one measure a line a value may stand in another
        when placed.given_value is null and placed.measure is null then 'no value'
    end as why,
    case
        when coalesce(replaced.record_count, replaced_line.replaced_line_no) is not null then placed.reporter_key
        when placed.flow is null then placed.flow_code
        when placed.reporter_treatment is null or placed.reporter_treatment = 'do_not_sum' then placed.reporter_key
        when placed.partner_treatment is null or placed.partner_treatment = 'do_not_sum' then placed.partner_key
        when placed.edition is null then placed.classification
        when placed.measure is not null and placed.kind is null then placed.measure
        when placed.transformation is not null then placed.transformation
        when placed.unknown_multiplier is not null then placed.unknown_multiplier
        when placed.given_value is not null and placed.currency is null then placed.value_unit
        when placed.given_value is null and placed.net_mass is not null and placed.net_mass_kg is null then placed.mass_unit
    end as why_code
from replaced_line
right join (
    replaced
    right join placed
        on replaced.batch_id = placed.batch_id
        and replaced.reporter_key = placed.reporter_key
        and replaced.partner_key = placed.partner_key
        and replaced.flow_code = placed.flow_code
        and replaced.frequency = placed.frequency
        and replaced.period = placed.period
)
    on replaced_line.batch_id = placed.batch_id
    and replaced_line.replaced_line_no = placed.line_no
