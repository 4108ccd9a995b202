"""What a revoked license leaves to do: flag what is finished, have it taken down, or have it destroyed, with proof.

New decisions stop by themselves. What already left, or already exists, needs people: each task is an obligation that
is done when somebody signs its proof. A legal hold wins over destruction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assetlib.flows.add_license import read_stored
from assetlib.flows.impact import hanging_on
from assetlib.flows.obligation import Owed
from assetlib.flows.world import load_world
from assetlib.model.license import RevocationEffect
from assetlib.model.record import LicenseRow
from assetlib.rights.holds import held
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_OURS = "local"


def revocation_tasks(library: Library, queries: Queries) -> tuple[Owed, ...]:
    """The tasks of every revoked license, by its own terms."""
    revoked = queries.licenses("revoked")
    return tuple(task for row in revoked for task in _tasks(library, queries, row))


def _tasks(library: Library, queries: Queries, row: LicenseRow) -> Iterator[Owed]:
    effect = read_stored(row).on_revocation.effect
    hangs = hanging_on(queries, row.id)
    shots = tuple(take["shot"] for take in hangs["takes"])
    if effect is RevocationEffect.PROSPECTIVE:
        if shots:
            yield Owed(kind="flag", what=f"finished under {row.id}, which was revoked", clause=row.id, shots=shots)
        return
    for export in hangs["exports"]:
        if export["recipient"] != _OURS:
            verb = "taken down" if effect is RevocationEffect.TAKEDOWN else "destroyed"
            what = f"{export['export']}, sent to {export['recipient']}: have it {verb}"
            yield Owed(kind=effect.value, what=what, clause=row.id, exports=(export["export"],))
    if effect is RevocationEffect.DESTROY:
        yield from _destructions(library, queries, row, hangs)


def _destructions(library: Library, queries: Queries, row: LicenseRow, hangs: dict[str, Any]) -> Iterator[Owed]:
    now = library.clock()
    digests = [Digest(asset["digest"]) for asset in hangs["assets"]]
    kept: dict[Digest, str] = {}
    world = load_world(library, queries, digests, now=now)
    for one in held(world, digests, "purge", now=now):
        kept.setdefault(one.asset, one.sentence)
    for asset in hangs["assets"]:
        task = Owed(kind="destroy", what=f"{asset['entity']} {asset['version']}", clause=row.id)
        hold = kept.get(Digest(asset["digest"]))
        yield task if hold is None else replace(task, state="held", note=hold)
    for take in dict.fromkeys((take["shot"], take["take"]) for take in hangs["takes"]):
        shot, code = take
        yield Owed(kind="destroy", what=f"{shot} {code}", clause=row.id, shots=(shot,))
