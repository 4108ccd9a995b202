"""Runs the benchmarks and keeps their figures: ``python -m benchmarks [--issue N] --out build/bench.json``.

A benchmark is a module here with `run()`, which returns rows {issue, name, value, unit, baseline, ratio, demand, met}.
Ratios are of one run on one machine. A module that fails is a row that is not met, with the reason, and the others
go on. The exit status is 1 when a demand is not met.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import benchmarks

Row = dict[str, Any]
_FIELDS = ("issue", "name", "value", "unit", "baseline", "ratio", "demand", "met")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--issue", type=int, help="only the benchmarks of this issue")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    asked = parser.parse_args(words)
    rows = [row for name in names() for row in rows_of(name, asked.issue)]
    keep(rows, asked.out)
    sys.stdout.write(table(rows))
    return 0 if all(row["met"] for row in rows) else 1


def names() -> tuple[str, ...]:
    """Every module here but this one, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_")))


def rows_of(name: str, issue: int | None = None) -> list[Row]:
    """The rows of one module, none when it has no `run` or belongs to another issue (its `ISSUE`, else 2)."""
    try:
        module = importlib.import_module(f"benchmarks.{name}")
        run: Callable[[], Iterable[Row]] | None = getattr(module, "run", None)
        of = int(getattr(module, "ISSUE", 2))
        if run is None or issue not in (None, of):
            return []
        sys.stderr.write(f"{name} …\n")
        start = time.perf_counter()
        rows = [whole(row) for row in run()]
        sys.stderr.write(f"{name}: {time.perf_counter() - start:.0f} s\n")
        return rows
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  whatever stops one benchmark, the others are still measured
        return [whole({"name": name, "demand": f"runs; {type(error).__name__}: {error}", "met": False})]


def whole(row: Row) -> Row:
    """`row` with every field; a number as demand becomes the words for it, and a row without `met` is a report."""
    filled = {"issue": 2, "baseline": None, "demand": "reported", **row}
    if isinstance(filled["demand"], int | float):
        filled["demand"] = f"≤ {filled['demand']:g}"
    filled["demand"] = filled["demand"] or "reported"
    if filled.get("met") is None:
        filled["met"] = filled["demand"] == "reported"
    return {name: filled.get(name) for name in _FIELDS}


def keep(rows: list[Row], out: Path) -> None:
    """Rows and the machine they were measured on, whole or not at all."""
    document = {
        "schema": 1,
        "machine": {"system": platform.platform(), "processors": os.cpu_count(), "python": platform.python_version()},
        "rows": rows,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    staged = out.with_name(f".{out.name}.part")
    staged.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    staged.replace(out)


def table(rows: list[Row]) -> str:
    headers = ("", "name", "value", "unit", "baseline", "ratio", "demand")
    lines = [headers, *((("ok" if row["met"] else "NOT"), *(_shown(row[h]) for h in headers[1:])) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
    return "".join("  ".join(t.ljust(w) for t, w in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
