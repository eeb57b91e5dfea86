-- How much of the trade converts without doubt, by pair of editions
--
-- The trade of the store in the months of an edition, by the kind of conversion its codes
-- have to another edition: 1:1 and n:1 lose nothing; 1:n and n:m have to be divided;
-- `none` has no successor and stays in its chapter. Codes of the edition without trade
-- are counted too, so that the nomenclatures can be compared before there is trade.
--
-- method: R-1.27
-- grain:  from_edition, to_edition, kind
-- view:   yes

with edition as (

    select
        edition,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from commodity
    where level = 6
    group by edition

),

traded as (

    select
        edition.edition,
        cast(trade_by_partner.hs6 as varchar) as code,
        sum(trade_by_partner.statistical_value) as statistical_value
    from edition
    join trade_by_partner
        on trade_by_partner.period between edition.valid_from and edition.valid_to
    group by
        edition.edition,
        trade_by_partner.hs6

),

code_in_edition as (

    select
        edition,
        cast(code as varchar) as code
    from commodity
    where level = 6

    union

    select
        edition,
        code
    from traded

),

coded as (

    select
        code_in_edition.edition as from_edition,
        edition.edition as to_edition,
        coalesce(hs_link.kind, 'none') as kind,
        traded.statistical_value
    from edition
    join code_in_edition
        on code_in_edition.edition <> edition.edition
    left join hs_link
        on  hs_link.from_edition = code_in_edition.edition
        and hs_link.to_edition = edition.edition
        and hs_link.from_hs6 = code_in_edition.code
        and hs_link.is_target
    left join traded
        on  traded.edition = code_in_edition.edition
        and traded.code = code_in_edition.code

),

summed as (

    select
        from_edition,
        to_edition,
        kind,
        count(*) as code_count,
        coalesce(sum(statistical_value), 0) as statistical_value
    from coded
    group by
        from_edition,
        to_edition,
        kind

)

select
    from_edition,
    to_edition,
    kind,
    code_count,
    statistical_value,
    case
        when sum(statistical_value) over (partition by from_edition, to_edition) > 0
            then cast(
                cast(statistical_value as double) / cast(sum(statistical_value) over (partition by from_edition, to_edition) as double)
                as decimal(7, 6)
            )
    end as value_share
from summed
