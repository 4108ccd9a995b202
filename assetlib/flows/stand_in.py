"""Our mannequin in the place of a refused asset, so that blocking never waits for legal.

It holds no byte of the refused asset; every frame says STAND-IN, and no export takes it.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
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


def stand_in_offer(library: Library, shot: Shot, decision: Decision, already: Sequence[str] = ()) -> str:
    """How to block `shot` meanwhile: the command, when characters alone are refused; '' when it would not help.

    `already` are the stand-ins that were asked for and that the command has to repeat.
    """
    refused = {(finding.asset or "").partition("?")[0] for finding in decision.findings}
    with library.catalog.reader() as queries:
        versions = {version.digest: version for version in queries.by_digest([pin.digest for pin in shot.pins])}
    held = [pin for pin in shot.pins if pin.digest in versions and versions[pin.digest].entity in refused]
    replaced = [*already, *(pin.name for pin in held)]
    bodies = {versions[pin.digest].kind for pin in held} <= {AssetKind.CHARACTER}
    explained = {versions[pin.digest].entity for pin in held} == refused
    if not held or not bodies or not explained or len(shot.pins) <= len(replaced):
        return ""
    flags = " ".join(f"--stand-in {shlex.quote(name)}" for name in replaced)
    place = "its place" if len(held) == 1 else "their places"
    return f"To block meanwhile, our mannequin can take {place}: assetlib shot generate {shot.code} {flags}\n"


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


def with_stand_ins(library: Library, shot: Shot, names: Sequence[str]) -> Shot:
    """The shot without the refused assets, as the question is asked and the files are laid out."""
    refused = [refused_pin(library, shot, name) for name in names]
    left = tuple(pin for pin in shot.pins if pin not in refused)
    if names and not left:
        raise BadInput(f"{shot.code} holds nothing but {', '.join(names)}; stand-ins alone need no generation")
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
