#!/usr/bin/env python3
"""The same reading, alignment and indicators as `tradestat mirror`, in DuckDB, to measure against.

usage: tests/bench/mirror_duckdb.py WORLD.csv OUT_FOLDER
WORLD.csv is what `tradestat demo --world ROWS` writes: a year of world trade, 47 columns.
Reads it, keeps one row a flow with areas as two-letter codes, puts exports and imports side by
side, estimates the cost of freight and insurance by subheading, and writes the cells and the
indicators by pair and by chapter as Parquet.
"""
import os
import sys

import duckdb

source, out = sys.argv[1], sys.argv[2]
lists = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../reference")
os.makedirs(out, exist_ok=True)
db = duckdb.connect()
db.execute("set threads = 2; set memory_limit = '1GB'; set preserve_insertion_order = false")
db.execute(f"set temp_directory = '{out}/spill'")
db.execute(f"""
create table area as
select comtrade_code, country
from read_csv('{lists}/comtrade_area.csv', all_varchar = true)
where is_summed = 'true' and valid_to = '9999-12-31' and country is not null;

create table flow as
select
    reporter.country as reporter,
    partner.country as partner,
    row.flowCode as flow,
    cast(row.refYear as integer) as year,
    row.cmdCode as hs6,
    sum(cast(row.primaryValue as decimal(38, 6))) as value_usd,
    sum(cast(nullif(row.netWgt, '') as decimal(38, 6))) as net_mass_kg
from read_csv('{source}', all_varchar = true, header = true) as row
join area as reporter on row.reporterCode = reporter.comtrade_code
join area as partner on row.partnerCode = partner.comtrade_code
where row.aggrLevel = '6'
    and row.customsCode = 'C00'
    and row.motCode = '0'
    and row.partner2Code = '0'
    and row.flowCode in ('M', 'X')
    and reporter.country <> partner.country
group by all;

create table matched as
select
    coalesce(export_side.reporter, import_side.partner) as exporter,
    coalesce(export_side.partner, import_side.reporter) as importer,
    coalesce(export_side.year, import_side.year) as year,
    coalesce(export_side.hs6, import_side.hs6) as hs6,
    coalesce(export_side.value_usd, 0) as export_value,
    coalesce(import_side.value_usd, 0) as import_value,
    export_side.net_mass_kg as export_mass_kg,
    import_side.net_mass_kg as import_mass_kg
from (from flow where flow = 'X') as export_side
full join (from flow where flow = 'M') as import_side
    on export_side.reporter = import_side.partner
    and export_side.partner = import_side.reporter
    and export_side.year = import_side.year
    and export_side.hs6 = import_side.hs6;

create table factor as
select year, hs6, greatest(1, least(1.2, median((import_value / import_mass_kg) / (export_value / export_mass_kg)))) as factor
from matched
where export_value > 0 and import_value > 0 and export_mass_kg > 0 and import_mass_kg > 0
group by year, hs6
having count(*) >= 10;

create table cell as
select
    matched.*,
    coalesce(factor.factor, 1.06) as factor,
    cast(matched.import_value / coalesce(factor.factor, 1.06) as decimal(38, 6)) as import_value_fob
from matched
left join factor using (year, hs6);
""")
db.execute(f"copy (from cell order by exporter, importer, hs6) to '{out}/mirror_cell.parquet' (compression zstd)")
for name, code in [("total", "'TOTAL'"), ("hs2", "left(hs6, 2)"), ("hs4", "left(hs6, 4)"), ("hs6", "hs6")]:
    db.execute(f"""
    copy (
        select
            exporter, importer, year, {code} as code,
            sum(export_value) as export_value,
            sum(import_value) as import_value,
            sum(import_value_fob) as import_value_fob,
            sum(import_value_fob) - sum(export_value) as asymmetry,
            sum(abs(import_value_fob - export_value)) as gross_asymmetry,
            sum(import_value_fob) / nullif(sum(export_value), 0) as ratio,
            2 * (sum(import_value_fob) - sum(export_value)) / nullif(sum(import_value_fob) + sum(export_value), 0) as relative_to_mean,
            2 * abs(sum(import_value) - sum(export_value)) / nullif(sum(import_value) + sum(export_value), 0) as coefficient,
            abs(sum(import_value_fob) - sum(export_value)) / nullif(sum(import_value_fob) + sum(export_value), 0) as symmetric_index,
            sum(import_mass_kg) / nullif(sum(export_mass_kg), 0) as mass_ratio
        from cell
        group by exporter, importer, year, code
        order by exporter, importer, code
    ) to '{out}/asymmetry_{name}.parquet' (compression zstd)
    """)
cells, exports, imports = db.execute("select count(*), sum(export_value), sum(import_value) from cell").fetchone()
print(f"{cells} cells, exports {exports}, imports {imports}")
