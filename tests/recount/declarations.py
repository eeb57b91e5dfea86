"""Reads declaration files as a form describes them: plain Python, sharing nothing with the program."""

import csv
import datetime
import gzip
import re
import tomllib
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

# Digits after the point of the fields that are counted; at most eighteen digits in all.
SCALES = {
    "statistical_value": 2,
    "invoice_amount": 2,
    "gross_mass_kg": 3,
    "net_mass_kg": 3,
    "supplementary_quantity": 3,
}
DATES = ["acceptance_date", "release_date", "arrival_date"]
TEXTS = [
    "declaration_id",
    "declaration_type",
    "procedure_code",
    "additional_procedure",
    "customs_office",
    "origin_country",
    "destination_country",
    "consignment_country",
    "transaction_nature",
    "border_transport_mode",
    "commodity_code",
    "supplementary_unit",
]
COLUMNS = ["source", "line_no", "received_on", "item_no", "version", "is_cancelled", "content", *TEXTS, *DATES, *SCALES]
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
# A quoted cell may hold line breaks; no cell of a declaration goes on for longer.
LINES_OF_A_RECORD = 50


def records(lines, separator, width):
    """Yields (line number, text, cells), with None for the cells of a line that cannot be split into `width`."""
    at = 0
    while at < len(lines):
        taken, cells = 1, None
        if lines[at].strip():
            text = lines[at]
            while taken < LINES_OF_A_RECORD and text.count('"') % 2 and at + taken < len(lines):
                text += "\n" + lines[at + taken]
                taken += 1
            try:
                rows = list(csv.reader([text], delimiter=separator, strict=True))
                cells = rows[0] if len(rows) == 1 and len(rows[0]) == width else None
            except csv.Error:
                cells = None
            if cells is None:
                taken, text = 1, lines[at]
            yield at + 2, text, cells
        at += taken


def number(text, scale):
    """The exact decimal, rounded half to even; None for an unreadable cell."""
    if not NUMBER.fullmatch(text):
        return None
    value = Decimal(text).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN)
    return value if abs(value) < Decimal(10) ** (18 - scale) else None


def date(text):
    try:
        return datetime.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def physical_lines(path, encoding="utf-8"):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding=encoding, newline="") as file:
        return file.read().removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


class Form:
    def __init__(self, path):
        self.source = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        if self.source.get("decimal", ".") != "." or self.source["layout"] != "delimited":
            raise SystemExit(f"{path}: only delimited forms with a decimal point are recounted")

    @staticmethod
    def given(column, line):
        """What stands in a column, which a form may know under several names."""
        names = [column] if isinstance(column, str) else column
        return next((line[name] for name in names if line.get(name)), "")

    def cell(self, name, line):
        """Text of a field on a line (a dictionary by header); None where it is empty."""
        field = self.source["field"].get(name)
        if field is None:
            return None
        text = field["value"] if "value" in field else self.given(field["column"], line)
        text = text.strip()
        text = field.get("map", {}).get(text, text)
        if field.get("as") == "digits":
            text = re.sub(r"[\s.\u00a0]", "", text)
        return text or None

    def items(self, path, received_on):
        """Yields one tuple of COLUMNS an item, and None for a line that is a fault as a whole."""
        lines = physical_lines(path, self.source.get("encoding", "utf-8"))
        separator = self.source["separator"]
        header = [name.strip() for name in next(csv.reader([lines[0]], delimiter=separator))]
        for line_no, _, cells in records(lines[1:], separator, len(header)):
            # The header once more, as where files were joined, is no item.
            is_item = cells and [cell.strip() for cell in cells] != header
            yield self.item(path.name, line_no, dict(zip(header, cells)), received_on) if is_item else None

    def item(self, source, line_no, line, received_on):
        text = {name: self.cell(name, line) for name in TEXTS}
        # Small letters of a country are its code.
        for name in ("origin_country", "destination_country", "consignment_country"):
            text[name] = text[name] and text[name].upper()
        item_no = self.cell("item_no", line) or ""
        if not text["declaration_id"] or not text["procedure_code"] or not re.fullmatch(r"\d{1,9}", item_no):
            return None
        if text["commodity_code"] and not re.fullmatch(r"\d{6,12}", text["commodity_code"]):
            text["commodity_code"] = None
        version = self.cell("version", line) or "1"
        return (
            source,
            line_no,
            received_on,
            int(item_no),
            int(version) if version.isdigit() else 1,
            self.cell("status", line) == "cancelled",
            # What is compared when an item comes twice: every field that the form reads.
            "\x1f".join(self.cell(name, line) or "" for name in self.source["field"]),
            *text.values(),
            *(date(self.cell(name, line) or "") for name in DATES),
            *(number(self.cell(name, line) or "", scale) for name, scale in SCALES.items()),
        )
