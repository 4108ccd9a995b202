"""OpenEXR: half-float beauty with its data passes as layers, primaries and color space written into the header."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.media import MediaError
from assetlib.media.color import CHROMATICITIES, ColorSpace, Floats

_HALF_MAX = 65504.0
# Layer suffixes as compositors expect them: colors R G B, vectors X Y Z, one value Z for depth, else the bare name.
_SUFFIXES = {"clay": "RGB", "normal": "XYZ", "pref": "XYZ", "motion": "XY", "depth": "Z"}
_FLOAT_LAYERS = frozenset({"depth", "pref", "motion", "entity", "part"})
_COMPRESSION = "zip"


def write_exr(
    path: Path,
    beauty: Floats,
    *,
    space: ColorSpace = ColorSpace.LINEAR,
    alpha: Floats | None = None,
    layers: Mapping[str, npt.NDArray[np.generic]] | None = None,
    attributes: Mapping[str, str] | None = None,
    rate: Fraction | None = None,
) -> None:
    """Writes (H, W, 3) scene-linear beauty as half float, and `layers` by name ((H, W) or (H, W, C)).

    Depth, rest position, motion and ids stay 32-bit float: half cannot hold an id above 2048 or a far depth. The file
    carries no time of writing; equal pixels give equal bytes. It appears only when whole.
    """
    if space not in CHROMATICITIES:
        raise MediaError(f"expected scene-linear pixels for EXR, found {space}; display pictures belong into PNG")
    names, planes, kinds = _channels(beauty, alpha, layers or {})
    oiio = _oiio()
    spec = _spec(oiio, planes.shape, names, kinds, space)
    if rate is not None:
        spec.attribute("FramesPerSecond", "rational", (rate.numerator, rate.denominator))
    for key, value in sorted((attributes or {}).items()):
        spec.attribute(key, value)
    staged = path.with_name(f".{path.stem}.part{path.suffix}")
    _write(oiio, staged, spec, planes)
    staged.replace(path)


def _oiio() -> Any:
    try:
        import OpenImageIO
    except ImportError as error:
        raise MediaError("expected OpenImageIO for EXR, found none; install assetlib[media]") from error
    return OpenImageIO


def _channels(
    beauty: Floats, alpha: Floats | None, layers: Mapping[str, npt.NDArray[np.generic]]
) -> tuple[list[str], Floats, list[str]]:
    size = beauty.shape[:2]
    names, kinds = ["R", "G", "B"], ["half"] * 3
    planes = [np.clip(beauty.astype(np.float32), -_HALF_MAX, _HALF_MAX)]
    if alpha is not None:
        names, kinds = [*names, "A"], [*kinds, "half"]
        planes.append(alpha[..., None].astype(np.float32))
    for name, layer in layers.items():
        array = layer[..., None] if layer.ndim == 2 else layer
        if array.shape[:2] != size:
            raise MediaError(f"expected layer {name} of {size[1]}x{size[0]}, found {array.shape[1]}x{array.shape[0]}")
        suffixes = _SUFFIXES.get(name, "RGBA" if array.shape[2] > 1 else "")
        names += [f"{name}.{s}" for s in suffixes[: array.shape[2]]] if suffixes else [name]
        kinds += ["float" if name in _FLOAT_LAYERS else "half"] * array.shape[2]
        planes.append(array.astype(np.float32))
    return names, np.ascontiguousarray(np.concatenate(planes, axis=2)), kinds


def _spec(oiio: Any, shape: tuple[int, ...], names: list[str], kinds: list[str], space: ColorSpace) -> Any:
    spec = oiio.ImageSpec(shape[1], shape[0], shape[2], "half")
    spec.channelnames = tuple(names)
    spec.channelformats = tuple(oiio.TypeDesc(kind) for kind in kinds)
    spec.attribute("chromaticities", "float[8]", CHROMATICITIES[space])
    spec.attribute("oiio:ColorSpace", str(space))
    spec.attribute("colorspace", str(space))
    spec.attribute("compression", _COMPRESSION)
    # OpenImageIO fills in the time of writing; a fixed date keeps the bytes, and so the digest, stable.
    spec.attribute("DateTime", "1970:01:01 00:00:00")
    spec.attribute("Software", "assetlib")
    return spec


def _write(oiio: Any, path: Path, spec: Any, planes: Floats) -> None:
    output = oiio.ImageOutput.create(os.fspath(path))
    if output is None or not output.open(os.fspath(path), spec):
        raise MediaError(f"expected to write {path}: {oiio.geterror() if output is None else output.geterror()}")
    done = output.write_image(planes)
    if not (output.close() and done):
        raise MediaError(f"expected to write {path}: {output.geterror()}; is the disk full?")


def read_exr(path: Path) -> tuple[dict[str, Floats], dict[str, Any]]:
    """Every channel of an EXR as (H, W) float32 by name, and its header attributes."""
    oiio = _oiio()
    source = oiio.ImageInput.open(os.fspath(path))
    if source is None:
        raise MediaError(f"expected a readable EXR, found {path}: {oiio.geterror()}")
    try:
        spec = source.spec()
        pixels = source.read_image(0, 0, 0, spec.nchannels, "float")
        if pixels is None:
            raise MediaError(f"expected a whole EXR, found {path}: {source.geterror()}")
        pixels = pixels.reshape(spec.height, spec.width, spec.nchannels)
        channels = {name: np.ascontiguousarray(pixels[..., i]) for i, name in enumerate(spec.channelnames)}
        return channels, {a.name: a.value for a in spec.extra_attribs}
    finally:
        source.close()
