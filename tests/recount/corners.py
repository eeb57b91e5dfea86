#!/usr/bin/env python3
"""Declarations of everything the lists know: all procedures, natures, categories, modes, partners, editions.

usage: corners.py OUT.csv [--method DIR] [--items 12000] [--seed 1]

The synthetic declarations of the program use a few dozen codes; this file uses them all, evenly, over
fifteen months in which an edition of the Harmonized System and the list of natures end (to 2022-02).
Values are invented. Every item has one: what is estimated for missing values is not recounted.
"""

import argparse
import csv
import datetime
import random
from pathlib import Path

HEADER = (
    "declaration_id,item_no,declaration_type,procedure_code,acceptance_date,customs_office,trader_id,declarant_id,"
    "consignment_country,origin_country,destination_country,delivery_terms,invoice_currency,exchange_rate,"
    "transaction_nature,border_transport_mode,commodity_code,goods_description,gross_mass_kg,net_mass_kg,"
    "supplementary_unit,supplementary_quantity,invoice_amount,freight_cost,insurance_cost,statistical_value,"
    "version,status,release_date,additional_procedure"
).split(",")
FIRST, DAYS = datetime.date(2020, 12, 1), 455


def rows_of(reference, name):
    with (reference / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--method", type=Path, default=Path(__file__).resolve().parent.parent.parent)
    parser.add_argument("--items", type=int, default=12000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    reference, dice = arguments.method / "reference", random.Random(arguments.seed)

    procedures = rows_of(reference, "procedure")
    common = [row for row in procedures if row["procedure_code"] in ("1000", "1040", "4000", "4071")]
    countries = [row["country"] for row in rows_of(reference, "country")]
    modes = [row["mode"] for row in rows_of(reference, "transport_mode")]
    terms = [row["delivery_terms"] for row in rows_of(reference, "delivery_term")]
    natures = [row["transaction_nature"] for row in rows_of(reference, "transaction_nature")]
    commodities = [row for row in rows_of(reference, "commodity") if row["level"] == "6"]
    codes = {edition: [row["code"] for row in commodities if row["edition"] == edition] for edition in ("HS2017", "HS2022", "HS2007")}
    categories = rows_of(reference, "category_code")
    prefixes = [row["hs_prefix"] for row in categories if row["hs_prefix"]]
    additional = [row["additional_procedure"] for row in categories if row["additional_procedure"]]
    maybe = lambda share, value, other: value if dice.random() < share else other

    def commodity(day):
        edition = maybe(0.03, "HS2007", "HS2017" if day.year < 2022 else "HS2022")
        choice = codes[edition]
        if dice.random() < 0.3:
            prefix = dice.choice(prefixes)
            choice = [code for code in choice if code.startswith(prefix)] or choice
        return maybe(0.004, dice.choice(["770000", "980100", "990500", "993024", "999999"]), dice.choice(choice)) + maybe(0.5, "0000", "")

    with arguments.out.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for number in range(arguments.items):
            procedure = maybe(0.4, dice.choice(common), procedures[number % len(procedures)])
            flow = procedure["flow"]
            kind = {"M": "IM", "X": "EX"}.get(flow, dice.choice(["IM", "EX", "TR", ""]))
            accepted = FIRST + datetime.timedelta(days=dice.randrange(DAYS))
            released = accepted + datetime.timedelta(days=dice.choice([0, 0, 0, 1, 3, 20]))
            code = commodity(released)
            value = dice.randrange(1, 10**7) / 100
            net = dice.randrange(1, 10**6) / 10
            # Some declarations have several items, and some come again as a later version or a cancellation.
            declaration = f"C{number // dice.choice([1, 1, 3]):07}"
            is_worthless = dice.random() < 0.01
            version = maybe(0.01, 2, 1)
            partner = maybe(0.08, dice.choice(["", "AZ", "ZZ", "_X", "az", "DEU"]), dice.choice(countries))
            other = dice.choice(countries)
            out.writerow([
                declaration,
                number + 1,
                maybe(0.002, "EX", kind),
                maybe(0.003, "9X99", procedure["procedure_code"]),
                accepted if dice.random() < 0.995 else "",
                maybe(0.02, "", f"AZ{dice.randrange(1, 30):03}"),
                "1234567890",
                "1234567890",
                other,
                partner if flow != "X" else maybe(0.3, other, "AZ"),
                "AZ" if flow != "X" else partner,
                dice.choice(terms),
                "USD",
                "1.7",
                maybe(0.1, dice.choice(["", "", "77", "021"]), maybe(0.4, "11", dice.choice(natures))),
                maybe(0.03, dice.choice(["", "0", "77"]), dice.choice(modes)),
                code,
                "invented",
                f"{net * 1.1:.3f}" if dice.random() < 0.95 else "",
                maybe(0.02, "-1", f"{net:.3f}"),
                "",
                "",
                "" if is_worthless else f"{value:.2f}",
                "1.00",
                "1.00",
                "0" if is_worthless else f"{value:.2f}",
                version,
                maybe(0.1, "cancelled", "accepted") if version == 2 else "accepted",
                released if dice.random() < 0.98 else "",
                maybe(0.1, dice.choice([" ", "", ";", ","]).join(dice.sample(additional, dice.choice([1, 1, 2]))), ""),
            ])


if __name__ == "__main__":
    main()
