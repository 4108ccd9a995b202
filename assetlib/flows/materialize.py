"""Lay versions and shot layers out as plain files, for our own staging and for checkouts.

The tree is that of the asset layout: ``characters/hero/v003/…``, ``shots/sq010/…``. It is the search path under
which layers name assets. Callers decide first; this only copies, and re-hashes every byte on the way.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from assetlib.model.asset import AssetVersion
from assetlib.model.ids import EntityUri
from assetlib.model.refusals import VerificationFailed
from provenance.digest import Digest
from provenance.packages import read_inventory

if TYPE_CHECKING:
    from assetlib.library import Library


def version_folder(version: AssetVersion) -> PurePosixPath:
    """Where a version lies in a tree: ``characters/hero/v003``."""
    return PurePosixPath(EntityUri.parse(version.entity).path) / version.version


def root_layer(version: AssetVersion) -> PurePosixPath:
    """The layer to open: named like the asset, at the top of its folder."""
    tops = [f.path for f in version.files if "/" not in f.path and f.path.endswith((".usda", ".usd", ".usdc"))]
    name = EntityUri.parse(version.entity).name
    root = next((path for path in tops if PurePosixPath(path).stem == name), None) or (tops[0] if tops else "")
    if not root:
        raise VerificationFailed(f"{version.name} {version.version} has no root layer")
    return version_folder(version) / root


def lay_out_version(library: Library, version: AssetVersion, tree: Path) -> Path:
    """Copy every file of `version` into `tree`; returns its folder. Raises what the store says of damaged bytes."""
    folder = tree / version_folder(version)
    for file in version.files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        library.store.copy_to(file.digest, target)
    return folder


def lay_out_versions(library: Library, versions: Iterable[AssetVersion], tree: Path) -> None:
    for version in versions:
        lay_out_version(library, version, tree)


def lay_out_layers(library: Library, layers: Digest, tree: Path) -> None:
    """Copy a shot's layers, kept as an inventory, into `tree`."""
    with library.store.open(layers) as stream:
        files = read_inventory(stream.read())
    for file in files:
        target = tree / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        library.store.copy_to(file.digest, target)
