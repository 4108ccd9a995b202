"""Take edited shot layers back from a checkout. They are foreign files by then, whoever checked them out.

Only layers of the shot come back, re-written by the limited subprocess. What they reference must be among the versions
the shot pins, and those are laid out from the store: an edit to an asset's own files stays in the checkout.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from assetlib.flows.materialize import lay_out_version, version_folder
from assetlib.intake.usd import UsdIntake, intake_usd
from assetlib.model.asset import AssetVersion
from assetlib.model.refusals import BadInput
from assetlib.model.shot import Shot
from assetlib.usd.foreign import LAYERS
from provenance.digest import Digest, digest_file
from provenance.packages import read_inventory

if TYPE_CHECKING:
    from assetlib.library import Library

_SHOTS = "shots"
_MOST_NAMED = 6


def read_edited_layers(library: Library, shot: Shot, directory: Path, tree: Path) -> list[str]:
    """Lay the shot's edited layers out under ``tree/shots``; returns sentences of what changed.

    A layer whose bytes did not change is taken from the store, so that nothing else moves. Raises BadInput for a
    folder that is no checkout of the shot and for references to what it does not pin, Unreadable for bad layers.
    """
    directory = directory.resolve()  # paths below are compared with those of the tree
    root = _root(shot, directory)
    taken = intake_usd(root, tree / "taken", tree=directory / _SHOTS)
    with library.catalog.reader() as queries:
        versions = queries.by_digest([pin.digest for pin in shot.pins])
    _refuse_shadows(taken, versions)
    _refuse_media(taken)
    before = _stored_layers(library, shot)
    changed = list(_lay_out(library, taken, before, directory, tree))
    shutil.rmtree(tree / "taken")
    _refuse_shapes(shot, tree)
    for version in versions:
        lay_out_version(library, version, tree)
    _refuse_unpinned(shot, tree / root.relative_to(directory), tree)
    changed += _left_behind(versions, directory)
    return changed or ["nothing changed"]


def _root(shot: Shot, directory: Path) -> Path:
    root = directory / _SHOTS / shot.sequence / shot.code / "v001" / f"{shot.code}.usda"
    if not root.is_file():
        raise BadInput(
            f"expected a checkout of {shot.code} with {root.relative_to(directory)} in {directory}, found none; "
            f"make one with: assetlib shot checkout {shot.code} --out DIR"
        )
    return root


def _refuse_shadows(taken: UsdIntake, versions: Sequence[AssetVersion]) -> None:
    """A file beside a layer comes before the search path: it could stand in for a pinned asset unseen."""
    folders = [f"/{version_folder(version)}/" for version in versions]
    shadows = [file.path for file in taken.files if any(folder in f"/{file.path}" for folder in folders)]
    if shadows:
        raise BadInput(
            f"{', '.join(shadows[:_MOST_NAMED])} would hide a pinned asset; remove it from the shot's layers"
        )


def _refuse_media(taken: UsdIntake) -> None:
    """A picture, sound or cache beside the layers is somebody's, and no decision about the shot would ask whose."""
    strays = [file.path for file in taken.files if PurePosixPath(file.path).suffix.lower() not in LAYERS]
    if strays:
        raise BadInput(
            f"{', '.join(strays[:_MOST_NAMED])}: a shot brings no files of its own; register it as an asset, "
            "and use it in that one"
        )


def _refuse_shapes(shot: Shot, tree: Path) -> None:
    """Shapes come from pinned assets, whose rights are known; a shot's layers place, move and light them."""
    from assetlib.usd.own_matter import own_matter

    layers = sorted(path for path in (tree / _SHOTS).rglob("*") if path.is_file())
    if found := own_matter(layers):
        raise BadInput(
            f"{shot.code} defines shapes in its own layers: {', '.join(found[:_MOST_NAMED])}; register them as an "
            "asset, so that it is known whose they are"
        )


def _stored_layers(library: Library, shot: Shot) -> dict[str, Digest]:
    assert shot.layers is not None, "only a shot with layers is published"
    with library.store.open(shot.layers) as stream:
        return {file.path: file.digest for file in read_inventory(stream.read())}


def _lay_out(
    library: Library, taken: UsdIntake, before: Mapping[str, Digest], directory: Path, tree: Path
) -> Iterator[str]:
    names = {f"{_SHOTS}/{file.path}": file for file in taken.files}
    for name, file in names.items():
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if before.get(name) == digest_file(directory / name):
            library.store.copy_to(before[name], target)
            continue
        (tree / "taken" / file.path).rename(target)
        yield f"{PurePosixPath(name).name} {'was edited' if name in before else 'is new'}"
    for name in sorted(before.keys() - names.keys()):
        yield f"{PurePosixPath(name).name} is no longer used"


def _refuse_unpinned(shot: Shot, root: Path, tree: Path) -> None:
    """Every asset path must lead to a layer of the shot or into a version that it pins."""
    from assetlib.usd.dependencies import dependencies

    found = dependencies(root, (tree,))
    inside = tree.resolve()
    outside = [str(path) for path in found.files if not path.resolve().is_relative_to(inside)]
    lost = [*outside, *(name.removeprefix(f"{inside}/") for name in found.unresolved)]
    if lost:
        raise BadInput(
            f"{shot.code} pins no file at {', '.join(lost[:_MOST_NAMED])}; keep to the pinned versions, or put "
            f"another asset in with: assetlib shot block {shot.code}"
        )


def _left_behind(versions: Sequence[AssetVersion], directory: Path) -> Iterator[str]:
    """Edits to the assets' own files, which a publish of the shot does not take."""
    for version in versions:
        folder = directory / version_folder(version)
        edited = [
            file.path
            for file in version.files
            if (folder / file.path).is_file() and digest_file(folder / file.path) != file.digest
        ]
        if edited:
            yield (
                f"{version.name}: {', '.join(edited[:_MOST_NAMED])} was edited in the checkout and stays there; "
                "register it as a new version"
            )
