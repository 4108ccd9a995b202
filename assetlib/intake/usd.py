"""Foreign USD in: a folder of layers, textures and sounds, or a package, becomes a tree of our own files.

In the child: scan every path, estimate the prims, write the closure again, compose only that. In the parent:
take the list of written files, and hash each one. The original is never opened here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from assetlib.intake.answers import Unreadable
from assetlib.intake.harness import run_limited
from assetlib.intake.limits import Limits
from assetlib.model.asset import AssetFile
from assetlib.usd.estimate import estimate_prims
from assetlib.usd.foreign import LAYERS, MEDIA, Caps, scan, write
from assetlib.usd.inspect import Point, Variants, inspect_stage, load_libraries
from assetlib.usd.inventory import media_type
from assetlib.usd.paths import defect
from assetlib.usd.usdz import package_view
from provenance.digest import digest_stream
from provenance.packages import local_view, usdz_defects

USD_LIMITS = Limits(memory=6 << 30, cpu_seconds=300, wall_seconds=420.0, file_size=4 << 30)
_SUFFIXES = LAYERS | {".usdz"}
_TERMS = ("readme", "license", "licence", "copying", "copyright", "notice", "credits", "attribution")
_TERM_SUFFIXES = ("", ".md", ".txt", ".rst")
_LONGEST_TEXT = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A statement about rights found in or beside a file: where, and what. It proposes; it grants nothing."""

    source: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsdIntake:
    """What was taken in. `files` lie under the output folder; `root` is the one to reference.

    `unreadable` has one sentence per dependency that is missing or was left out. `bbox` is in stage units. `named` are
    the paths in the tree that the layers ask for, there or not, with patterns of tiles as they are written.
    """

    files: tuple[AssetFile, ...]
    root: str
    default_prim: str
    meters_per_unit: float
    up_axis: str
    prim_count: int
    variants: tuple[Variants, ...]
    has_skel: bool
    bbox: tuple[Point, Point] | None
    start: float
    end: float
    unreadable: tuple[str, ...]
    warnings: tuple[str, ...]
    hints: tuple[Hint, ...]
    named: tuple[str, ...] = ()


def intake_usd(
    path: Path, output_dir: Path, *, tree: Path | None = None, limits: Limits = USD_LIMITS, caps: Caps | None = None
) -> UsdIntake:
    """Take in the asset at `path` and everything it names inside `tree` (its own folder unless given).

    `output_dir` must be empty or absent; on a refusal what stands in it is worthless. Raises Unreadable.
    """
    path = path.resolve()
    tree = (tree or path.parent).resolve()
    _check_place(path, tree)
    output_dir.mkdir(parents=True, exist_ok=True)
    if any(output_dir.iterdir()):
        raise Unreadable(f"expected an empty folder for the asset, found files in {output_dir}")
    payload = {"path": path, "tree": tree, "output": output_dir, "caps": None if caps is None else asdict(caps)}
    answer = run_limited("usd", payload, inputs=[tree], output=output_dir, limits=limits)
    if not answer.was_read:
        raise Unreadable(f"{path.name}: {answer.reason}")
    return _from_json(answer.value, output_dir)


def _check_place(path: Path, tree: Path) -> None:
    if path.suffix.lower() not in _SUFFIXES:
        raise Unreadable(f"expected a file that ends in {', '.join(sorted(_SUFFIXES))}, found {path.name}")
    if not path.is_file():
        raise Unreadable(f"expected a USD file at {path}, found none")
    if not path.is_relative_to(tree):
        raise Unreadable(f"expected {path.name} inside {tree}, found it in {path.parent}")


def _from_json(document: dict[str, Any], output_dir: Path) -> UsdIntake:
    plain = ("root", "default_prim", "meters_per_unit", "up_axis", "prim_count", "has_skel", "start", "end")
    bbox = document["bbox"]
    return UsdIntake(
        **{name: document[name] for name in plain},
        files=tuple(_measure(output_dir, path) for path in sorted(document["files"])),
        variants=tuple(Variants(**{**v, "options": tuple(v["options"])}) for v in document["variants"]),
        bbox=None if bbox is None else (tuple(bbox[0]), tuple(bbox[1])),
        unreadable=tuple(document["unreadable"]),
        warnings=tuple(document["warnings"]),
        named=tuple(name for name in document["named"] if not defect("", name)),
        hints=tuple(Hint(source=source, text=text) for source, text in document["hints"]),
    )


def _measure(folder: Path, name: str) -> AssetFile:
    """Digest and size of one file that the child wrote; refuses what is no plain file inside `folder`."""
    path = folder.resolve() / name
    if path.resolve() != path or not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise Unreadable(f"expected a plain file at {name} in the output of the limited reader, found something else")
    with path.open("rb") as stream:
        digest, size = digest_stream(stream)
    return AssetFile(path=name, digest=digest, size=size, media_type=media_type(name))


# In the limited child --------------------------------------------------------------------------


def prepare() -> None:
    """Load OpenUSD once for all forks; it starts no thread before its first work."""
    load_libraries()


def read_usd(path: Path, tree: Path, output: Path, caps: dict[str, int] | None) -> dict[str, Any]:
    """Scan, write again, compose and describe; raises UsdError with the reason for a refusal."""
    bounds = Caps(**(caps or {}))
    texts = list(_texts(tree))
    is_package = path.suffix.lower() == ".usdz"
    if is_package:
        path = _unpack(path, Path("package"))
        tree = path.parents[len(path.relative_to(Path("package").resolve()).parts) - 1]
    found = scan(path, tree, bounds)
    estimate_prims(found.root, found.layers, bounds.prims)
    files = write(found, tree, output)
    root = found.root
    unreadable = found.unreadable
    named = [] if is_package else sorted(found.named)  # what a package names lies in it
    del found  # its layers are as large as the asset
    facts = asdict(inspect_stage(output / root))
    return facts | {
        "files": files,
        "root": root,
        "unreadable": unreadable,
        "hints": [*facts["hints"], *texts],
        "named": named,
    }


def check_usdz(path: Path) -> list[dict[str, Any]]:
    """Why the package at `path` could show OpenUSD other bytes than its directory says; empty when it cannot."""
    with path.open("rb") as stream:
        return [step.to_json() for step in usdz_defects(stream, package_view(path))]


def _unpack(package: Path, folder: Path) -> Path:
    """Write the layers and media of a checked package under `folder`; returns its first layer."""
    defects = check_usdz(package)
    if defects:
        raise Unreadable(f"expected a well-formed USD package, found: {defects[0]['sentence']}")
    folder = folder.resolve()
    with package.open("rb") as stream:
        entries = [entry for entry in local_view(stream) if not entry[0].startswith("META-INF/")]
        for name, offset, size in entries:
            if PurePosixPath(name).suffix.lower() in LAYERS | MEDIA:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                stream.seek(offset)
                target.write_bytes(stream.read(size))
    if not entries or PurePosixPath(entries[0][0]).suffix.lower() not in LAYERS:
        raise Unreadable("expected a USD layer as the first file of the package, found none")
    return folder / entries[0][0]


def term_files(tree: Path) -> tuple[str, ...]:
    """README, LICENSE and the like directly in `tree`: names of plain files, in order."""
    named = (name for name in sorted(os.listdir(tree)) if name.lower().startswith(_TERMS))  # noqa: PTH208  only names
    suffixed = (name for name in named if PurePosixPath(name).suffix.lower() in _TERM_SUFFIXES)
    return tuple(name for name in suffixed if (tree / name).is_file() and not (tree / name).is_symlink())


def _texts(tree: Path) -> Iterator[Sequence[str]]:
    """What the files beside the asset say about rights."""
    for name in term_files(tree):
        with (tree / name).open("rb") as stream:
            yield name, stream.read(_LONGEST_TEXT).decode("utf-8", "replace")
