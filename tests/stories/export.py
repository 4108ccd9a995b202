"""A cut goes out to its distributor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assetlib.flows.export_cut import export_cut
from assetlib.flows.leaving import settle_exports
from assetlib.library import Library
from assetlib.model.record import ExportState
from provenance.digest import digest_file, hex_of
from tests.flows.small_library import Place
from tests.flows.small_library import build as build_small
from tests.stories.checks import damage


def build(folder: Path) -> None:
    build_small(folder, frames=2)


def environ(folder: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(folder / "state")}


def command(folder: Path) -> list[str]:
    sent = ["--purpose", "delivery", "--to", "aurora-stream", "--out", str(folder / "out")]
    return ["-L", str(folder / "library"), "--as", "lee-park", "cut", "export", *sent]


def opened(folder: Path) -> Library:
    return Place(directory=folder / "library", environ=environ(folder)).open(person="lee-park")


def live(folder: Path) -> None:
    library = opened(folder)
    send(library, folder / "out")
    library.close()


def send(library: Library, out: Path) -> dict[str, Any]:
    return export_cut(library, None, purpose="delivery", recipient="aurora-stream", out=out)


def outcome(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder / "out").as_posix() for p in (folder / "out").rglob("*") if p.is_file())


def examine(folder: Path, expected: list[str]) -> tuple[list[str], list[str]]:
    """What is wrong now, and what the recovery said."""
    library, out = opened(folder), folder / "out"
    states = known(library)
    faults = [] if states or not out.exists() else ["a delivery stands that no record knows"]
    told = settle_exports(library)
    states = known(library)
    faults += damage(library)
    faults += [f"beside the target: {p.name}" for p in folder.iterdir() if p.name.endswith(".part")]
    faults += [f"in staging: {p.name}" for p in library.staging.iterdir() if p.name.startswith("export-")]
    if ExportState.LEAVING in states:
        faults.append("an export is still leaving")
    if out.exists():
        faults += [] if ExportState.LEFT in states else ["a delivery stands and is not recorded as left"]
        faults += not_whole(out, expected)
    elif ExportState.LEFT in states:
        faults.append("recorded as left, and nothing is there")
    again = out if not out.exists() else folder / "again"
    send(library, again)
    faults += [f"again: {fault}" for fault in (*not_whole(again, expected), *damage(library))]
    library.close()
    return faults, list(told)


def known(library: Library) -> list[ExportState]:
    with library.catalog.reader() as queries:
        return [export.state for export in queries.exports()]


def not_whole(out: Path, expected: list[str]) -> list[str]:
    found = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    if found != expected:
        return [f"expected {expected} in the delivery, found {found}"]
    subjects = json.loads((out / "receipt.json").read_bytes())["subject"]
    return [
        f"{one['name']} is not as the receipt says"
        for one in subjects
        if hex_of(digest_file(out / one["name"])) != one["digest"]["sha256"]
    ]


def after_two(folder: Path, expected: list[str], ends: list[list[Any]]) -> list[str]:
    """Of two into one folder one stands there whole, the other changed nothing."""
    library = opened(folder)
    codes, left = sorted(code for code, _ in ends), [state for state in known(library) if state is ExportState.LEFT]
    faults = damage(library) + not_whole(folder / "out", expected)
    faults += [] if (codes, len(left)) == ([0, 7], 1) else [f"ended with {codes}, and {len(left)} left"]
    faults += [f"in staging: {p.name}" for p in library.staging.iterdir()]
    library.close()
    return faults
