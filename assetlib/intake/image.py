"""Foreign pictures in: what they really are, how large, and what they say about their rights.

PNG, JPEG, WebP and TIFF, told by their bytes and not by their name. Decoded completely in the limited child,
so that a picture that was taken in opens everywhere.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.intake.answers import Answer, Unreadable
from assetlib.intake.harness import run_many
from assetlib.intake.limits import Limits
from assetlib.intake.usd import Hint
from assetlib.intake.xmp import rights_statements
from provenance.reading import plain_text

if TYPE_CHECKING:
    from PIL import Image

IMAGE_LIMITS = Limits(memory=3 << 30, cpu_seconds=30, wall_seconds=60.0, file_size=1 << 30)
MOST_PIXELS = 89_478_485
_LARGEST = 1 << 30
_MOST_FRAMES = 1000
_CHUNK = 16
_MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "TIFF": "image/tiff"}
_SUFFIXES = {"PNG": (".png",), "JPEG": (".jpg", ".jpeg"), "WEBP": (".webp",), "TIFF": (".tif", ".tiff")}
_MODES = {"CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB", "HSV": "RGB", "PA": "RGBA", "La": "LA", "RGBa": "RGBA"}
_RIGHTS_KEYS = ("copyright", "license", "author", "creator", "source", "disclaimer", "usage terms")
_ORIENTATION, _XMP_TAG = 0x0112, 700


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageIntake:
    """What a picture is. `width` and `height` are as stored, before `orientation` (EXIF 1…8) is applied.

    `mode` is Pillow's. `exif` has the tags a person recognizes a picture by, as plain text.
    """

    media_type: str
    width: int
    height: int
    mode: str
    frames: int
    orientation: int
    has_alpha: bool
    has_profile: bool
    exif: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    hints: tuple[Hint, ...]


def intake_image(path: Path, *, canonical: Path | None = None, limits: Limits = IMAGE_LIMITS) -> ImageIntake:
    """Take in one picture; raises Unreadable.

    `canonical` is where the same pixels are written as a PNG, upright and without metadata but its color profile.
    """
    payload = {"path": path, "canonical": canonical}
    output = None if canonical is None else canonical.parent
    answer = run_many("image", [payload], inputs=[path], output=output, limits=limits)[0]
    found = _from_answer(path, answer)
    if isinstance(found, Unreadable):
        raise found
    return found


def intake_images(
    paths: Sequence[Path], *, workers: int = 2, limits: Limits = IMAGE_LIMITS
) -> tuple[ImageIntake | Unreadable, ...]:
    """Many pictures in one child; one that cannot be read is answered by the reason and stops no other."""
    payloads = [{"path": path, "canonical": None} for path in paths]
    answers = run_many("image", payloads, inputs=list(paths), output=None, limits=limits, workers=workers, chunk=_CHUNK)
    return tuple(_from_answer(path, answer) for path, answer in zip(paths, answers, strict=True))


def _from_answer(path: Path, answer: Answer) -> ImageIntake | Unreadable:
    if not answer.was_read:
        return Unreadable(f"{path.name}: {answer.reason}")
    return image_of(answer.value)


def image_of(answer: Mapping[str, Any]) -> ImageIntake:
    """The value that the limited child described as plain JSON."""
    document = dict(answer)
    return ImageIntake(
        **document
        | {
            "exif": tuple((name, value) for name, value in document["exif"]),
            "warnings": tuple(document["warnings"]),
            "hints": tuple(Hint(source=source, text=text) for source, text in document["hints"]),
        }
    )


# In the limited child --------------------------------------------------------------------------


def prepare() -> None:
    """Load what every picture needs, once for all forks."""
    from PIL import JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

    assert all((JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin))


def read_image(path: Path, canonical: Path | None) -> dict[str, Any]:
    """Decode one picture completely and describe it; raises Unreadable."""
    with decoded(path) as (image, document):
        if canonical is not None:
            write_canonical(image, canonical)
    return document


@contextlib.contextmanager
def decoded(path: Path) -> Iterator[tuple[Image.Image, dict[str, Any]]]:
    """A picture with all its pixels, and its description; raises Unreadable. Only the limited child calls it."""
    from PIL import Image

    size = path.stat().st_size
    if size > _LARGEST:
        raise Unreadable(f"expected a picture of at most {_LARGEST >> 20} MiB, found {size >> 20} MiB")
    kind = _kind(path)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with warnings.catch_warnings():
        # Pillow only warns between one and two times the limit
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with _opened(path, kind) as image:
            _decode(image)
            yield image, _describe(path, image, kind)


def _opened(path: Path, kind: str) -> Image.Image:
    from PIL import Image

    try:
        return Image.open(path, formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(f"expected at most {MOST_PIXELS} pixels, found a picture of more") from error
    except OSError as error:
        raise Unreadable(f"it begins like {kind} but does not open ({error})") from error


def _decode(image: Image.Image) -> None:
    try:
        image.load()
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable(f"its pixels cannot be decoded ({error}); it is damaged or cut short") from error


def _kind(path: Path) -> str:
    with path.open("rb") as stream:
        first = stream.read(16)
    if first.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if first.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if first[:4] == b"RIFF" and first[8:12] == b"WEBP":
        return "WEBP"
    if first.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    raise Unreadable("expected a PNG, JPEG, WebP or TIFF picture, found bytes that begin like none of them")


def _describe(path: Path, image: Image.Image, kind: str) -> dict[str, Any]:
    exif = dict(_exif(image))
    frames = int(getattr(image, "n_frames", 1))
    if frames > _MOST_FRAMES:
        raise Unreadable(f"expected at most {_MOST_FRAMES} frames in a picture, found {frames}")
    return {
        "media_type": _MEDIA_TYPES[kind],
        "width": image.width,
        "height": image.height,
        "mode": image.mode,
        "frames": frames,
        "orientation": int(image.getexif().get(_ORIENTATION, 1)),
        "has_alpha": image.has_transparency_data,
        "has_profile": bool(image.info.get("icc_profile")),
        "exif": list(exif.items()),
        "warnings": list(_warnings(path, kind, frames)),
        "hints": list(dict.fromkeys(_hints(image, exif))),
    }


def _exif(image: Image.Image) -> Iterator[tuple[str, str]]:
    from PIL.ExifTags import IFD, Base

    exif = image.getexif()
    wanted = (Base.ImageDescription, Base.Make, Base.Model, Base.Software, Base.Artist, Base.Copyright, Base.DateTime)
    for tag in wanted:
        if tag in exif:
            yield tag.name, plain_text(_text(exif[tag]))
    taken = exif.get_ifd(IFD.Exif).get(Base.DateTimeOriginal)
    if taken:
        yield Base.DateTimeOriginal.name, plain_text(_text(taken))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _warnings(path: Path, kind: str, frames: int) -> Iterator[str]:
    if path.suffix.lower() not in _SUFFIXES[kind]:
        yield f"it is a {kind} picture, but its name ends in {path.suffix or 'nothing'}"
    if frames > 1:
        yield f"it has {frames} frames; the first one is looked at"
    behind = _bytes_behind(path, kind)
    if behind:
        yield f"{behind} bytes follow the end of the picture; something else may travel in it"


def _bytes_behind(path: Path, kind: str) -> int:
    """Bytes after the last end mark of the format; 0 for TIFF, which has none."""
    data = path.read_bytes()
    match kind:
        case "PNG":
            return len(data) - _png_end(data)
        case "JPEG":
            return len(data) - (data.rfind(b"\xff\xd9") + 2)
        case "WEBP":
            return max(0, len(data) - 8 - int.from_bytes(data[4:8], "little") - int.from_bytes(data[4:8], "little") % 2)
    return 0


def _png_end(data: bytes) -> int:
    position = 8
    while position + 12 <= len(data):
        length, name = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        position += 12 + length
        if name == b"IEND":
            break
    return min(position, len(data))


def _hints(image: Image.Image, exif: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name in ("Copyright", "Artist"):
        if exif.get(name):
            yield "EXIF", f"{name}: {exif[name]}"
    for key, value in image.info.items():
        if str(key).lower() in _RIGHTS_KEYS:
            yield "PNG text", f"{plain_text(str(key))}: {plain_text(_text(value))}"
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or image.getexif().get(_XMP_TAG)
    if packet:
        for name, value in rights_statements(packet.encode() if isinstance(packet, str) else bytes(packet)):
            yield "XMP", f"{name}: {plain_text(value)}"


def write_canonical(image: Image.Image, target: Path) -> None:
    """The same pixels as a PNG, upright and without metadata but the color profile."""
    from PIL import ImageOps

    profile = image.info.get("icc_profile") if image.mode not in _MODES else None
    upright = ImageOps.exif_transpose(image)
    upright = upright.convert(_MODES.get(upright.mode, upright.mode))
    upright.info = {}
    upright.save(target, format="PNG", icc_profile=profile, exif=b"")
