-- Subheadings in use that a derived classification or another edition has no code for
--
-- Their value stands under `unclassified` in the tables by SITC and BEC, and stays in its
-- chapter where trade is converted to another edition. BEC Rev.5 is asked only where its
-- list has been imported. Codes that no edition knows are among the unknown codes.
--
-- method: R-1.26, R-1.27
-- grain:  list, edition, code

with used as (

    select
        commodity.edition,
        commodity.code,
        sum(trade_by_partner.statistical_value) as statistical_value,
        sum(trade_by_partner.item_count) as item_count
    from commodity
    join trade_by_partner
        on  trade_by_partner.hs6 = commodity.code
        and trade_by_partner.period between commodity.valid_from and commodity.valid_to
    where commodity.level = 6
        and trade_by_partner.period between $first_day and $last_day
    group by
        commodity.edition,
        commodity.code

),

classed as (

    select
        used.code,
        used.edition,
        used.item_count,
        used.statistical_value,
        subheading_class.sitc4,
        subheading_class.sitc3,
        subheading_class.bec4,
        subheading_class.bec5,
        subheading_class.isic4,
        subheading_class.isic3
    from used
    join subheading_class
        on  subheading_class.edition = used.edition
        and subheading_class.hs6 = used.code

),

asked as (

    select distinct edition
    from commodity

),

class as (

    select unnest(make_array('sitc4', 'sitc3', 'bec4', 'bec5', 'isic4', 'isic3')) as list

),

missing as (

    select
        class.list,
        classed.edition,
        classed.code,
        classed.item_count,
        classed.statistical_value
    from class
    cross join classed
    where case class.list
            when 'sitc4' then classed.sitc4
            when 'sitc3' then classed.sitc3
            when 'bec4' then classed.bec4
            when 'bec5' then classed.bec5
            when 'isic4' then classed.isic4
            else classed.isic3
        end is null
        and (class.list <> 'bec5' or (select count(*) from bec5) > 0)

    union all

    select
        'conversion' as list,
        asked.edition,
        used.code,
        used.item_count,
        used.statistical_value
    from asked
    join used
        on used.edition <> asked.edition
    left join hs_link
        on  hs_link.from_edition = used.edition
        and hs_link.to_edition = asked.edition
        and hs_link.from_hs6 = used.code
        and hs_link.is_target
    where hs_link.to_hs6 is null

)

select
    list,
    edition,
    code,
    sum(item_count) as item_count,
    sum(statistical_value) as statistical_value
from missing
group by
    list,
    edition,
    code
order by
    list,
    edition,
    statistical_value desc,
    code
