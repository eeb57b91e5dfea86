"""Tables beside the main ones: T13 to T15, T17 to T20. Compared by `recount.py`."""

from decimal import Decimal

# Medians of cells lie between rounded quotients.
RATIO_STEP = Decimal("0.000001")


def compare(differences, windows, release, read_table):
    month = windows.span["month"][0]
    days = ", ".join(repr(str(day)) for day in windows.span["to_date"])
    run = Run(differences, windows.database, lambda name: read_table(release, name), str(month), days)
    for table in (valuation, trade_systems, time_of_recording, unit_values, special_categories, returned_trade, consignment):
        table(run)


class Run:
    def __init__(self, differences, database, table, month, days):
        self.differences, self.database, self.table = differences, database, table
        self.month, self.days = f"date '{month}'", days

    def both(self, figure, condition="true"):
        """A sum over the month and one over the year to date."""
        return ", ".join(
            f"coalesce(sum({figure}) filter (where {condition} and period {span}), 0)"
            for span in (f"= {self.month}", f"in ({self.days})")
        )

    def compare(self, name, keys, columns, query, step=Decimal(0), only_recounted=False):
        """Rows of a published table and of a query, by their keys; a row that is missing is nothing.

        A cell that begins like a formula stands behind an apostrophe in the CSV file.
        """
        published = {tuple((row[key] or "").removeprefix("'") for key in keys): row for row in self.table(name)}
        width = len(keys)
        recounted = {row[:width]: row[width:] for row in self.database.execute(query).fetchall()}
        places = recounted.keys() if only_recounted else published.keys() | recounted.keys()
        for place in sorted(places):
            row, values = published.get(place, {}), recounted.get(place, (None,) * len(columns))
            for column, value in zip(columns, values):
                self.differences.compare(name, place, column, row.get(column) or 0, value or 0, step)


def flows(columns):
    return [f"{flow}_{column}" for flow in ("export", "import") for column in columns]


def valuation(run):
    """What is counted, and what of it has a declared value; freight and insurance are not recounted."""
    sums = ", ".join(
        f"{run.both('value', condition)}, count(*) filter (where {condition} and period in ({run.days}))"
        for condition in ("flow = 'X'", "flow = 'M'")
    )
    query = f"select 'total', {sums} from counted union all select 'value_declared', {sums} from counted where value > 0"
    run.compare("T13", ["measure"], flows(["month", "to_date", "item_count"]), query, only_recounted=True)


def trade_systems(run):
    systems = ("general", "special_relaxed", "special_strict")
    sums = ", ".join(run.both("value", f"flow = '{flow}' and in_{system}") for flow in "XM" for system in systems)
    columns = flows([f"{system}{span}" for system in systems for span in ("", "_to_date")])
    movement = "case when in_general and in_special_relaxed and in_special_strict then 'same' else customs_procedure end"
    query = f"select {movement}, {sums} from included where period in ({run.days}) group by 1"
    run.compare("T14", ["movement"], columns, f"{query} union all select 'total', {sums} from included")


def time_of_recording(run):
    """The published month, and what the other dates would put in it; goods of months to come are not there yet."""
    parts = []
    for recorded_by in ("acceptance", "release", "arrival"):
        other = f"date_trunc('month', {recorded_by}_date)"
        inside = {
            "recorded": "true",
            "same_month": f"{other} = {run.month}",
            "to_earlier_month": f"{other} < {run.month}",
            "to_later_month": f"{other} > {run.month}",
            "without_date": f"{other} is null",
        }
        sums = ", ".join(f"coalesce(sum(value) filter (where period = {run.month} and {condition}), 0)" for condition in inside.values())
        sums += f", coalesce(sum(value) filter (where period < {run.month} and {other} = {run.month}), 0)"
        sums += f", coalesce(sum(value) filter (where period <= {run.month} and {other} = {run.month}), 0)"
        parts.append(f"select flow, '{recorded_by}', {sums} from counted group by flow")
    run.compare("T15", ["flow", "recorded_by"], [*inside, "from_other_month", "under_this_date"], " union all ".join(parts))


def unit_values(run):
    """Medians a kilogram: of the cells of a month by national code and partner, then of the months of the window."""
    window = run.database.execute("select max(value::int) from parameter where name = 'unit_value_window_months'").fetchone()[0]
    query = f"""
        with cell as (
            select period, flow, hs6, sum(value) / sum(net_mass_kg) as unit_value
            from included
            where net_mass_kg is not null and not ends_with(hs6, 'XXXX')
            group by period, flow, hs6, left(commodity_code, 10), partner
        ), monthly as (
            select period, flow, hs6, median(unit_value) as unit_value from cell group by all
        )
        select flow, hs6, 'kg', median(unit_value)
        from monthly
        where period <= {run.month} and period > {run.month} - interval {window} month
        group by flow, hs6 having count(*) filter (where period = {run.month}) > 0"""
    recounted = {row[:3]: row[3] for row in run.database.execute(query).fetchall()}
    for row in run.table("T17"):
        if row["quantity_unit"] == "kg":
            place = (row["flow"], row["hs6"], "kg")
            value = recounted.get(place)
            run.differences.compare("T17", place, "median", row["median"], value and Decimal(repr(float(value))), RATIO_STEP * max(1, int(value or 1)))


def special_categories(run):
    """All that was judged: counted in the published system, excluded, apart; `undecided` goods are counted."""
    sums = ", ".join(run.both("statistical_value", f"flow is not distinct from {flow}") for flow in ("'X'", "'M'", "null"))
    columns = [f"{flow}_{span}" for flow in ("export", "import", "without_flow") for span in ("month", "to_date")]
    query = f"""
        select category, case when is_undecided then 'undecided' else fate end, {sums}
        from decided
        where fate in ('include', 'exclude', 'separate') and (fate <> 'include' or is_published)
        group by 1, 2"""
    run.compare("T18", ["special_category", "record_class"], columns, query)


def returned_trade(run):
    kinds = ("domestic", "not (is_reexport or is_reimport)"), ("foreign", "not (is_reexport or is_reimport)"), ("returned", "(is_reexport or is_reimport)")
    chosen = [(flow, name, condition) for flow, own in (("X", "domestic"), ("M", "foreign")) for name, condition in kinds if name in (own, "returned")]
    sums = ", ".join(run.both("value", f"flow = '{flow}' and {condition}") for flow, _, condition in chosen)
    columns = [f"{'export' if flow == 'X' else 'import'}_{name}_{span}" for flow, name, _ in chosen for span in ("month", "to_date")]
    query = f"select chapter, {sums} from counted group by chapter union all select 'TOTAL', {sums} from counted"
    run.compare("T19", ["chapter"], columns, query)


def consignment(run):
    imports = "counted where flow = 'M'"
    direct = run.both("value", "partner = consignment")
    columns = [f"import_{name}_{span}" for name in ("by_origin", "by_consignment", "direct") for span in ("month", "to_date")]
    query = f"""
        with side as (
            select partner, period, value as by_origin, 0 as by_consignment, case when partner = consignment then value else 0 end as direct from {imports}
            union all
            select consignment, period, 0, value, 0 from {imports}
        )
        select partner, {run.both("by_origin")}, {run.both("by_consignment")}, {run.both("direct")} from side group by partner
        union all
        select 'TOTAL', {run.both("value")}, {run.both("value")}, {direct} from {imports}"""
    run.compare("T20", ["partner"], columns, query)
