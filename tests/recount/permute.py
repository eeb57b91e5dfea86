#!/usr/bin/env python3
"""Whether the order of the lines and the cut into files change a published figure: they must not.

usage: permute.py FILE... --program PROGRAM --work DIR [--period 2026-03] [--form sad_csv] [--profile az]
                  [--method DIR] [--seed 1]

Makes two working folders in DIR. The first gets the lines of all files in one file, as they stand;
the second gets them shuffled and in two files. Runs the period in both and compares the CSV tables
byte by byte. Exits 1 if one differs. The files are of one form, separated by commas.
"""

import argparse
import csv
import random
import shutil
import subprocess
import sys
from pathlib import Path

import declarations


def records_of(path):
    """The header and the records, each with the line breaks it holds."""
    header, *lines = declarations.physical_lines(path)
    width = len(next(csv.reader([header])))
    return header, [text for _, text, _ in declarations.records(lines, ",", width)]


def publish(arguments, folder, header, parts):
    """The CSV tables that the program makes of these parts."""
    shutil.rmtree(folder, ignore_errors=True)
    method = ["--method", str(arguments.method)] if arguments.method else []
    # Both folders receive their files on the same day: an item without a date counts in that month.
    received = ["--received", f"{arguments.period}-01"]
    call = lambda *words: subprocess.run([str(arguments.program.resolve()), *words], check=True, stdout=subprocess.DEVNULL)
    call("init", str(folder), "--profile", arguments.profile, *method)
    for number, lines in enumerate(parts, 1):
        path = folder / "inbox" / f"part-{number}.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8", newline="")
        call("-C", str(folder), "ingest", "--form", arguments.form, *received, *method, str(path))
    call("-C", str(folder), "run", "--period", arguments.period, *method)
    (release,) = (path for path in (folder / "release" / arguments.period).iterdir() if path.is_dir())
    return {path.name: path.read_bytes() for path in (release / "tables").glob("*.csv")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--period", default="2026-03")
    parser.add_argument("--form", default="sad_csv")
    parser.add_argument("--profile", default="az")
    parser.add_argument("--method", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    headers, lines = set(), []
    for path in arguments.files:
        header, more = records_of(path)
        headers.add(header)
        lines += more
    if len(headers) != 1:
        raise SystemExit("the files have different headers")
    header = headers.pop()
    shuffled = random.Random(arguments.seed).sample(lines, len(lines))
    cut = len(lines) // 3
    arguments.work.mkdir(parents=True, exist_ok=True)
    straight = publish(arguments, arguments.work / "straight", header, [lines])
    permuted = publish(arguments, arguments.work / "permuted", header, [shuffled[:cut], shuffled[cut:]])
    different = sorted(name for name in straight.keys() | permuted.keys() if straight.get(name) != permuted.get(name))
    for name in different:
        print(f"{name}: differs; see {arguments.work}/*/release/{arguments.period}/*/tables")
    print(f"{len(lines)} records, {len(straight)} tables, {len(different)} differ")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
