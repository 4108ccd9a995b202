"""What a director decides about a shot, as plain values: who stands where, the camera, the light, the pace.

`assetlib.usd.compose` writes one as USD layers; from then on the layers are the truth and this value is not kept.
Space: right-handed, Y up, meters. Frames are integers in the shot's own count (the cut starts at 1001).
A heading of 0 faces +Z; positive headings turn counterclockwise seen from above, so 90 faces +X.

>>> Pacing(cut_in=1001, cut_out=1024, handles=8, rate=Fraction(24)).first
993
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from assetlib.model.asset import AssetKind
from assetlib.model.scene import LightKind
from assetlib.model.shot import Pin

Vec3 = tuple[float, float, float]


class Ease(StrEnum):
    """How values travel between keys: straight, or slow out of the first key and slow into the last."""

    LINEAR = "linear"
    SMOOTH = "smooth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """The cut's frames (inclusive), handles on both sides, exact frames per second, and the edit's time warp."""

    cut_in: int
    cut_out: int
    handles: int = 8
    rate: Fraction = Fraction(24)
    time_scalar: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if self.cut_out < self.cut_in or self.handles < 0 or self.rate <= 0:
            raise ValueError(
                f"expected cut_in ≤ cut_out, handles ≥ 0 and a positive rate, "
                f"found {self.cut_in}…{self.cut_out}, {self.handles}, {self.rate}"
            )

    @property
    def first(self) -> int:
        """First frame including handles."""
        return self.cut_in - self.handles

    @property
    def last(self) -> int:
        """Last frame including handles."""
        return self.cut_out + self.handles


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingKey:
    """A subject's mark: where it stands (meters) and which way it faces (degrees) at a frame."""

    frame: int
    position: Vec3 = (0.0, 0.0, 0.0)
    heading: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipUse:
    """An animation clip of the asset's own. `start` is the shot frame at which the clip's first frame plays.

    `speed` 2.0 plays twice as fast. A looped clip repeats in both directions, its last frame being its first.
    """

    clip: str
    start: int = 1001
    speed: float = 1.0
    loop: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A character or prop in the shot. `asset` is its root layer by search path.

    For example ``characters/hero/v003/hero.usda``. `variants` are (variant set, choice) pairs; without
    `blocking` the subject stands at the origin; `scale` multiplies its registered size.
    """

    name: str
    pin: Pin
    asset: str
    kind: AssetKind = AssetKind.CHARACTER
    variants: tuple[tuple[str, str], ...] = ()
    blocking: tuple[BlockingKey, ...] = ()
    ease: Ease = Ease.LINEAR
    clip: ClipUse | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUse:
    """A set the shot plays in, by search path like `Subject.asset`."""

    name: str
    pin: Pin
    asset: str
    variants: tuple[tuple[str, str], ...] = ()
    position: Vec3 = (0.0, 0.0, 0.0)
    heading: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraKey:
    """The camera at a frame. `focal_length` in millimeters; `focus_distance` in meters, None: on `look_at`.

    `f_stop` 0 means everything is sharp. `roll` in degrees, positive leans the camera to its left.
    """

    frame: int
    position: Vec3
    look_at: Vec3
    focal_length: float = 35.0
    focus_distance: float | None = None
    f_stop: float = 0.0
    roll: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotCamera:
    """A camera and its move; `aperture` is the filmback (width, height) in millimeters, 36 × 20.25 for 16:9."""

    keys: tuple[CameraKey, ...]
    aperture: tuple[float, float] = (36.0, 20.25)
    ease: Ease = Ease.SMOOTH
    name: str = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotLight:
    """A UsdLux light in film words. It shines from `position` toward `look_at`; a dome has neither.

    size: DISTANT (angle in degrees,), SPHERE and DISK (radius in m,), RECT (width, height in m), DOME ().
    Its brightness is intensity × 2**exposure; `intensity_keys` are (frame, intensity) pairs for flicker and
    dimming and replace `intensity`. `temperature` in kelvin tints `color`; None leaves `color` alone.
    `normalize` keeps the power when the size changes.
    """

    name: str
    kind: LightKind
    position: Vec3 = (0.0, 0.0, 0.0)
    look_at: Vec3 = (0.0, 0.0, 0.0)
    size: tuple[float, ...] = ()
    intensity: float = 1.0
    exposure: float = 0.0
    color: Vec3 = (1.0, 1.0, 1.0)
    temperature: float | None = None
    normalize: bool = False
    intensity_keys: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotDescription:
    """One shot. `code` is the full shot code (``sq010_sh0020``); `background` is linear Rec.709."""

    code: str
    sequence: str
    production: str
    pacing: Pacing
    camera: ShotCamera
    subjects: tuple[Subject, ...] = ()
    sets: tuple[SetUse, ...] = ()
    lights: tuple[ShotLight, ...] = ()
    background: Vec3 = (0.02, 0.022, 0.03)
    resolution: tuple[int, int] = (1920, 1080)
    version: str = "v001"
    timeline: str = ""
    clip: str = ""
    prompt: str = ""

    @property
    def pins(self) -> tuple[Pin, ...]:
        """Every pin the shot's layers carry, subjects first."""
        return tuple(subject.pin for subject in self.subjects) + tuple(use.pin for use in self.sets)
