"""The readable tree of an asset, where somebody asked for it. The store itself knows only digests.

A checkout is an export whose recipient is the person who asks; the decision comes before the first call here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from assetlib.model.asset import AssetFile
from assetlib.usd.errors import UsdError
from provenance.digest import Digest, DigestMismatch, digest_file
from provenance.packages import is_hostile_path

OpenBytes = Callable[[Digest], AbstractContextManager[BinaryIO]]
"""Opens the bytes of a digest for reading, as the store does."""


def materialize(files: Sequence[AssetFile], open_bytes: OpenBytes, target: Path) -> tuple[Path, ...]:
    """Write `files` as a tree at `target`, which must not exist; the tree appears whole, by rename.

    Every byte is compared with its digest. Raises UsdError for a path that leaves the tree or a taken target,
    DigestMismatch for bytes that are not the promised ones; in both cases `target` does not exist afterwards.
    """
    if hostile := [file.path for file in files if is_hostile_path(file.path)]:
        raise UsdError(f"expected paths inside the tree, found {hostile[0]!r}; the inventory is not one of ours")
    if target.exists():
        raise UsdError(f"expected no folder at {target} yet; check out into another place or remove it first")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        for file in files:
            _write(file, open_bytes, draft / file.path)
        draft.mkdir(exist_ok=True)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return tuple(target / file.path for file in files)


def _write(file: AssetFile, open_bytes: OpenBytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_bytes(file.digest) as source, path.open("xb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
    if (found := digest_file(path)) != file.digest:
        raise DigestMismatch(f"{file.path}: expected {file.digest}, found {found}; run fsck on the library")


def localize(layer: Path, top: Path) -> tuple[str, ...]:
    """Make a checked-out layer open without a search path: paths that lead to files under `top` become relative.

    ``characters/hero/v003/hero.usda`` in ``shots/sq010/sq010.usda`` becomes ``../../characters/hero/…``. Returns
    the paths that were rewritten. This changes the file, so it no longer has the digest of its inventory.
    """
    from pxr import Sdf, UsdUtils

    opened = Sdf.Layer.FindOrOpen(str(layer))
    if opened is None:
        raise UsdError(f"expected a USD layer at {layer}, found none")
    rewritten: list[str] = []

    def nearer(path: str) -> str:
        if path.startswith((".", "/")) or (layer.parent / path).exists() or not (top / path).is_file():
            return path
        rewritten.append(path)
        return Path(os.path.relpath(top / path, layer.parent)).as_posix()

    UsdUtils.ModifyAssetPaths(opened, nearer)
    opened.Save()
    return tuple(dict.fromkeys(rewritten))
