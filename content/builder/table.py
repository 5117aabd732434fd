"""Read a catalogue table as librarians keep it: CSV, TSV or JSON, in any encoding, with any names.

Excel in Vietnamese writes `;` between columns and Windows-1258 or UTF-16; others write UTF-8. The
columns are Dublin Core terms with or without `dc:`, or their Vietnamese names.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.builder.encoding import decode
from content.errors import RecipeError
from content.vietnamese import fold, normalize

MAX_TABLE_BYTES = 64 * 1024 * 1024
MAX_CELL = 10_000

OWN_COLUMNS = (
    "identifier",
    "type",
    "title",
    "creator",
    "contributor",
    "date",
    "language",
    "subject",
    "description",
    "publisher",
    "rights",
    "licence",
    "source",
    "collection",
    "coverage",
    "audience",
    "files",
    "cover",
    "chapters",
)
# Folded column name -> our name. Dublin Core terms stand for themselves.
_COLUMNS = {
    **{name: name for name in OWN_COLUMNS},
    "id": "identifier",
    "license": "licence",
    "file": "files",
    "place": "coverage",
    "spatial": "coverage",
    "ispartof": "collection",
    "ma so": "identifier",
    "ma": "identifier",
    "loai": "type",
    "the loai": "type",
    "nhan de": "title",
    "ten sach": "title",
    "ten": "title",
    "tac gia": "creator",
    "nguoi doc": "contributor",
    "nam": "date",
    "ngon ngu": "language",
    "chu de": "subject",
    "mo ta": "description",
    "nha xuat ban": "publisher",
    "bo suu tap": "collection",
    "noi": "coverage",
    "dia danh": "coverage",
    "doi tuong": "audience",
    "tep": "files",
    "bia": "cover",
}
# Columns that describe the files and are measured anew by the builder.
_MEASURED = {"format", "pages", "duration_s", "bytes", "sha256", "provenance"}


@dataclass(frozen=True, slots=True)
class Row:
    """One work of a catalogue.

    Args:
        where: The line or item it stands in, for messages.
        cells: Our column name to text, NFC, outer spaces off.
    """

    where: str
    cells: Mapping[str, str]

    def one(self, column: str) -> str:
        """Return the cell, or ""."""
        return self.cells.get(column, "")

    def all(self, column: str, separator: str) -> tuple[str, ...]:
        """Return the values of a cell that holds several."""
        values = (value.strip() for value in self.one(column).split(separator))
        return tuple(value for value in values if value)


def read_table(path: Path) -> tuple[list[Row], list[str]]:
    """Return the rows of a catalogue, and remarks on what was odd about it.

    Raises:
        RecipeError: It is too large, or not a table at all; the message says where.
    """
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise RecipeError(f"{path.name}: larger than {MAX_TABLE_BYTES >> 20} MB; split it")
    decoded = decode(path.read_bytes())
    remarks = []
    if decoded.encoding.lower() not in {"utf-8", "utf-8-sig", "ascii"}:
        remarks.append(f"is written in {decoded.encoding}, read as such; UTF-8 is safer")
    if path.suffix.lower() == ".json":
        return _rows_of_json(decoded.text, path.name), remarks
    return _rows_of_csv(decoded.text, path.name, remarks), remarks


def column_of(name: str) -> str:
    """Return our name of a column, or "" when it is unknown."""
    plain = fold(name.strip().removeprefix("\ufeff"))
    for prefix in ("dc:", "dcterms:", "dc.", "dcterms."):
        plain = plain.removeprefix(prefix)
    return _COLUMNS.get(plain.strip(), "")


def _is_measured(name: str) -> bool:
    return fold(name).removeprefix("dc:") in _MEASURED


def _rows_of_csv(text: str, name: str, remarks: list[str]) -> list[Row]:
    csv.field_size_limit(MAX_TABLE_BYTES)
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False)
    try:
        header = next(reader, [])
        columns = [column_of(one) for one in header]
        if "files" not in columns and "title" not in columns:
            raise RecipeError(
                f"{name}, line 1: no column is called 'files' or 'title'; "
                "the first line must name the columns (dc:title, dc:creator, files ...)"
            )
        remarks.extend(
            f"the column {one.strip()!r} is unknown and left aside"
            for one, ours in zip(header, columns, strict=True)
            if not ours and one.strip() and not _is_measured(one)
        )
        rows = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                pairs = zip(columns, cells, strict=False)
                kept = {ours: _tidy(cell) for ours, cell in pairs if ours and cell.strip()}
                rows.append(Row(f"line {reader.line_num}", kept))
    except csv.Error as error:
        raise RecipeError(f"{name}, line {reader.line_num}: {error}") from error
    return rows


def _rows_of_json(text: str, name: str) -> list[Row]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"{name}: not valid JSON: {error}") from error
    if isinstance(data, dict):
        data = data.get("records", data.get("items"))
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise RecipeError(f"{name}: a list of works is expected, each an object in braces")
    rows = []
    for number, work in enumerate(data, start=1):
        pairs = ((column_of(key), _joined(key, value)) for key, value in work.items())
        cells = {ours: _tidy(value) for ours, value in pairs if ours and value}
        rows.append(Row(f"item {number}", cells))
    return rows


def _joined(key: str, value: Any) -> str:
    if isinstance(value, list):
        separator = "|" if column_of(key) in {"files", "chapters", "cover"} else ";"
        return separator.join(str(one) for one in value)
    return "" if value is None else str(value)


def _tidy(cell: str) -> str:
    return normalize(cell).strip()[:MAX_CELL]
