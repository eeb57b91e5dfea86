-- Gaps that may compensate one another, by the pattern that would make them
--
-- Gaps of one group, above nil and below, may be the same goods. The group is, in each
-- period,
--
--   transit         one exporter and product: hubs and other countries import it
--   hub_origin      one importer and product: hubs and other countries export it (see `hub_gap`)
--   classification  one pair and heading: the goods are in different subheadings
--   edition         one pair and chapter: only value that a change of edition left uncertain
--
-- method: R-4.1
-- grain:  pattern, exporter, importer, frequency, period, commodity_code, basis
-- view:   yes

with bound as (

    select max(value) as symmetry_max
    from parameter
    where name = 'oecd_symmetry_max'
        and $last_day between valid_from and valid_to

)

select
    case hub_side when 'importer' then 'transit' else 'hub_origin' end as pattern,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    other_side as group_pair,
    commodity_code as group_code,
    is_above,
    size
from hub_gap

union all

select
    'classification' as pattern,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    concat(exporter, importer) as group_pair,
    left(commodity_code, 4) as group_code,
    gap > 0 as is_above,
    abs(gap) as size
from unhidden_gap
where level = 6
    and gap <> 0
    -- codes that stand for no subheading are dealt with under confidentiality
    and commodity_code not like '%X'
    -- two reports as near as this agree
    and abs(gap) * 2 > (select max(symmetry_max) from bound) * (export_value + import_value)

union all

select
    'edition' as pattern,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    concat(exporter, importer) as group_pair,
    left(commodity_code, 2) as group_code,
    gap > 0 as is_above,
    least(abs(gap), uncertain_value) as size
from unhidden_gap
where level = 6
    and gap <> 0
    and uncertain_value > 0
