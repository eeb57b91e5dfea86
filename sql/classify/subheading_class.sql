-- Every subheading of every edition with its code in the derived classifications
--
-- SITC, BEC and ISIC are never collected: they follow from the subheading of the edition in
-- force. An empty cell means that no correspondence is known (`reference gaps` lists those
-- in use). ISIC is the industry that typically makes the good, and can stand at the level
-- of a section, division or group where classes cannot be told apart; its list has no
-- editions, so a number that changed its meaning keeps one industry.
--
-- method: R-1.26
-- grain:  edition, hs6
-- view:   yes

select
    commodity.edition,
    commodity.code as hs6,
    sitc.sitc4,
    sitc.sitc3,
    bec.bec4,
    bec5.bec5,
    isic.isic4,
    isic.isic3
from commodity
left join sitc
    on  sitc.commodity_edition = commodity.edition
    and sitc.hs6 = commodity.code
left join bec
    on  bec.commodity_edition = commodity.edition
    and bec.hs6 = commodity.code
left join bec5
    on  bec5.commodity_edition = commodity.edition
    and bec5.hs6 = commodity.code
left join isic
    on isic.hs6 = commodity.code
where commodity.level = 6
