"""`assetlib fsck`: store, catalog and ledger against each other, every version's signature, and what work left behind.

It reports and changes nothing; with `repair_orphans` it first settles interrupted exports and removes leftovers, and
only leftovers.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.leaving import interrupted_exports, settle_exports
from assetlib.flows.time_stamps import KIND as STAMPING
from assetlib.upkeep import Damage, fsck, sweep
from assetlib.upkeep.fsck import UNREFERENCED_GRACE

if TYPE_CHECKING:
    from assetlib.library import Library
    from assetlib.model.asset import AssetVersion

_KEPT = frozenset({"pieces"})  # finished frames of unfinished jobs, by content; they are meant to stay


def check_library(library: Library, *, read_data: bool, repair_orphans: bool) -> dict[str, Any]:
    """``{"checked", "counts", "damage": [{"kind", "where", "sentence", "repair"}], "removed", "settled"}``.

    Damage is an answer. `read_data` also digests every blob. What
    `repair_orphans` removed is listed in ``removed`` and not as damage; what
    it found out about interrupted exports stands in ``settled``, a sentence each.
    """
    settled = settle_exports(library) if repair_orphans else ()
    removed = _removed(library) if repair_orphans else []
    report = fsck(
        library.catalog,
        library.store,
        read_data=read_data,
        origin=library.origin,
        log_key=library.log_public_key,
        now=library.clock(),
    )
    versions = _versions(library)
    damage = [
        *report.damage,
        *_unsigned(library, versions),
        *_interrupted_exports(library),
        *_left_in_staging(library),
        *_unstamped(library),
    ]
    counts = {**dict(report.checked), "versions": len(versions)}
    return {
        "checked": sum(counts.values()),
        "counts": counts,
        "damage": [
            {"kind": found.kind, "where": found.where, "sentence": found.sentence, "repair": found.repair}
            for found in damage
        ],
        "removed": removed,
        "settled": list(settled),
    }


def _versions(library: Library) -> tuple[AssetVersion, ...]:
    with library.catalog.reader() as queries:
        return tuple(version for newest in queries.assets() for version in queries.versions(newest.entity))


def _unsigned(library: Library, versions: tuple[AssetVersion, ...]) -> Iterator[Damage]:
    for version in versions:
        if wrong := library.integrity_of(version):
            yield Damage(
                kind="signature",
                where=version.pinned,
                sentence=wrong,
                repair="restore its inventory and manifest from a backup, or register the asset again",
            )


def _unstamped(library: Library) -> Iterator[Damage]:
    with library.catalog.reader() as queries:
        waiting = [job for job in queries.jobs(None, STAMPING) if job.state.is_open]
    for job in waiting:
        order = json.loads(job.request)
        yield Damage(
            kind="timestamp-missing",
            where=f"{order['of']} {order['name']}",
            sentence="the time-stamp authority did not answer when it was made",
            repair="assetlib work",
        )


def _interrupted_exports(library: Library) -> Iterator[Damage]:
    for departure in interrupted_exports(library):
        yield Damage(
            kind="export-interrupted",
            where=departure.export.id,
            sentence=f"its process ended while it was leaving for {departure.target}",
            repair="assetlib fsck --repair-orphans",
        )


def _left_in_staging(library: Library) -> Iterator[Damage]:
    for path in _leftovers(library):
        yield Damage(
            kind="staging-leftover",
            where=f"staging/{path.name}",
            sentence="interrupted work left it; nothing refers to it",
            repair="assetlib fsck --repair-orphans",
        )


def _leftovers(library: Library) -> list[Path]:
    """What lies in staging, is older than a day, and belongs to no open job."""
    with library.catalog.reader() as queries:
        kept = _KEPT | {job.id for job in queries.jobs() if job.state.is_open}
        kept |= {departure.stage.partition("/")[0] for departure in queries.departures()}
    now = library.clock().timestamp()
    return [
        path
        for path in sorted(library.staging.iterdir())
        if path.name not in kept and _age(path, now) > UNREFERENCED_GRACE
    ]


def _age(path: Path, now: float) -> float:
    """Seconds since the newest change at the top of `path`; work in progress keeps its folder young."""
    try:
        return now - path.lstat().st_mtime
    except OSError:
        return 0.0  # finished and removed meanwhile


def _removed(library: Library) -> list[str]:
    swept = sweep(library.catalog, library.store, now=library.clock())
    leftovers = _leftovers(library)
    for path in leftovers:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    staged = (f"staging/{path.name}" for path in leftovers)
    return [*swept.temporary, *swept.orphans, *staged, *(f"lease of {job}" for job in swept.jobs)]
