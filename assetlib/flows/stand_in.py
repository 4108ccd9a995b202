"""Our mannequin in the place of a refused asset, so that blocking never waits for legal.

It holds no byte of the refused asset; every frame says STAND-IN, and no export takes it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.model.asset import AssetKind
from assetlib.model.refusals import BadInput
from assetlib.model.shot import Pin, Shot
from provenance.decision import Decision

if TYPE_CHECKING:
    from assetlib.library import Library

STAND_IN_LABEL = "STAND-IN"


def stand_in_offer(library: Library, shot: Shot, decision: Decision) -> str:
    """How to block `shot` meanwhile: the command, when one character alone is refused; '' when it would not help."""
    refused = {(finding.asset or "").partition("?")[0] for finding in decision.findings}
    with library.catalog.reader() as queries:
        versions = queries.by_digest([pin.digest for pin in shot.pins])
    held = [version for version in versions if version.entity in refused]
    if len(refused) != 1 or len(held) != 1 or len(shot.pins) < 2 or held[0].kind is not AssetKind.CHARACTER:
        return ""
    name = next(pin.name for pin in shot.pins if pin.digest == held[0].digest)
    return (
        f"To block meanwhile, our mannequin can take its place: assetlib shot generate {shot.code} --stand-in {name}\n"
    )


def refused_pin(library: Library, shot: Shot, name: str) -> Pin:
    """The pin of the asset called `name` in the shot. Raises BadInput for one that is not in it or has no body."""
    with library.catalog.reader() as queries:
        versions = {version.digest: version for version in queries.by_digest([pin.digest for pin in shot.pins])}
    for pin in shot.pins:
        version = versions.get(pin.digest)
        if name in (pin.name, pin.entity, "" if version is None else version.name):
            if version is not None and version.kind is not AssetKind.CHARACTER:
                raise BadInput(f"{name} is a {version.kind.value}; a mannequin stands in for characters only")
            return pin
    raise BadInput(f"{shot.code} holds no {name!r}; it holds {', '.join(pin.name for pin in shot.pins)}")


def with_stand_in(library: Library, shot: Shot, name: str) -> Shot:
    """The shot without the refused asset, as the question is asked and the files are laid out."""
    refused = refused_pin(library, shot, name)
    left = tuple(pin for pin in shot.pins if pin != refused)
    if not left:
        raise BadInput(f"{shot.code} holds nothing but {name}; a stand-in alone needs no generation")
    return replace(shot, pins=left)


def replace_by_mannequin(library: Library, original: Shot, name: str, tree: Path) -> None:
    """Write our mannequin where the refused asset's layers would lie, so that the shot's layers find it."""
    from assetlib.usd.mannequin import mannequin
    from assetlib.usd.sculpt import write_model

    pin = refused_pin(library, original, name)
    path = pin.entity.partition(":///")[2]
    folder = tree / path / pin.version
    folder.mkdir(parents=True, exist_ok=True)
    leaf = path.rsplit("/", 1)[-1]
    written = write_model(mannequin(leaf.replace("-", "_")), folder)
    target = folder / f"{leaf}.usda"
    if written != target:
        target.write_text(
            '#usda 1.0\n(\n    defaultPrim = "{}"\n    metersPerUnit = 1\n    upAxis = "Y"\n'
            "    subLayers = [@./{}@]\n)\n".format(leaf.replace("-", "_"), written.name),
            encoding="utf-8",
        )
