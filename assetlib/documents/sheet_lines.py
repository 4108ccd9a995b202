"""Lines of a CSV or XLSX sheet as text, bounded; and lines as a sheet. What they mean is the caller's."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from typing import Any

LARGEST = 16 << 20
_LARGEST_UNPACKED = 128 << 20
_LONGEST_SAID = 4_000
_MOST_ROWS = 20_000
_MOST_COLUMNS = 1_000


class SheetRefused(ValueError):
    """The sheet cannot be read as one; the message says what was expected."""


def sheet_lines(data: bytes, suffix: str, *, formulas: bool = True) -> Iterator[Sequence[str]]:
    """The lines of a ``.csv`` or ``.xlsx`` file; raises SheetRefused.

    A formula counts as what it last showed; without `formulas` any formula, macro or link to another file is refused.
    """
    if len(data) > LARGEST:
        raise SheetRefused(f"the sheet has {len(data)} bytes, more than {LARGEST}")
    match suffix.lower():
        case ".csv":
            lines = _csv_lines(data)
            return lines if formulas else _without_formulas(lines)
        case ".xlsx":
            return _xlsx_lines(data, formulas=formulas)
    raise SheetRefused(f"expected a sheet that ends in .csv or .xlsx, found {suffix or 'no suffix'}")


def sheet_of(lines: Iterable[Sequence[str]], suffix: str) -> bytes:
    """The sheet that `sheet_lines` reads as `lines`; raises SheetRefused for another suffix."""
    if suffix.lower() == ".csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(lines)
        return text.getvalue().encode("utf-8-sig")  # the mark lets spreadsheets read it as UTF-8
    if suffix.lower() == ".xlsx":
        return _xlsx(lines)
    raise SheetRefused(f"expected a sheet that ends in .csv or .xlsx, found {suffix or 'no suffix'}")


def few(lines: Iterator[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The lines, empty ones counted: a workbook may say that its next cell is a million rows down."""
    for number, line in enumerate(lines, start=1):
        if number > _MOST_ROWS:
            raise SheetRefused(f"the sheet goes on below row {_MOST_ROWS}; split it, or delete its empty rows")
        if len(line) > _MOST_COLUMNS:
            raise SheetRefused(f"row {number + 1} has {len(line)} cells, more than {_MOST_COLUMNS}")
        yield line


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


def _without_formulas(lines: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    for number, line in enumerate(lines, start=1):
        for cell in line:
            if cell.lstrip().startswith(("=", "+", "@", "\t=")):
                raise SheetRefused(f"row {number}: the formula {cell[:60]!r} is refused; write what it shows")
        yield line


def _xlsx_lines(data: bytes, *, formulas: bool) -> Iterator[Sequence[str]]:
    """The first sheet of a workbook, values only."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            names = [entry.filename.lower() for entry in archive.infolist()]
        if unpacked > _LARGEST_UNPACKED:
            raise SheetRefused(f"the workbook unpacks to {unpacked} bytes, more than {_LARGEST_UNPACKED}")
        if not formulas:
            _refuse_active(names)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=formulas, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the workbook says about its size need not be so
        for number, line in enumerate(sheet.iter_rows(), start=1):
            if not formulas and (active := [cell for cell in line if cell.data_type == "f"]):
                raise SheetRefused(
                    f"row {number}: the formula {str(active[0].value)[:60]!r} is refused; write what it shows"
                )
            yield [_shown(cell.value) for cell in line]
    except SheetRefused:
        raise
    except Exception as error:  # noqa: BLE001  openpyxl raises whatever its parsers meet in a broken workbook
        said = str(error).partition("\n")[0][:_LONGEST_SAID]
        raise SheetRefused(f"not readable as an XLSX workbook: {type(error).__name__}: {said}") from None


def _refuse_active(names: Iterable[str]) -> None:
    """A workbook can run code, or show what another file says at that moment."""
    for name in names:
        if "vbaproject" in name or "macrosheets" in name or "activex" in name:
            raise SheetRefused("the workbook has macros, which are refused; save it as a plain .xlsx")
        if "externallinks" in name:
            raise SheetRefused("the workbook is linked to another file, which is refused; break the links")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()  # a calendar day, which a workbook keeps with a time of zero
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
