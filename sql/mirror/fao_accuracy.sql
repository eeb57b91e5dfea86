-- Accuracy groups of countries, after the rule of the FAO
--
-- The score of a country is the sum, over partners and both flows, of the correlation of
-- its quantities with the partner's over the items both have, each times the share of
-- those items in all of them. Countries are ranked into groups, the first the best; a
-- country without figures is in the group after the last. Sums are rounded before they
-- are added, so that no rank hangs on the order of rows.
--
-- method: R-4.1
-- grain:  reporter

with bound as (

    select cast(max(value) as int) as groups
    from parameter
    where name = 'fao_accuracy_groups'
        and $last_day between valid_from and valid_to

),

item as (

    select
        unnest(make_array('exporter', 'importer')) as role,
        exporter,
        importer,
        cast(export_mass_kg as double) as export_mass,
        cast(import_mass_kg as double) as import_mass
    from mirror_cell
    where class = 'matched'
        and is_in_span
        and export_mass_kg > 0
        and import_mass_kg > 0

),

pair as (

    select
        case role when 'exporter' then exporter else importer end as reporter,
        exporter,
        importer,
        count(*) as item_count,
        cast(count(*) as double) as n,
        cast(sum(cast(export_mass as decimal(38, 4))) as double) as export_sum,
        cast(sum(cast(import_mass as decimal(38, 4))) as double) as import_sum,
        cast(sum(cast(cast(export_mass as double) * cast(export_mass as double) as decimal(38, 4))) as double) as export_square,
        cast(sum(cast(cast(import_mass as double) * cast(import_mass as double) as decimal(38, 4))) as double) as import_square,
        cast(sum(cast(cast(export_mass as double) * cast(import_mass as double) as decimal(38, 4))) as double) as product
    from item
    group by
        case role when 'exporter' then exporter else importer end,
        exporter,
        importer

),

correlated as (

    select
        reporter,
        item_count,
        case
            when n * export_square > export_sum * export_sum and n * import_square > import_sum * import_sum
                then cast(round(
                    (n * product - export_sum * import_sum)
                        / sqrt(n * export_square - export_sum * export_sum)
                        / sqrt(n * import_square - import_sum * import_sum),
                    6
                ) as decimal(10, 6))
            else cast(0 as decimal(10, 6))
        end as correlation
    from pair

),

scored as (

    select
        reporter,
        sum(item_count) as item_count,
        cast(round(sum(correlation * item_count) / sum(item_count), 6) as decimal(10, 6)) as score
    from correlated
    group by reporter

)

select
    reporter,
    cast(item_count as bigint) as item_count,
    score,
    cast(
        1 + floor(
            cast((row_number() over (order by score desc, reporter) - 1) * (select max(groups) from bound) as double) / count(*) over ()
        ) as int
    ) as accuracy_group
from scored
