"""The sheet of a bulk import, CSV or XLSX: one row an asset. Everything wrong with its shape is said at once.

Columns: name, kind, usd, references, source_type, facets, height, collection. Paths are relative to the imported
folder; several values in one cell are separated by ';' or '|'. A row without any value is skipped.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

COLUMNS = ("name", "kind", "usd", "references", "source_type", "facets", "height", "collection")
_REQUIRED = ("name", "kind")
LARGEST = 16 << 20
_LARGEST_UNPACKED = 128 << 20
_MOST_ROWS = 20_000
_MOST_COLUMNS = 1_000
_LONGEST_CELL = 4_000


class SheetRefused(ValueError):
    """The sheet cannot be read as one; the message says what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One asset as written; `number` is the line a person sees. Paths are still text; `height` '' when not given."""

    number: int
    name: str
    kind: str
    usd: str = ""
    references: tuple[str, ...] = ()
    source_type: str = ""
    facets: tuple[str, ...] = ()
    height: str = ""
    collections: tuple[str, ...] = ()


def read_sheet(data: bytes, suffix: str) -> tuple[SheetRow, ...]:
    """The rows of a ``.csv`` or ``.xlsx`` file; raises SheetRefused."""
    if len(data) > LARGEST:
        raise SheetRefused(f"the sheet has {len(data)} bytes, more than {LARGEST}")
    readers = {".csv": _csv_lines, ".xlsx": _xlsx_lines}
    if suffix.lower() not in readers:
        raise SheetRefused(f"expected a sheet that ends in .csv or .xlsx, found {suffix or 'no suffix'}")
    lines = readers[suffix.lower()](data)
    columns = _columns(next(lines, ()))
    return tuple(_row(number, columns, line) for number, line in enumerate(_few(lines), start=2) if any(line))


def sheet_bytes(rows: Iterable[SheetRow], suffix: str) -> bytes:
    """The sheet that `read_sheet` reads as `rows`; raises SheetRefused for another suffix."""
    lines = [COLUMNS, *(_cells(row) for row in rows)]
    if suffix.lower() == ".csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(lines)
        return text.getvalue().encode("utf-8-sig")  # the mark lets spreadsheets read it as UTF-8
    if suffix.lower() == ".xlsx":
        return _xlsx(lines)
    raise SheetRefused(f"expected a sheet that ends in .csv or .xlsx, found {suffix or 'no suffix'}")


def _few(lines: Iterator[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The lines, empty ones counted: a workbook may say that its next cell is a million rows down."""
    for number, line in enumerate(lines, start=1):
        if number > _MOST_ROWS:
            raise SheetRefused(f"the sheet goes on below row {_MOST_ROWS}; split it, or delete its empty rows")
        if len(line) > _MOST_COLUMNS:
            raise SheetRefused(f"row {number + 1} has {len(line)} cells, more than {_MOST_COLUMNS}")
        yield line


def _columns(header: Sequence[str]) -> tuple[str, ...]:
    names = tuple(re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in header)
    unknown = [name for name in names if name and name not in COLUMNS]
    if unknown:
        raise SheetRefused(f"unknown column {unknown[0]!r}; known are {', '.join(COLUMNS)}")
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise SheetRefused(f"the column {twice[0]!r} is there twice")
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise SheetRefused(f"the first line needs the column {missing[0]!r}; known are {', '.join(COLUMNS)}")
    return names


def _row(number: int, columns: Sequence[str], line: Sequence[str]) -> SheetRow:
    beyond = [cell for cell in line[len(columns) :] if cell.strip()]
    if beyond:
        raise SheetRefused(f"row {number} has more cells than the first line has columns: {beyond[0][:60]!r}")
    cells = {name: cell.strip() for name, cell in zip(columns, line, strict=False) if name}
    long = [name for name, cell in cells.items() if len(cell) > _LONGEST_CELL]
    if long:
        raise SheetRefused(f"row {number}: the cell {long[0]!r} is longer than {_LONGEST_CELL} characters")
    return SheetRow(
        number=number,
        name=cells.get("name", ""),
        kind=cells.get("kind", "").lower(),
        usd=cells.get("usd", ""),
        references=_several(cells.get("references", "")),
        source_type=cells.get("source_type", ""),
        facets=_several(cells.get("facets", "")),
        height=cells.get("height", ""),
        collections=_several(cells.get("collection", "")),
    )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[;|]", cell) if part.strip())


def _cells(row: SheetRow) -> tuple[str, ...]:
    several = ("; ".join(values) for values in (row.references, row.facets, row.collections))
    references, facets, collections = several
    return (row.name, row.kind, row.usd, references, row.source_type, facets, row.height, collections)


def _csv_lines(data: bytes) -> Iterator[Sequence[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetRefused(
            f"expected UTF-8 text, found a byte that is none at {error.start}; save it as UTF-8"
        ) from None
    first = text.partition("\n")[0]
    delimiter = next((mark for mark in (",", ";", "\t") if mark in first), ",")
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise SheetRefused(f"not readable as CSV: {error}") from None


def _xlsx_lines(data: bytes) -> Iterator[Sequence[str]]:
    """The first sheet of a workbook, values only; a formula counts as what it last showed."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > _LARGEST_UNPACKED:
            raise SheetRefused(f"the workbook unpacks to {unpacked} bytes, more than {_LARGEST_UNPACKED}")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the workbook says about its size need not be so
        for line in sheet.iter_rows(values_only=True):
            yield [_shown(value) for value in line]
    except SheetRefused:
        raise
    except Exception as error:  # noqa: BLE001  openpyxl raises whatever its parsers meet in a broken workbook
        said = str(error).partition("\n")[0][:_LONGEST_CELL]
        raise SheetRefused(f"not readable as an XLSX workbook: {type(error).__name__}: {said}") from None


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _xlsx(lines: Iterable[Sequence[str]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for number, line in enumerate(lines, start=1):
        for column, text in enumerate(line, start=1):
            cell = sheet.cell(row=number, column=column, value=text)
            cell.data_type = "s"  # a file name that begins with '=' is a name and no formula
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
