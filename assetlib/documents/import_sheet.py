"""The sheet of a bulk import, CSV or XLSX: one row an asset. Everything wrong with its shape is said at once.

Columns: name, kind, usd, references, source_type, facets, height, collection. Paths are relative to the imported
folder; several values in one cell are separated by ';' or '|'. A row without any value is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assetlib.documents.sheet_lines import SheetRefused, few, sheet_lines, sheet_of

COLUMNS = ("name", "kind", "usd", "references", "source_type", "facets", "height", "collection")
_REQUIRED = ("name", "kind")
_LONGEST_CELL = 4_000


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
    lines = sheet_lines(data, suffix)
    columns = _columns(next(lines, ()))
    return tuple(_row(number, columns, line) for number, line in enumerate(few(lines), start=2) if any(line))


def sheet_bytes(rows: Iterable[SheetRow], suffix: str) -> bytes:
    """The sheet that `read_sheet` reads as `rows`; raises SheetRefused for another suffix."""
    return sheet_of([COLUMNS, *(_cells(row) for row in rows)], suffix)


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
