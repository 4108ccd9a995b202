"""Sheets of a bulk import, read in a limited child: a workbook of a few kilobytes can unpack to any number of cells."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from assetlib.documents.import_sheet import SheetRow, read_sheet
from assetlib.documents.sheet_lines import LARGEST, SheetRefused, few, sheet_lines
from assetlib.intake.answers import Unreadable
from assetlib.intake.harness import run_limited
from assetlib.intake.limits import Limits

SHEET_LIMITS = Limits(memory=2 << 30, cpu_seconds=60, wall_seconds=120.0, file_size=1 << 20)


def intake_sheet(path: Path, *, limits: Limits = SHEET_LIMITS) -> tuple[SheetRow, ...]:
    """The rows of the ``.csv`` or ``.xlsx`` file at `path`; raises Unreadable."""
    answer = run_limited("sheet", {"path": path, "suffix": path.suffix}, inputs=[path], output=None, limits=limits)
    if not answer.was_read:
        raise Unreadable(f"{path.name}: {answer.reason}")
    return tuple(_row(document) for document in answer.value)


def intake_lines(path: Path, *, limits: Limits = SHEET_LIMITS) -> list[list[str]]:
    """The lines of a sheet in which nothing may be computed; raises Unreadable, also for a formula or macro."""
    answer = run_limited("lines", {"path": path, "suffix": path.suffix}, inputs=[path], output=None, limits=limits)
    if not answer.was_read:
        raise Unreadable(f"{path.name}: {answer.reason}")
    lines: list[list[str]] = answer.value
    return lines


def _row(document: dict[str, Any]) -> SheetRow:
    several = {name: tuple(value) for name, value in document.items() if isinstance(value, list)}
    return SheetRow(**{**document, **several})


# In the limited child --------------------------------------------------------------------------


def read_rows(path: Path, suffix: str) -> list[dict[str, Any]]:
    """Raises SheetRefused."""
    if path.stat().st_size > LARGEST:
        raise SheetRefused(f"the sheet has {path.stat().st_size} bytes, more than {LARGEST}")
    return [asdict(row) for row in read_sheet(path.read_bytes(), suffix)]


def read_lines(path: Path, suffix: str) -> list[list[str]]:
    """Raises SheetRefused."""
    return [list(line) for line in few(sheet_lines(path.read_bytes(), suffix, formulas=False))]
