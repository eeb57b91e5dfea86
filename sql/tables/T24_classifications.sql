-- Classifications of each month: edition in force, and what could not be classified
--
-- Every month stays in the edition of the Harmonized System that was in force in it;
-- series across editions are converted on request and say so. Goods whose subheading
-- the edition does not have are counted in their chapter alone. SITC and BEC follow
-- from the subheading, and what has no correspondence stands apart. Chapter 77 is
-- reserved and never counted; 98 and 99 are national.
--
-- method:   R-1.25, R-1.26, R-1.28, R-1.73
-- grain:    period
-- unit:     thousand_usd
-- decimals: 1

with classed as (

    select
        compared_month.period,
        compared_month.commodity_edition,
        publishable_trade.hs6,
        publishable_trade.hs2,
        publishable_trade.statistical_value,
        sitc.sitc4,
        bec.bec4
    from compared_month
    join publishable_trade
        on publishable_trade.period = compared_month.period
        and publishable_trade.flow = compared_month.flow
    left join sitc
        on sitc.commodity_edition = compared_month.commodity_edition
        and sitc.hs6 = publishable_trade.hs6
    left join bec
        on bec.commodity_edition = compared_month.commodity_edition
        and bec.hs6 = publishable_trade.hs6

),

monthly as (

    select
        period,
        max(commodity_edition) as commodity_edition,
        count(distinct hs6) filter (where hs6 not like '%XXXX') as subheading_count,
        coalesce(sum(statistical_value), 0) as statistical_value,
        coalesce(sum(statistical_value) filter (where hs6 like '%XXXX' and hs2 < '98'), 0) as chapter_only_value,
        coalesce(sum(statistical_value) filter (where hs2 >= '98'), 0) as national_chapter_value,
        coalesce(sum(statistical_value) filter (where sitc4 is null), 0) as without_sitc_value,
        coalesce(sum(statistical_value) filter (where bec4 is null), 0) as without_bec_value
    from classed
    group by period

)

select
    row_number() over (order by monthly.period) as row_order,
    'row' as row_kind,
    monthly.period,
    monthly.commodity_edition,
    monthly.subheading_count,
    monthly.statistical_value,
    monthly.chapter_only_value,
    monthly.national_chapter_value,
    monthly.without_sitc_value,
    monthly.without_bec_value
from monthly
order by row_order
