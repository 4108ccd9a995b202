"""Passes as one `.npz` file whose bytes depend on the arrays alone, so that its digest is stable.

`numpy.savez` writes the time of day into the zip; here every entry is stored, dated 1980-01-01 and in fixed order.
Entries are plain `.npy` arrays named like the fields of `Passes`, float32 and uint16, little endian, C order, and
`meta.json` (canonical JSON: schema, frame, info). Local generators read them without this package.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Passes
from generators.request import ControlPass, MediaRef, PassKind
from provenance.digest import Digest, canonical_json

MEDIA_TYPE = "application/x-npz"
COLORSPACE = "lin_rec709_scene"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_META = "meta.json"
_SHAPES = {
    "beauty": ("<f4", 3),
    "clay": ("<f4", 3),
    "depth": ("<f4", 0),
    "normal": ("<f4", 3),
    "entity": ("<u2", 0),
    "part": ("<u2", 0),
    "motion": ("<f4", 2),
    "pref": ("<f4", 3),
    "alpha": ("<f4", 0),
}


class BadArchive(Exception):
    """A file is not a passes archive that this version reads."""


def archive_bytes(passes: Passes) -> bytes:
    """The archive of one frame as bytes; equal passes give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, _META, canonical_json({"schema": 1, "frame": passes.frame, "info": dict(passes.info)}))
        for name, (dtype, _) in _SHAPES.items():
            _add(archive, f"{name}.npy", _npy(np.ascontiguousarray(getattr(passes, name), dtype)))
    return buffer.getvalue()


def write_passes(passes: Passes, path: Path) -> None:
    """Writes the archive of one frame; it appears under `path` only when whole."""
    staged = path.with_name(f".{path.name}.part")
    staged.write_bytes(archive_bytes(passes))
    staged.replace(path)


def read_passes(source: Path | BinaryIO) -> Passes:
    """The passes of an archive. Raises BadArchive for anything missing, surplus, misshapen or unreadable."""
    try:
        with zipfile.ZipFile(source) as archive:
            return _passes(archive)
    except (zipfile.BadZipFile, ValueError, KeyError, OSError, EOFError) as error:
        raise BadArchive(
            f"expected an archive of passes, found {_named(source)}: {error}; render the shot again"
        ) from error


def controls_for_render(archives: Iterable[tuple[int, Digest]], *, width: int, height: int) -> tuple[ControlPass, ...]:
    """The control passes that the `render` generator asks for: one archive per frame, as PassKind.BEAUTY."""
    return tuple(
        ControlPass(
            kind=PassKind.BEAUTY,
            media=MediaRef(
                digest=digest,
                media_type=MEDIA_TYPE,
                width=width,
                height=height,
                colorspace=COLORSPACE,
                frames=(frame, frame),
            ),
        )
        for frame, digest in archives
    )


def _named(source: Path | BinaryIO) -> str:
    return os.fspath(source) if isinstance(source, Path) else "a stream"


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)


def _npy(array: npt.NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _passes(archive: zipfile.ZipFile) -> Passes:
    expected = {_META, *(f"{name}.npy" for name in _SHAPES)}
    if set(archive.namelist()) != expected:
        raise ValueError(f"entries {sorted(set(archive.namelist()) ^ expected)} are missing or surplus")
    meta = json.loads(archive.read(_META))
    if meta.get("schema") != 1:
        raise ValueError(f"schema 1 was expected, {meta.get('schema')!r} found")
    arrays = {name: _array(archive, name) for name in _SHAPES}
    assert set(arrays) | {"frame", "info"} == {f.name for f in fields(Passes)}
    size = arrays["depth"].shape
    for name, (_, channels) in _SHAPES.items():
        if arrays[name].shape != ((*size, channels) if channels else size):
            raise ValueError(f"{name} has shape {arrays[name].shape}, depth {size}")
    return Passes(frame=int(meta["frame"]), info=tuple(meta["info"].items()), **arrays)


def _array(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    with archive.open(f"{name}.npy") as stream:
        array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    if array.dtype != np.dtype(_SHAPES[name][0]) or array.ndim not in (2, 3):
        raise ValueError(f"{name} holds {array.dtype} of {array.ndim} dimensions")
    return array


def picture_bytes(passes: Passes) -> bytes:
    """The part of an archive that the `render` generator reads (beauty, alpha, meta), for its eyes alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, _META, canonical_json({"schema": 1, "frame": passes.frame, "info": dict(passes.info)}))
        for name in ("beauty", "alpha"):
            _add(archive, f"{name}.npy", _npy(np.ascontiguousarray(getattr(passes, name), _SHAPES[name][0])))
    return buffer.getvalue()
