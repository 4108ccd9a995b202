"""`render`, the built-in default: develops a shot's rendered passes into display frames. Previs, no model, no weights.

Input: one cleared control pass of kind BEAUTY per frame, media type `application/x-npz`, frames (n, n). The archive
holds `.npy` arrays, rows from the top: beauty (H, W, 3) float32 linear Rec.709 radiance over its own background, alpha
(H, W) float32 coverage, and `meta.json` whose info.background is that background's plain color or null; more arrays
may be in it and are left alone. Optionally passes of kind PLATE, `.npy` (H, W, 3) float32
linear Rec.709 or uint8 sRGB (as `MediaRef.colorspace` says), one per frame or one for all: put behind the beauty.
Output: one `.npy` per frame, (H, W, 3) uint16, display-referred, colorspace `srgb_rec709_display`.

The tone curve is ACES-like (Hill's fit of the ACES 1.0 reference and display transforms for Rec.709) on exposed
radiance. Settings: `exposure` in stops (default 0), `burn_in` text (a stand-in take carries STAND-IN).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from generators.api import Canceled, Capabilities, GeneratorError, Job, Plan, Unsupported
from generators.request import ControlPass, GenerationRequest, MediaRef, Modality, PassKind
from generators.result import Cost, Output, Produced

VERSION = "1"
DISPLAY = "srgb_rec709_display"
LINEAR = "lin_rec709_scene"
_NPZ, _NPY = "application/x-npz", "application/x-npy"
_MOST_BYTES = 2 << 30
_SETTINGS = ("exposure", "burn_in")
_BURN_IN = re.compile(r"[A-Z0-9][A-Z0-9 .:_/-]{0,47}")

_Array = npt.NDArray[np.float32]

# Rec.709 to the fit's working space (RRT_SAT after XYZ to AP1) and back (Stephen Hill, MIT license; constants).
_INTO = np.array([[0.59719, 0.35458, 0.04823], [0.07600, 0.90834, 0.01566], [0.02840, 0.13383, 0.83777]], np.float32)
_OUT_OF = np.array(
    [[1.60475, -0.53108, -0.07367], [-0.10208, 1.10813, -0.00605], [-0.00327, -0.07276, 1.07602]], np.float32
)
# The fit's middle gray comes out about two thirds of a stop dark; beauty is lit for 1.0 to be diffuse white.
_GAIN = np.float32(1.6)


class RenderGenerator:
    """Develops beauty passes into display frames. Deterministic: equal inputs give equal bytes."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            name="render",
            version=VERSION,
            modalities=frozenset({Modality.IMAGE, Modality.VIDEO}),
            controls=frozenset({PassKind.BEAUTY, PassKind.PLATE}),
            digital_source_type="http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
            multi_character=True,
            deterministic=True,
            cancellable=True,
        )

    def prepare(self, request: GenerationRequest) -> Plan:
        """Names what would be read and what is ignored. Raises Unsupported when a frame has no beauty pass."""
        beauty = _by_frame(request, PassKind.BEAUTY)
        _check(request, beauty)
        used = {*beauty.values(), *_plates(request).values()}
        return Plan(
            recipient="local",
            sends=tuple(sorted({c.media.digest for c in used})),
            ignored=_ignored(request, used),
            estimate=Cost(amount="0", unit="credits", reported_by="render"),
        )

    def generate(self, request: GenerationRequest, job: Job) -> Produced:
        """One display frame after another; looks for a cancel before each."""
        beauty, plates = _by_frame(request, PassKind.BEAUTY), _plates(request)
        _check(request, beauty)
        settings, outputs = dict(request.settings), []
        frames = _frames(request)
        for done, frame in enumerate(frames):
            if job.canceled():
                raise Canceled(f"canceled after {done} of {len(frames)} frames")
            picture = _picture(job, beauty[frame], plates.get(frame), float(settings.get("exposure", "0")))
            outputs.append(_put(job, _burned(picture, settings.get("burn_in", "")), frame))
            job.progress(done + 1, len(frames))
        return Produced(
            outputs=tuple(outputs),
            parameters=(
                ("burn_in", settings.get("burn_in", "")),
                ("exposure", settings.get("exposure", "0")),
                ("tone_curve", "aces-fit-1"),
            ),
        )


def _frames(request: GenerationRequest) -> range:
    return range(request.frame_range[0], request.frame_range[1] + 1)


def _by_frame(request: GenerationRequest, kind: PassKind) -> dict[int, ControlPass]:
    """The passes of one kind by frame; one that covers several frames serves each of them."""
    found: dict[int, ControlPass] = {}
    for control in request.controls.passes:
        if control.kind is kind:
            first, last = control.media.frames or request.frame_range
            for frame in range(max(first, request.frame_range[0]), min(last, request.frame_range[1]) + 1):
                found[frame] = control
    return found


def _plates(request: GenerationRequest) -> dict[int, ControlPass]:
    return _by_frame(request, PassKind.PLATE)


def _check(request: GenerationRequest, beauty: dict[int, ControlPass]) -> None:
    if request.modality is Modality.UPSCALE:
        raise Unsupported("render makes images and video from passes; it does not upscale. Choose another generator")
    missing = [f for f in _frames(request) if f not in beauty]
    if missing or not len(_frames(request)):
        raise Unsupported(
            f"expected a beauty pass for each of frames {request.frame_range[0]} to {request.frame_range[1]}, "
            f"found none for {missing[:5] or 'an empty range'}; frame the shot first"
        )
    _check_settings(dict(request.settings))


def _check_settings(settings: dict[str, str]) -> None:
    try:
        exposure = float(settings.get("exposure", "0"))
    except ValueError:
        exposure = float("nan")
    if not -16.0 <= exposure <= 16.0:
        raise Unsupported(f"expected exposure in stops from -16 to 16, found {settings['exposure']!r}")
    text = settings.get("burn_in", "")
    if text and not _BURN_IN.fullmatch(text):
        raise Unsupported(f"expected a burn-in of at most 48 capitals, digits and marks, found {text!r}")


def _ignored(request: GenerationRequest, used: set[ControlPass]) -> tuple[str, ...]:
    """What the request holds and a renderer of finished passes cannot honor, in words."""
    words = [f"{name}: render invents nothing" for name in ("prompt", "negative") if getattr(request, name)]
    words += [f"{name}: render has none" for name in ("steps", "strength") if getattr(request, name) is not None]
    words += [f"reference {r.name} ({r.role}): the passes already show the asset" for r in request.references]
    words += [f"{c.kind.value} pass {c.media.digest[:15]}: not used" for c in request.controls.passes if c not in used]
    named = ("composition", "motion", "lighting", "pacing")
    words += [f"{name} words: the shot's layers decide" for name in named if getattr(request.controls, name)]
    words += [f"setting {key}: unknown" for key, _ in request.settings if key not in _SETTINGS]
    return tuple(words)


def _picture(job: Job, beauty: ControlPass, plate: ControlPass | None, exposure: float) -> _Array:
    with job.open(beauty.media.digest) as stream:
        radiance, alpha, background = _read_beauty(stream, beauty.media)
    if plate is not None:
        if background is None:
            raise GeneratorError("expected beauty over a plain background to lay over a plate, found a pictured sky")
        with job.open(plate.media.digest) as stream:
            behind = _read_plate(stream, plate.media, radiance.shape)
        # Beauty at an outline is already blended with the background: exchange just that share.
        radiance = radiance + (behind - background) * (1.0 - alpha[..., None])
    return develop(radiance, exposure)


def develop(radiance: _Array, exposure: float = 0.0) -> _Array:
    """Linear Rec.709 radiance (H, W, 3) to display values 0…1 in sRGB encoding: the film curve."""
    exposed = np.nan_to_num(radiance, nan=0.0, posinf=1e4, neginf=0.0) * (_GAIN * np.float32(2.0**exposure))
    x = np.maximum(exposed, 0.0) @ _INTO.T
    filmed = (x * (x + np.float32(0.0245786)) - np.float32(0.000090537)) / (
        x * (np.float32(0.983729) * x + np.float32(0.4329510)) + np.float32(0.238081)
    )
    return encode(np.clip(filmed @ _OUT_OF.T, 0.0, 1.0))


def encode(linear: _Array) -> _Array:
    """IEC 61966-2-1 encoding of values 0…1."""
    high = np.float32(1.055) * np.maximum(linear, np.float32(1e-8)) ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(linear <= 0.0031308, linear * np.float32(12.92), high).astype(np.float32)


def decode(encoded: _Array) -> _Array:
    """IEC 61966-2-1 decoding of values 0…1."""
    high = ((encoded + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(encoded <= 0.04045, encoded / np.float32(12.92), high).astype(np.float32)


def _read_beauty(stream: BinaryIO, media: MediaRef) -> tuple[_Array, _Array, _Array | None]:
    data = _all_of(stream)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            beauty, alpha = _entry(archive, "beauty.npy"), _entry(archive, "alpha.npy")
            plain = json.loads(archive.read("meta.json"))["info"]["background"]
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, json.JSONDecodeError) as error:
        raise GeneratorError(
            f"expected a passes archive with beauty and alpha, found {media.digest}: {error}"
        ) from error
    size = (media.height, media.width)
    if beauty.shape != (*size, 3) or alpha.shape != size:
        raise GeneratorError(f"expected beauty of {media.width}x{media.height}, found {beauty.shape}; frame it again")
    background = None if plain is None else np.asarray(plain, np.float32)
    return beauty.astype(np.float32), alpha.astype(np.float32), background


def _entry(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    if archive.getinfo(name).file_size > _MOST_BYTES:
        raise ValueError(f"{name} is larger than {_MOST_BYTES} bytes")
    return _npy(io.BytesIO(archive.read(name)))


def _read_plate(stream: BinaryIO, media: MediaRef, shape: tuple[int, ...]) -> _Array:
    try:
        plate = _npy(io.BytesIO(_all_of(stream)))
    except (ValueError, EOFError) as error:
        raise GeneratorError(f"expected a plate as .npy, found {media.digest}: {error}") from error
    if plate.shape != shape:
        raise GeneratorError(f"expected a plate of shape {shape}, found {plate.shape}; conform the plate first")
    if plate.dtype == np.uint8 and media.colorspace == DISPLAY:
        return decode(plate.astype(np.float32) / np.float32(255.0))
    if plate.dtype == np.float32 and media.colorspace == LINEAR:
        return plate
    raise GeneratorError(
        f"expected a plate in uint8 {DISPLAY} or float32 {LINEAR}, found {plate.dtype} {media.colorspace}"
    )


def _all_of(stream: BinaryIO) -> bytes:
    data = stream.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise GeneratorError(f"expected an input of at most {_MOST_BYTES} bytes, found more")
    return data


def _npy(stream: BinaryIO) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def _burned(picture: _Array, text: str) -> _Array:
    """The picture with `text` in a band across its lower quarter, large enough to survive a downscale."""
    if not text:
        return picture
    from PIL import Image, ImageDraw, ImageFont

    height, width = picture.shape[:2]
    size = max(10, min(height // 10, int(width * 1.4 / len(text))))
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).text(
        (width // 2, height - size), text, fill=255, anchor="mm", font=ImageFont.load_default(size)
    )
    letters = np.asarray(mask, np.float32)[..., None] / np.float32(255.0)
    marked = picture.copy()
    band = slice(max(0, height - 2 * size), height)
    marked[band] *= np.float32(0.35)
    # The fill is a warning yellow: a stand-in must not pass for the asset, not even at thumbnail size.
    burned: _Array = marked * (1.0 - letters) + np.array([1.0, 0.82, 0.1], np.float32) * letters
    return burned


def _put(job: Job, picture: _Array, frame: int) -> Output:
    """16-bit frame as .npy, rounded half up; media encodes it later."""
    array = np.ascontiguousarray((np.clip(picture, 0.0, 1.0) * 65535.0 + 0.5).astype("<u2"))
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    buffer.seek(0)
    name = f"frame.{frame:04d}.npy"
    height, width = array.shape[:2]
    media = MediaRef(
        digest=job.put(name, buffer),
        media_type=_NPY,
        width=width,
        height=height,
        colorspace=DISPLAY,
        frames=(frame, frame),
    )
    return Output(media=media, role="frame", name=name, frame=frame)
