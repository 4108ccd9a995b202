"""Color spaces by the names of the ACES studio config, and conversions between them.

Display-referred pictures go to scene-linear only by the inverse *texture* transform (the sRGB curve);
a tone scale is never inverted, because what it clipped is gone.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from assetlib.media import MediaError

Floats = npt.NDArray[np.float32]
_CONFIG = "studio-config-latest"


class ColorSpace(StrEnum):
    """What pixel values mean. Rec.709 primaries and D65 except for ACEScg (AP1, D60)."""

    SRGB = "srgb_rec709_display"
    LINEAR = "lin_rec709_scene"
    ACESCG = "ACEScg"
    DATA = "data"


# x, y of red, green, blue and white (ITU-R BT.709-6; SMPTE ST 2065-1 AP1 as of ACEScg, S-2014-004).
CHROMATICITIES: dict[ColorSpace, tuple[float, ...]] = {
    ColorSpace.LINEAR: (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290),
    ColorSpace.ACESCG: (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767),
}


def srgb_encode(linear: Floats) -> Floats:
    """IEC 61966-2-1: linear 0…1 to encoded 0…1, clipped."""
    clipped = np.clip(linear, 0.0, 1.0).astype(np.float32)
    high = 1.055 * np.power(clipped, 1 / 2.4) - 0.055
    return np.where(clipped <= 0.0031308, clipped * 12.92, high).astype(np.float32)


def srgb_decode(encoded: Floats) -> Floats:
    """IEC 61966-2-1: encoded 0…1 to linear 0…1."""
    high = np.power((np.asarray(encoded, np.float32) + 0.055) / 1.055, 2.4)
    return np.where(encoded <= 0.04045, encoded / 12.92, high).astype(np.float32)


def to_acescg(pixels: Floats, space: ColorSpace) -> Floats:
    """(H, W, 3) float32 in `space` as ACEScg, by OpenColorIO's ACES studio config."""
    if space is ColorSpace.ACESCG:
        return pixels
    if space is ColorSpace.DATA:
        raise MediaError("expected a picture to convert to ACEScg, found data; data passes carry no color")
    try:
        import PyOpenColorIO as Ocio
    except ImportError as error:
        raise MediaError("expected OpenColorIO for ACEScg, found none; install assetlib[media]") from error
    source = "sRGB - Texture" if space is ColorSpace.SRGB else "Linear Rec.709 (sRGB)"
    config = Ocio.Config.CreateFromBuiltinConfig(_CONFIG)
    converted: Floats = np.ascontiguousarray(pixels, np.float32).copy()
    config.getProcessor(source, "ACEScg").getDefaultCPUProcessor().applyRGB(converted)
    return converted


def to_uint16(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.uint16]:
    """Display values as 16 bit: floats 0…1 rounded half up, 8 bit spread over the whole range, 16 bit as they are."""
    if pixels.dtype == np.uint16:
        return pixels.astype(np.uint16, copy=False)
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint16) * np.uint16(257)
    if pixels.dtype.kind != "f":
        raise MediaError(f"expected 8-bit, 16-bit or float pixels, found {pixels.dtype}")
    clean = np.nan_to_num(pixels.astype(np.float32), nan=0.0, posinf=1.0, neginf=0.0)
    return (np.clip(clean, 0.0, 1.0) * 65535.0 + 0.5).astype(np.uint16)


def to_uint8(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Display values as 8 bit, rounded."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    return ((to_uint16(pixels).astype(np.uint32) + 128) // 257).astype(np.uint8)
