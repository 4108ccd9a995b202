"""Writes an asset version as a USD tree that any tool opens.

    hero.usda       root, text: labels, authorship, variants, a payload
    payload.usda    content in meters, Y up: geo.usdc, skel.usdc, mtl.usda, maps/ – or source/, a tree from intake
    refs/           what shows or sounds the asset: listed, never composed
    thumbnail.png

The same description gives the same bytes. The tree holds no digest of itself and no license: those are signed
beside it (``asset.json``, ``hero.c2pa``) and kept in the library, because a version is immutable and its rights
are not.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from assetlib.model.asset import AssetFile
from assetlib.model.ids import EntityUri, slug
from assetlib.usd.body import write_body
from assetlib.usd.description import AssetDescription, AuthoredAsset, ReferenceFile
from assetlib.usd.errors import UsdError
from assetlib.usd.inventory import build_inventory
from assetlib.usd.plugin import load
from assetlib.usd.root_layer import THUMBNAIL, declare_thumbnail, grouped, write_root

_PNG = b"\x89PNG\r\n\x1a\n"
_TAKEN = frozenset({"payload", "mtl"})


def author_asset(description: AssetDescription, output: Path) -> AuthoredAsset:
    """Write `description` into `output`, which must be empty or absent; raises UsdError or MalformedReference.

    After an error what stands in `output` is worthless: write into a folder that can be thrown away.
    """
    load()
    entity = _unpinned(description.entity)
    output.mkdir(parents=True, exist_ok=True)
    if any(output.iterdir()):
        raise UsdError(f"expected an empty folder for {entity}, found files in {output}; a version is written once")
    name = prim_name(entity.name)
    body = write_body(description, output, name)
    references = _copy_references(description.references, output)
    if description.thumbnail:
        _write_thumbnail(description.thumbnail.read_bytes(), output)
    root = root_file(entity.name)
    choices = write_root(output / root, description, name, body, references)
    return AuthoredAsset(
        root=root,
        prim=name,
        files=build_inventory(output),
        variants=tuple((name, tuple(option.name for option in options)) for name, options in grouped(choices)),
        clips=body.clips if body else (),
        proxy=bool(body and body.proxy),
    )


def add_thumbnail(tree: Path, root: str, png: bytes) -> tuple[AssetFile, ...]:
    """Fill the thumbnail slot of a tree that was just written; its files after that. Raises UsdError.

    For pictures that need the asset first, such as a render of it. The result is as if it had been there before.
    """
    load()
    from pxr import Sdf

    layer = Sdf.Layer.FindOrOpen(str(tree / root))
    if layer is None or layer.GetPrimAtPath(f"/{layer.defaultPrim}") is None:
        raise UsdError(f"expected the root layer of an asset at {tree / root}, found none")
    _write_thumbnail(png, tree)
    declare_thumbnail(layer.GetPrimAtPath(f"/{layer.defaultPrim}"))
    layer.Save()
    return build_inventory(tree)


def root_file(name: str) -> str:
    """The root layer's file name: the asset's own, unless one of the layers below is called that."""
    return f"{name}_asset.usda" if name in _TAKEN else f"{name}.usda"


def prim_name(name: str) -> str:
    """An entity's name as a USD identifier.

    >>> prim_name("old-lantern.2")
    'old_lantern_2'
    """
    from pxr import Tf

    return str(Tf.MakeValidIdentifier(name))


def _unpinned(text: str) -> EntityUri:
    entity = EntityUri.parse(text)
    if entity.version or entity.representation:
        raise UsdError(f"expected the entity without a version, found {text}; the version is a field of its own")
    return entity


def _write_thumbnail(png: bytes, output: Path) -> None:
    if not png.startswith(_PNG):
        raise UsdError("expected a PNG as thumbnail, found another kind of file")
    (output / THUMBNAIL).write_bytes(png)


def _copy_references(references: Sequence[ReferenceFile], output: Path) -> tuple[str, ...]:
    """Copy into ``refs/`` under ``<role>_<name>``, numbered where that is taken; their paths in the order given."""
    paths: list[str] = []
    for reference in references:
        (output / "refs").mkdir(exist_ok=True)
        stem, suffix = f"{slug(reference.role)}_{_word(reference)}", reference.path.suffix.lower()
        taken = sum(1 for path in paths if Path(path).stem == stem or Path(path).stem.startswith(f"{stem}__"))
        path = f"refs/{stem}__{taken + 1}{suffix}" if taken else f"refs/{stem}{suffix}"
        shutil.copyfile(reference.path, output / path)
        paths.append(path)
    return tuple(paths)


def _word(reference: ReferenceFile) -> str:
    """A file of another script has no letter that a URI segment can hold; it is then called by its role alone."""
    try:
        return slug(reference.name or reference.path.stem)
    except ValueError:
        return "reference"
