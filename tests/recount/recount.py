#!/usr/bin/env python3
"""Compiles declarations a second time and compares every figure with a release.

usage: recount.py WORKSPACE [--period 2026-03] [--files FILE...] [--method DIR] [--quiet]

Written from the methodology and the code lists, not from the program's SQL. Reads the declaration
files, the lists, and, to compare, the CSV tables of the release and the accounts of its run. Prints
each difference; exits 1 if there is one, 2 if lists or files are not those of the run.
"""

import argparse
import csv
import datetime
import hashlib
import json
import sys
import tempfile
import tomllib
from decimal import Decimal
from pathlib import Path

import duckdb

import declarations
import supplements

HERE = Path(__file__).resolve().parent
LISTS = [
    "bec",
    "bec_code",
    "category_code",
    "commodity",
    "country",
    "country_group",
    "hs_section",
    "label",
    "oil_product",
    "parameter",
    "procedure",
    "quantity_unit",
    "sitc",
    "special_category",
    "transaction_nature",
    "transport_mode",
    "unit_alias",
]
TYPES = {"in_": "boolean", "is_re": "boolean", "origin_decides": "boolean", "valid_": "date"}
# Dates that decide the month of an item, by the profile's word for them.
RECORDING_DATES = {
    "release_else_acceptance": ("release_date", "acceptance_date"),
    "acceptance_else_release": ("acceptance_date", "release_date"),
}
# How far a figure that the release rounds may lie from the exact one.
GROWTH_STEP, SHARE_STEP = Decimal("0.000001"), Decimal("0.0000000001")
UNCLASSIFIED = "unclassified"


class Differences:
    def __init__(self, quiet):
        self.quiet, self.cells, self.found = quiet, {}, []

    def compare(self, table, place, column, published, recounted, step=Decimal(0)):
        self.cells[table] = self.cells.get(table, 0) + 1
        if published is None or recounted is None or isinstance(recounted, str):
            same = published == recounted
        else:
            same = abs(Decimal(published) - Decimal(recounted)) <= step
        if not same:
            self.report(table, place, column, published, recounted)

    def report(self, table, place, column, published, recounted):
        self.found.append(table)
        if not self.quiet:
            print(f"{table}: {place}, {column}: published {published}, recounted {recounted}")


def load_lists(database, reference, method_files):
    """Loads the lists, typed where a figure needs it; stops if one is not that of the run."""
    for name in LISTS:
        path = reference / f"{name}.csv"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if method_files.get(f"reference/{name}.csv", digest) != digest:
            raise SystemExit(f"list `{name}` in {reference} is not the one of the run; point --method at its method")
        with path.open(encoding="utf-8", newline="") as file:
            columns = next(csv.reader(file))
        chosen = ", ".join(
            f'try_cast("{column}" as {kind}) as "{column}"'
            if (kind := next((kind for start, kind in TYPES.items() if column.startswith(start)), None))
            and column != "is_return"
            else f'nullif("{column}", \'\') as "{column}"'
            for column in columns
        )
        database.execute(f"create table {name} as select {chosen} from read_csv(?, all_varchar = true, header = true)", [str(path)])


def load_items(database, form, files, batches):
    """Loads the items of the files; returns lines read and lines that are faults, and the batches used."""
    read = faulted = 0
    used = []
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(declarations.COLUMNS)
        for path in files:
            batch = batches.get((path.name, path.stat().st_size))
            if batch is None:
                raise SystemExit(f"{path}: no batch of the run holds this file")
            used.append(batch["id"])
            for item in form.items(path, batch["received_on"]):
                read += 1
                faulted += item is None
                if item:
                    writer.writerow(["" if value is None else value for value in item])
        out.flush()
        kinds = {name: "varchar" for name in declarations.COLUMNS}
        kinds |= {name: "date" for name in ["received_on", *declarations.DATES]}
        kinds |= {name: f"decimal(18, {scale})" for name, scale in declarations.SCALES.items()}
        kinds |= {"line_no": "bigint", "item_no": "int", "version": "int", "is_cancelled": "boolean"}
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in kinds.items())
        database.execute(
            "create table item as select * from read_csv(?, header = true, auto_detect = false, delim = ',', quote = '\"', "
            f"escape = '\"', nullstr = '', max_line_size = 10000000, parallel = false, columns = {{{columns}}})",
            [out.name],
        )
    return read, faulted, used


class Windows:
    """The four windows of a table: the month, the year to date, and both a year before."""

    def __init__(self, database, period):
        self.database = database
        year, month = period.year, period.month
        months = lambda year: [datetime.date(year, number, 1) for number in range(1, month + 1)]
        self.span = {
            "month": [period],
            "month_year_before": [datetime.date(year - 1, month, 1)],
            "to_date": months(year),
            "to_date_year_before": months(year - 1),
        }
        filled = {row[0] for row in database.execute("select distinct period from decided where receipt = 'judged'").fetchall()}
        # A window with a month that has no data is missing, not smaller.
        self.is_known = {name: filled.issuperset(days) for name, days in self.span.items()}
        # Nor is a flow nil of which nothing ever came, and turnover and balance need both.
        until = f"receipt = 'judged' and flow in ('X', 'M') and period <= '{period}'"
        self.flows = {row[0] for row in database.execute(f"select distinct flow from decided where {until}").fetchall()}

    def is_told(self, flow, window):
        """Whether a figure of a flow, or of both, is known in a window."""
        return self.is_known[window] and self.flows >= ({flow} if flow else {"X", "M"})

    def figures(self, source, keys, measure="value"):
        """Sums by the keys and the flow: {key: {(flow, window): value}}."""
        columns = ", ".join(
            f"coalesce(sum({measure}) filter (where period in ({', '.join(repr(str(day)) for day in days)})), 0)"
            for days in self.span.values()
        )
        result = {}
        query = f"select {', '.join(keys)}, flow, {columns} from {source} group by {', '.join(keys)}, flow"
        for row in self.database.execute(query).fetchall():
            key, flow, sums = row[: len(keys)], row[len(keys)], row[len(keys) + 1 :]
            result.setdefault(key, {}).update({(flow, name): value for name, value in zip(self.span, sums)})
        return result

    def cells(self, sums, flow, total_to_date=None):
        """The published columns of one flow, from its sums."""
        value = {name: sums.get((flow, name), Decimal(0)) if self.is_told(flow, name) else None for name in self.span}
        cells = dict(value)
        for name in ("month", "to_date"):
            now, before = value[name], value[f"{name}_year_before"]
            cells[f"{name}_growth"] = None if now is None or not before else (now - before) / before * 100
        if total_to_date is not None:
            now = value["to_date"]
            cells["share"] = None if now is None or not total_to_date else now / total_to_date
        return cells


def step_of(column):
    return GROWTH_STEP if column.endswith("growth") else SHARE_STEP if column.endswith("share") else Decimal(0)


def read_table(release, name):
    path = next((release / "tables").glob(f"{name}_*.csv"))
    with path.open(encoding="utf-8", newline="") as file:
        return [{column: text if text else None for column, text in row.items()} for row in csv.DictReader(file)]


def compare_two_flows(differences, windows, release, name, keys, expected, names):
    """A table with exports and imports side by side, one row a key."""
    total = windows.figures("counted", ["1"])[(1,)]
    head = {"row_kind": "total", "chapter": None}
    expected = expected | {tuple(head.get(column, "TOTAL") for column in keys): total}
    seen = set()
    for row in read_table(release, name):
        key = tuple(row[column] for column in keys)
        if key in seen:
            differences.report(name, key, "row", "twice", "once")
        seen.add(key)
        for prefix, flow in (("export", "X"), ("import", "M")):
            cells = windows.cells(expected.get(key, {}), flow, total.get((flow, "to_date")))
            for column, value in cells.items():
                differences.compare(name, key, f"{prefix}_{column}", row[f"{prefix}_{column}"], value, step_of(column))
        name_column = "partner_name" if "partner_name" in row else "name"
        differences.compare(name, key, name_column, row[name_column], names(key))
        differences.compare(name, key, "flag", row["flag"], None)
    for key, sums in expected.items():
        if key not in seen and any(value for (_, window), value in sums.items() if windows.is_known[window]):
            differences.report(name, key, "row", None, {window: str(value) for window, value in sums.items() if value})


def hierarchy(windows, column, codes, levels):
    """Sums of a classification at each level; goods without a code stand apart."""
    expected = {(UNCLASSIFIED,): sums for _, sums in windows.figures(f"counted where {column} is null", ["1"]).items()}
    for level in levels:
        expected |= windows.figures(f"counted where length({column}) >= {level}", [f"left({column}, {level})"])
    return {key: sums for key, sums in expected.items() if codes is None or key[0] in codes}


def compare_headline(differences, windows, release):
    sums = windows.figures("counted", ["1"])[(1,)]
    returns = windows.figures("counted where is_reexport or is_reimport", ["1"]).get((1,), {})
    both = lambda sign: {("", name): sums.get(("X", name), 0) + sign * sums.get(("M", name), 0) for name in windows.span}
    expected = {
        "exports": (sums, "X"),
        "reexports": (returns, "X"),
        "imports": (sums, "M"),
        "reimports": (returns, "M"),
        "turnover": (both(1), ""),
        "balance": (both(-1), ""),
    }
    rows = {row["indicator"]: row for row in read_table(release, "T01")}
    if rows.keys() != expected.keys():
        differences.report("T01", "indicators", "rows", sorted(rows), sorted(expected))
    for indicator, (figures, flow) in expected.items():
        for column, value in windows.cells(figures, flow).items():
            # A balance can change its sign: its growth says nothing and is left empty.
            value = None if indicator == "balance" and column.endswith("growth") else value
            differences.compare("T01", indicator, column, rows[indicator][column], value, step_of(column))
        differences.compare("T01", indicator, "flag", rows[indicator]["flag"], None)


def compare_top(differences, windows, release, names, publishable):
    """T07: the first subheadings by value of the year to date, with quantities where nothing is estimated."""
    figures = windows.figures("counted", ["hs6"])
    total = windows.figures("counted", ["1"])[(1,)]
    rows = read_table(release, "T07")
    left_out = 0
    for flow in ("X", "M"):
        published = [row for row in rows if row["flow"] == flow]
        ranked = sorted(
            (key[0] for key, sums in figures.items() if sums.get((flow, "to_date"))),
            key=lambda hs6: (-figures[(hs6,)][(flow, "to_date")], hs6),
        )[:50]
        differences.compare("T07", flow, "rows", str(len(published)), str(len(ranked)))
        quantities = declared_quantities(windows, flow)
        estimated = estimated_subheadings(windows.database, publishable, windows.span["to_date"], flow)
        for place, (row, hs6) in enumerate(zip(published, ranked), 1):
            differences.compare("T07", (flow, place), "hs6", row["hs6"], hs6)
            differences.compare("T07", (flow, place), "rank", row["rank"], str(place))
            differences.compare("T07", (flow, hs6), "name", row["name"], names((hs6,)))
            for column, value in windows.cells(figures[(hs6,)], flow, total[(flow, "to_date")]).items():
                differences.compare("T07", (flow, hs6), column, row[column], value, step_of(column))
            differences.compare("T07", (flow, hs6), "flag", row["flag"], None)
            if hs6 in estimated:
                left_out += 1
                continue
            quantity = quantities.get((hs6, row["quantity_unit"]))
            differences.compare("T07", (flow, hs6), "quantity", row["quantity"], quantity)
            differences.compare("T07", (flow, hs6), "quantity_flag", row["quantity_flag"], None)
            unit_value = figures[(hs6,)][(flow, "to_date")] / quantity if quantity else None
            differences.compare("T07", (flow, hs6), "unit_value", row["unit_value"], unit_value, GROWTH_STEP)
    return f"T07: quantity of {left_out} of {len(rows)} rows left out: the program estimates a part of it"


def declared_quantities(windows, flow):
    """Quantity of the year to date by subheading and unit, of what is declared and plausible."""
    days = ", ".join(repr(str(day)) for day in windows.span["to_date"])
    query = f"""
        select hs6, coalesce(standard_unit, 'kg'), sum(case when standard_unit <> 'kg' then quantity else net_mass_kg end)
        from counted where flow = '{flow}' and period in ({days})
        group by all"""
    return {(hs6, unit): quantity for hs6, unit, quantity in windows.database.execute(query).fetchall()}


def estimated_subheadings(database, publishable, days, flow):
    """Subheadings for which the program says that a part of the quantity is estimated or missing."""
    days = ", ".join(repr(str(day)) for day in days)
    query = f"""
        select distinct hs6 from {publishable} where flow = '{flow}' and period in ({days}) and (
            net_mass_estimated_value > 0 or quantity_estimated_value > 0 or net_mass_missing_count > 0 or quantity_missing_count > 0
        )"""
    return {row[0] for row in database.execute(query).fetchall()}


def stored(database, workspace, run, relation):
    store = workspace / tomllib.loads((workspace / "tradestat.toml").read_text())["store"]
    files = [str(store / file["path"]) for file in run["files"] if file["relation"] == relation]
    return f"read_parquet({files}, hive_partitioning = false)"


def compare_accounts(differences, database, workspace, run):
    """Items and declared value of every fate by month and flow, and of what is counted or set aside."""
    months = ", ".join(f"'{month}-01'" for month in run["months"])
    sides = [
        (
            "fates of items",
            f"select period, fate, coalesce(flow, '-'), sum(item_count), sum(statistical_value) from {stored(database, workspace, run, 'item_account')} group by all",
            f"""
            with fates as (
                select period, receipt as fate, flow, statistical_value from decided
                union all
                select period, 'held', flow, statistical_value from decided where fate = 'held'
            )
            select period, fate, coalesce(flow, '-'), count(*), coalesce(sum(statistical_value), 0) from fates
            where period in ({months}) group by period, fate, flow""",
        ),
        (
            "counted and set aside",
            f"""select period, record_class, flow, sum(item_count), sum(declared_value)
            from {stored(database, workspace, run, 'account')} group by all""",
            f"""select period, fate, coalesce(flow, '-'), count(*), coalesce(sum(statistical_value), 0) from decided
            where fate in ('include', 'exclude', 'separate') and period in ({months}) group by period, fate, flow""",
        ),
    ]
    for name, published, recounted in sides:
        compare_rows(differences, database, name, published, recounted, 3, ("items", "value"))


def compare_detail(differences, database, workspace, run):
    """Value, items and declared net mass of all months, systems, partners and subheadings."""
    months = ", ".join(f"'{month}-01'" for month in run["months"])
    keys = "period, flow, in_general, in_special_relaxed, in_special_strict, is_reexport, is_reimport, partner, hs6"
    published = f"""
        select {keys}, sum(statistical_value), sum(item_count), coalesce(sum(net_mass_kg), 0), sum(net_mass_missing_count)
        from {stored(database, workspace, run, 'trade')} group by {keys}"""
    recounted = f"""
        select {keys}, sum(value), count(*), coalesce(sum(net_mass_kg), 0), count_if(net_mass_kg is null)
        from included where period in ({months}) group by {keys}"""
    compare_rows(differences, database, "trade in detail", published, recounted, 9, ("value", "items", "net mass", "without mass"))


def compare_rows(differences, database, name, published, recounted, width, columns):
    """Two queries with `width` columns of a key before their figures."""
    published = {row[:width]: row[width:] for row in database.execute(published).fetchall()}
    recounted = {row[:width]: row[width:] for row in database.execute(recounted).fetchall()}
    nothing = (Decimal(0),) * len(columns)
    for key in sorted(published.keys() | recounted.keys(), key=str):
        place = tuple(str(part) for part in key)
        for column, left, right in zip(columns, published.get(key, nothing), recounted.get(key, nothing)):
            differences.compare(name, place, column, left, right)


def names_of(database, *lists, is_named=True):
    """Names of the keys of a table; a code without a text is its own name, or has none where not all are named."""
    labels = {
        (name, code): text for name, code, text in database.execute("select list, code, coalesce(en, code) from label").fetchall()
    }

    def name(key):
        if "TOTAL" in key:
            return labels[("word", "total")]
        code = next(part for part in reversed(key) if part)
        return next((labels[(entry, code)] for entry in lists if (entry, code) in labels), code if is_named else None)

    return name


def compare_tables(differences, database, windows, release, publishable):
    simple = lambda column: windows.figures("counted", [column])
    groups = """(
        select counted.*, country_group.country_group from counted
        join country_group on country_group.country = counted.partner
            and counted.period between country_group.valid_from and country_group.valid_to
    )"""
    compare_headline(differences, windows, release)
    # EU is a group, and a partner where the member state is not told: the kind of row tells them apart.
    partners = windows.figures("counted", ["'row'", "partner"]) | windows.figures(groups, ["'group'", "country_group"])
    countries, country_groups = names_of(database, "country"), names_of(database, "country_group")
    partner_names = lambda key: country_groups(key) if key[0] == "group" else countries(key)
    compare_two_flows(differences, windows, release, "T03", ["row_kind", "partner"], partners, partner_names)
    chapters = windows.figures("counted", ["section", "chapter"]) | windows.figures("counted", ["section", "null"])
    compare_two_flows(differences, windows, release, "T04", ["section", "chapter"], chapters, names_of(database, "hs2", "hs_section"))
    sitc = hierarchy(windows, "sitc", None, (1, 2, 3))
    compare_two_flows(differences, windows, release, "T05", ["sitc"], sitc, names_of(database, "sitc1", "sitc2", is_named=False))
    codes = {row[0] for row in database.execute("select code from bec_code").fetchall()} | {UNCLASSIFIED}
    bec = hierarchy(windows, "bec", codes, (1, 2, 3))
    compare_two_flows(differences, windows, release, "T06", ["bec"], bec, names_of(database, "bec"))
    left_out = compare_top(differences, windows, release, names_of(database, "hs6"), publishable)
    oil = windows.figures("counted where oil_product is not null", ["oil_product"])
    oil |= windows.figures("counted", ["case when oil_product is null then 'non_oil' else 'oil' end"])
    compare_two_flows(differences, windows, release, "T08", ["oil_product"], oil, names_of(database, "oil_product"))
    compare_two_flows(
        differences, windows, release, "T11", ["transport_mode"], simple("transport_mode"), names_of(database, "transport_mode")
    )
    compare_two_flows(differences, windows, release, "T12", ["customs_office"], simple("customs_office"), names_of(database, "customs_office"))
    supplements.compare(differences, windows, release, read_table)
    return left_out


def newest_run(workspace, period, settings):
    """Manifest of the newest run that published the period, and its release."""
    store, releases = workspace / settings["store"], workspace / settings["release"]
    runs = [json.loads(path.read_text()) for path in sorted((store / "manifest/run").glob("*.json"))]
    runs = [run for run in runs if run.get("release") and (period is None or run["period"] == period)]
    if not runs:
        raise SystemExit(f"{workspace}: no run published {period or 'a month'}")
    return runs[-1], releases / runs[-1]["release"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--period", help="a month; the last published one without it")
    parser.add_argument("--files", type=Path, nargs="+", help="declaration files; those of the inbox without it")
    parser.add_argument("--method", type=Path, default=HERE.parent.parent, help="folder with reference/")
    parser.add_argument("--quiet", action="store_true", help="only the counts")
    arguments = parser.parse_args()

    settings = tomllib.loads((arguments.workspace / "tradestat.toml").read_text())
    run, release = newest_run(arguments.workspace, arguments.period, settings)
    period = datetime.date.fromisoformat(run["period"] + "-01")
    reference = arguments.method / "reference"
    profile = tomllib.loads((reference / "profiles" / f"{run['profile']}.toml").read_text(encoding="utf-8"))
    if profile["recording_date"] not in RECORDING_DATES:
        raise SystemExit(f"months by {profile['recording_date']} are not recounted")
    first_date, second_date = RECORDING_DATES[profile["recording_date"]]
    batches = {}
    for batch in run["batches"]:
        manifest = json.loads((arguments.workspace / settings["store"] / f"manifest/batch/{batch}.json").read_text())
        batches[(manifest["source"], manifest["bytes"])] = manifest
    form = declarations.Form(reference / "forms" / f"{next(iter(batches.values()))['form']}.toml")
    files = arguments.files or sorted(path for path in (arguments.workspace / settings["inbox"]).iterdir() if path.is_file())

    database = duckdb.connect()
    load_lists(database, reference, run["method_files"])
    read, faulted, used = load_items(database, form, files, batches)
    if sorted(used) != sorted(run["batches"]):
        raise SystemExit("the files are not the batches of the run")
    database.execute("set variable trade_system = ?", [profile["trade_system"]])
    database.execute("set variable reporter = ?", [profile["reporter"]])
    figures = (HERE / "figures.sql").read_text(encoding="utf-8")
    database.execute(figures.replace("{first_date}", first_date).replace("{second_date}", second_date))

    differences = Differences(arguments.quiet)
    differences.compare("lines", "all files", "read", sum(batch["lines_read"] for batch in batches.values()), read)
    differences.compare("lines", "all files", "faulted", sum(batch["faulted_lines"] for batch in batches.values()), faulted)
    compare_accounts(differences, database, arguments.workspace, run)
    compare_detail(differences, database, arguments.workspace, run)
    left_out = compare_tables(differences, database, Windows(database, period), release, stored(database, arguments.workspace, run, "publishable_trade"))

    computed = database.execute("select count(*) from counted where coalesce(value, 0) <= 0").fetchone()[0]
    if computed:
        print(f"{computed} counted items have no declared value: what the invoice gives for them is not recounted")
    print(left_out)
    for table, cells in differences.cells.items():
        print(f"{table}: {cells} cells compared, {differences.found.count(table)} differences")
    sys.exit(1 if differences.found else 0)


if __name__ == "__main__":
    main()
