"""Check assets and shots out as plain USD: an export to the person who asks, recorded as a *view* decision.

The files are the library's own, byte for byte, so the signed inventory beside them proves them outside as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.ask import Recorded, decide, production_of, question_for
from assetlib.flows.block_shot import lay_out_shot
from assetlib.flows.delivery import (
    Parcel,
    hand_over,
    next_export_id,
    refuse_occupied,
    staged,
    write_carriers,
    write_snapshot,
)
from assetlib.flows.materialize import lay_out_version, root_layer, version_folder
from assetlib.model.asset import AssetVersion
from assetlib.model.production import Production
from assetlib.model.refusals import Conflict
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.library import Library

_VIEW, _PURPOSE, _HERE = "view", "review", "local"


def checkout_asset(library: Library, asset: str, out: Path, *, recipient: str | None) -> dict[str, Any]:
    """A version as a readable tree in `out`: ``{"root", "decision", "receipt"}``. Raises Denied, NotFound, Conflict."""
    refuse_occupied(out)
    with library.catalog.reader() as queries:
        version = queries.version(asset)
        production = production_of(queries, None)
    recorded = _decide(library, production, [version.pinned], recipient)
    with staged(library) as stage:
        lay_out_version(library, version, stage)
        _add_inventory(library, version, stage)
        lineage = _lineage(stage, {str(version_folder(version)): (version.digest,)})
        receipt = _send(library, recorded, stage, lineage, out)
    return _done(out / _root(version), recorded, receipt)


def checkout_shot(library: Library, shot: str, out: Path) -> dict[str, Any]:
    """A shot's layers and the versions it pins, to edit in any tool. Raises Denied, Conflict, NotFound."""
    refuse_occupied(out)
    with library.catalog.reader() as queries:
        found = queries.shot(shot)
        production = queries.production(found.production)
        versions = queries.by_digest([pin.digest for pin in found.pins])
    if not found.pins or found.layers is None:
        raise Conflict(f"{shot} has no layers yet; put assets into it with 'assetlib shot block {shot}'")
    pins = [f"{pin.entity}?version={pin.digest}" for pin in found.pins]
    recorded = _decide(library, production, pins, None, shot=shot, scenes=found.scenes, content=found.content)
    with staged(library) as stage:
        root = lay_out_shot(library, found, stage).relative_to(stage)
        for version in versions:
            _add_inventory(library, version, stage)
        lineage = _lineage(stage, {str(version_folder(version)): (version.digest,) for version in versions})
        receipt = _send(library, recorded, stage, lineage, out, shots=(shot,))
    return _done(out / root, recorded, receipt)


def _decide(
    library: Library, production: Production, references: Sequence[str], recipient: str | None, **about: Any
) -> Recorded:
    question = question_for(
        production,
        references,
        requester=library.actor,
        now=library.clock(),
        actions=(_VIEW,),
        purpose=_PURPOSE,
        recipient=recipient or _HERE,
        **about,
    )
    recorded = decide(library, question)
    recorded.demand()
    return recorded


def _add_inventory(library: Library, version: AssetVersion, stage: Path) -> None:
    """The signed inventory and its manifest, under the names by which `verify` finds them."""
    folder = stage / version_folder(version)
    for name, digest in (("asset.json", version.digest), ("asset.c2pa", version.manifest)):
        if digest is not None and not (folder / name).exists():
            library.store.copy_to(digest, folder / name)


def _lineage(stage: Path, folders: Mapping[str, tuple[Digest, ...]]) -> dict[str, tuple[Digest, ...]]:
    """A file in a version's folder was made from that version; all others from everything decided upon."""
    paths = [path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file()]
    return {path: digests for folder, digests in folders.items() for path in paths if path.startswith(f"{folder}/")}


def _send(
    library: Library,
    recorded: Recorded,
    stage: Path,
    lineage: Mapping[str, tuple[Digest, ...]],
    out: Path,
    *,
    shots: tuple[str, ...] = (),
) -> str:
    carriers = ("c2pa", "cawg", *write_carriers(library, stage))
    write_snapshot(library, recorded, stage)
    parcel = Parcel(
        export=next_export_id(library),
        recorded=recorded,
        stage=stage,
        lineage=lineage,
        carriers=tuple(sorted(carriers)),
        shots=shots,
    )
    return hand_over(library, parcel, out).export


def _root(version: AssetVersion) -> str:
    """The layer to open, or the folder of a version that has no layer (an image, a sound)."""
    has_layer = any(file.path.endswith((".usda", ".usd", ".usdc")) and "/" not in file.path for file in version.files)
    return str(root_layer(version) if has_layer else version_folder(version))


def _done(root: Path, recorded: Recorded, receipt: str) -> dict[str, Any]:
    return {"root": str(root), "decision": recorded.id, "receipt": receipt}
