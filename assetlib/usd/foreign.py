"""Foreign USD, layer by layer: scan every asset path, then write the closure again as our own files.

Runs only in the limited child of `assetlib.intake`. No stage is opened here: each layer is read alone with
Sdf, its paths are held against the policy (`paths`), and only what passes is written to the output tree,
at the same relative places. Composition happens later, on that tree, which holds no way out.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from assetlib.usd.errors import UsdError
from assetlib.usd.materialx import named_files
from assetlib.usd.paths import defect, inside

LAYERS = frozenset({".usd", ".usda", ".usdc"})
_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".exr", ".hdr", ".tga", ".bmp", ".tx", ".avif"}
_SOUNDS = {".mp3", ".wav", ".m4a", ".ogg", ".flac", ".aac"}
MEDIA = frozenset({*_PICTURES, *_SOUNDS, ".mov", ".mp4", ".ies", ".vdb", ".ocio", ".mtlx"})
_TILE = re.compile(r"<UDIM>|<UVTILE\d*>|<f\d*>|#+(\.#+)?")
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How large a foreign asset may be."""

    layers: int = 4_000
    files: int = 20_000
    total_bytes: int = 16 << 30
    binary_layer_bytes: int = 2 << 30
    text_layer_bytes: int = 64 << 20  # the text parser needs about a hundred times the size
    prims: int = 200_000


@dataclass(slots=True)
class ForeignTree:
    """What the scan found: layers by path, media files to copy, and sentences about what is missing.

    `named` holds every path that a layer asks for, there or not, and patterns of tiles as they are written.
    """

    root: str
    layers: dict[str, Any] = field(default_factory=dict)
    media: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    folded: dict[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    size: int = 0


def scan(root_file: Path, tree: Path, caps: Caps) -> ForeignTree:
    """Read the closure of `root_file` inside the folder `tree`; raises UsdError with every refused path."""
    tree = tree.resolve()
    found = ForeignTree(root=root_file.resolve().relative_to(tree).as_posix())
    waiting, seen = [(found.root, "")], {found.root}
    while waiting:
        path, wanted_by = waiting.pop()
        for named in _read(found, tree, path, wanted_by, caps):
            if named not in seen:
                seen.add(named)
                waiting.append((named, path))
    if found.refused:
        raise UsdError(_refusal(found.refused))
    return found


def write(found: ForeignTree, tree: Path, output: Path) -> tuple[str, ...]:
    """Write every scanned layer anew and copy the media into `output`; returns the paths written."""
    for path, layer in found.layers.items():
        _export(layer, tree / path, output / path)
    for path in found.media:
        target = output / path
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(tree.resolve() / path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
    return tuple(sorted([*found.layers, *found.media]))


def asset_paths(layer: Any) -> tuple[str, ...]:
    """Every asset path in any spec, variant, time sample, clip set or dictionary of an Sdf layer, evaluated."""
    from pxr import UsdUtils

    paths: list[str] = []

    def note(path: str) -> str:
        paths.append(path)
        return path

    UsdUtils.ModifyAssetPaths(layer, note)
    return tuple(dict.fromkeys(path for path in paths if path))


def path_expressions(layer: Any) -> list[str]:
    """Paths that are written as expressions. Ask before `asset_paths`, which replaces them by what they give."""
    from pxr import Sdf

    kinds = (Sdf.ValueTypeNames.Asset, Sdf.ValueTypeNames.AssetArray)
    written = list(layer.GetCompositionAssetDependencies())

    def note(path: Any) -> None:
        if path.IsPropertyPath():
            attribute = layer.GetAttributeAtPath(path)
            if attribute is not None and attribute.typeName in kinds:
                values = [
                    attribute.default,
                    *(layer.QueryTimeSample(path, t) for t in layer.ListTimeSamplesForPath(path)),
                ]
                written.extend(_raw_paths(values))

    layer.Traverse("/", note)
    return [path for path in written if "`" in path]


def _raw_paths(values: list[Any]) -> Iterator[str]:
    for value in values:
        if hasattr(value, "path"):
            yield value.path
        elif value is not None:
            yield from (part.path for part in value if hasattr(part, "path"))


def _read(found: ForeignTree, tree: Path, path: str, wanted_by: str, caps: Caps) -> Iterator[str]:
    """Take in one file of the tree; yields the files it names."""
    suffix = PurePosixPath(path).suffix.lower()
    by = f", named by {wanted_by}" if wanted_by else ""
    if not (tree / path).is_file():
        found.unreadable.append(f"{path}{by}: it is not there")
        return
    if suffix not in LAYERS | MEDIA:
        what = "a package inside an asset; unpack it first" if suffix == ".usdz" else "no file that an asset carries"
        found.unreadable.append(f"{path}{by}: {what}; it is left out")
        return
    if not _is_plain(tree, path):
        found.refused.append(f"{path}{by} is a link")
        return
    folded = unicodedata.normalize("NFC", path).casefold()
    if (twin := found.folded.setdefault(folded, path)) != path:
        found.refused.append(f"{path}{by} differs from {twin} only by letter case or accents")
        return
    _count(found, (tree / path).stat().st_size, caps)
    names: tuple[str, ...] = ()
    if suffix in LAYERS:
        names = _take_layer(found, tree, path, by, caps)
    elif suffix == ".mtlx":
        names = _take_materialx(found, tree, path, by)
    else:
        found.media.append(path)
    yield from _allowed(found, tree, path, names)


def _allowed(found: ForeignTree, tree: Path, path: str, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if reason := defect(path, name):
            found.refused.append(f"{name!r} in {path} {reason}")
            continue
        found.named.add(inside(path, name))
        if _TILE.search(name):
            yield from _tiles(found, tree, path, name)
        else:
            yield inside(path, name)


def _is_plain(tree: Path, path: str) -> bool:
    """No part of the path is a link: the file is where it says it is."""
    return (tree / path).resolve() == tree / path


def _count(found: ForeignTree, size: int, caps: Caps) -> None:
    found.size += size
    if len(found.layers) >= caps.layers or len(found.layers) + len(found.media) >= caps.files:
        raise UsdError(f"expected at most {caps.layers} layers and {caps.files} files in an asset, found more")
    if found.size > caps.total_bytes:
        raise UsdError(f"expected at most {caps.total_bytes >> 20} MiB in an asset, found more")


def _take_layer(found: ForeignTree, tree: Path, path: str, by: str, caps: Caps) -> tuple[str, ...]:
    try:
        layer = open_layer(tree / path, caps)
        names = _layer_names(layer, path)
    except UsdError as error:
        if path == found.root:
            raise
        found.unreadable.append(f"{path}{by}: {error}")
        return ()
    found.layers[path] = layer
    return names


def _layer_names(layer: Any, path: str) -> tuple[str, ...]:
    from pxr import Tf

    if layer.pseudoRoot.HasInfo("expressionVariables"):
        return ("`expressionVariables`",)
    try:
        return tuple(dict.fromkeys((*path_expressions(layer), *asset_paths(layer))))
    except Tf.ErrorException as error:
        raise UsdError(f"its asset paths cannot be listed ({first_line(error)})") from error


def open_layer(path: Path, caps: Caps) -> Any:
    """The Sdf layer at `path`, outside the registry; raises UsdError when it is too large or does not parse."""
    from pxr import Sdf, Tf

    most = caps.text_layer_bytes if _format(path) == "usda" else caps.binary_layer_bytes
    size = path.stat().st_size
    if size > most:
        raise UsdError(f"expected a layer of at most {most >> 20} MiB, found {size >> 20} MiB")
    try:
        layer = Sdf.Layer.OpenAsAnonymous(str(path))
    except Tf.ErrorException as error:
        raise UsdError(f"expected a USD layer, found something that does not parse ({first_line(error)})") from error
    if layer is None:
        raise UsdError("expected a USD layer, found something else")
    return layer


def _take_materialx(found: ForeignTree, tree: Path, path: str, by: str) -> tuple[str, ...]:
    try:
        names = named_files((tree / path).read_bytes())
    except UsdError as error:
        found.unreadable.append(f"{path}{by}: {error}")
        return ()
    found.unreadable.append(f"{path}{by}: MaterialX is kept, but not read here; its materials are missing in pictures")
    found.media.append(path)
    return names


def files_named(tree: Path, named: str) -> tuple[str, ...]:
    """The files in `tree` that a path of `ForeignTree.named` means: itself, or those behind ``<UDIM>`` and ``###``.

    Digits stand where the pattern does. Without such a file there is none.
    """
    if not _TILE.search(named):
        return (named,) if (tree / named).is_file() else ()
    folder, last = tree / PurePosixPath(named).parent, PurePosixPath(named).name
    literal = _TILE.split(re.sub(r"#+\.#+", "#", last))
    expression = re.compile(r"[\d_.uvUV-]+".join(re.escape(part) for part in literal if part is not None))
    names = sorted(p.name for p in folder.iterdir() if expression.fullmatch(p.name)) if folder.is_dir() else []
    return tuple(inside(named, name) for name in names)


def _tiles(found: ForeignTree, tree: Path, path: str, name: str) -> Iterator[str]:
    matches = files_named(tree, inside(path, name))
    if not matches:
        found.unreadable.append(f"{inside(path, name)}, named by {path}: no such file is there")
    yield from matches


def _export(layer: Any, source: Path, target: Path) -> None:
    """Write `layer` at `target`, as text when `source` is text: small layers stay readable, geometry stays small."""
    from pxr import Tf

    target.parent.mkdir(parents=True, exist_ok=True)
    arguments = {"format": _format(source)} if target.suffix.lower() == ".usd" else {}
    try:
        written = layer.Export(str(target), args=arguments)
    except Tf.ErrorException as error:
        raise UsdError(f"{source.name} opens but cannot be written again ({first_line(error)})") from error
    if not written:
        raise UsdError(f"{source.name} opens but cannot be written again; it is damaged")


def _format(path: Path) -> str:
    """``usda`` or ``usdc`` by the first bytes, whatever the name says; raises UsdError for anything else."""
    with path.open("rb") as stream:
        first = stream.read(8)
    if first == b"PXR-USDC":
        return "usdc"
    if first.startswith((b"#usda ", b"#sdf ")):
        return "usda"
    raise UsdError("expected a USD layer, found a file that does not begin like one")


def _refusal(refused: list[str]) -> str:
    named = "; ".join(refused[:_MOST_NAMED])
    more = f"; and {len(refused) - _MOST_NAMED} more" if len(refused) > _MOST_NAMED else ""
    return (
        f"expected files inside the folder of the asset, named by relative paths, found: {named}{more}. "
        "Collect the files into one folder and write relative paths, then register it again"
    )


def first_line(error: object) -> str:
    """The first line of a Tf error that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text.rpartition(" : ")[2].strip("'") if " : " in text else text
