"""UsdLux lights: how much arrives at a point without obstacles, where to send a shadow ray, and the highlight.

Irradiance is analytic or from fixed points on the light, so that it carries no noise; only visibility is sampled
(ratio estimator, Heitz et al. 2018, Combining Analytic Direct Illumination and Stochastic Shadows).
Units: radiance of the light as UsdLux gives it; `normalize` divides by the emitting area (solid angle for distant).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Light, LightKind
from assetlib.passes.geometry import dot, unit
from assetlib.passes.sampling import disk, frame_of

_SMALLEST = 1e-4
# Four points that stand for a light's area: centers of its quarters, half way to its sides.
_QUARTERS = ((-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A light ready for shading. `axes` columns x, y, z in world space; it shines along −z. `half` are half sizes
    in meters (radius twice for round ones; tangent of the half angle for distant ones)."""

    kind: LightKind
    radiance: Floats
    position: Floats
    axes: Floats
    half: tuple[float, float]

    def toward(self, points: Floats, u: Floats, v: Floats) -> Floats:
        """(3, N) unnormalized ways from points to the sample (u, v) of the light; the light lies at 1."""
        if self.kind is LightKind.RECT:
            return self._at(2.0 * u - 1.0, 2.0 * v - 1.0) - points
        a, b = disk(u, v)
        if self.kind is LightKind.DISK:
            return self._at(a, b) - points
        if self.kind is LightKind.DISTANT:
            far = self.axes[:, 2:3] + self.axes[:, 0:1] * (a * self.half[0]) + self.axes[:, 1:2] * (b * self.half[1])
            distant: Floats = (far * np.float32(1e4)).astype(np.float32)
            return distant
        return self._sphere_side(points, a, b)

    def _sphere_side(self, points: Floats, a: Floats, b: Floats) -> Floats:
        """A point on the disk that the sphere shows: seen from outside, sphere and disk look the same."""
        center = self.position[:, None] - points
        tangent, bitangent = frame_of(unit(center))
        return center + tangent * (a * self.half[0]) + bitangent * (b * self.half[0])

    def _at(self, a: Floats | float, b: Floats | float) -> Floats:
        x, y = self.axes[:, 0:1] * self.half[0], self.axes[:, 1:2] * self.half[1]
        place: Floats = (self.position[:, None] + x * a + y * b).astype(np.float32)
        return place

    def irradiance(self, points: Floats, normal: Floats) -> Floats:
        """(N,) what a unit radiance of this light brings to (3, N) points, in steradians times cosine."""
        if self.kind is LightKind.DISTANT:
            return np.maximum(dot(normal, self.axes[:, 2:3]), 0.0) * np.float32(self._distant_factor())
        if self.kind is LightKind.SPHERE:
            return self._sphere_irradiance(points, normal)
        return self._area_irradiance(points, normal)

    def _distant_factor(self) -> float:
        sine_squared = self.half[0] ** 2 / (1.0 + self.half[0] ** 2)
        return math.pi * sine_squared

    def _sphere_irradiance(self, points: Floats, normal: Floats) -> Floats:
        way = self.position[:, None] - points
        squared = np.maximum(dot(way, way), np.float32(self.half[0] ** 2))
        sine_squared = np.float32(self.half[0] ** 2) / squared
        cosine = dot(way, normal) / np.sqrt(squared)
        sine = np.sqrt(sine_squared)
        # At the horizon a sphere sets gradually over its own radius.
        shown = np.where(cosine > sine, cosine, np.maximum(cosine + sine, 0.0) ** 2 / np.maximum(4.0 * sine, 1e-6))
        return (np.float32(math.pi) * sine_squared * shown).astype(np.float32)

    def _area_irradiance(self, points: Floats, normal: Floats) -> Floats:
        """From the centers of the light's quarters. They share their height over the point, and each one's square of
        distance and cosine follow from those of the light's center."""
        round_factor = math.pi / 4.0 if self.kind is LightKind.DISK else 1.0
        area = np.float32(4.0 * self.half[0] * self.half[1] * round_factor / len(_QUARTERS))
        x, y = self.axes[:, 0:1] * np.float32(self.half[0] / 2), self.axes[:, 1:2] * np.float32(self.half[1] / 2)
        center = self.position[:, None] - points
        middle = dot(center, center) + np.float32((self.half[0] ** 2 + self.half[1] ** 2) / 4)
        away_x, away_y = dot(center, x) * np.float32(2.0), dot(center, y) * np.float32(2.0)
        straight, tilt_x, tilt_y = dot(center, normal), dot(normal, x), dot(normal, y)
        total = np.zeros(points.shape[1], np.float32)
        for a, b in _QUARTERS:
            squared = np.maximum(middle + a * away_x + b * away_y, area)
            cosine = np.maximum(straight + a * tilt_x + b * tilt_y, np.float32(0.0))
            squared *= squared
            cosine /= squared
            total += cosine
        # It emits along −z, so a lit point sees its center along +z.
        total *= np.maximum(dot(center, self.axes[:, 2:3]), np.float32(0.0))
        total *= area
        return total

    def gleam(self, points: Floats, normal: Floats, mirrored: Floats, facing: Floats) -> tuple[Floats, Floats, Floats]:
        """How the part of the light nearest to the mirror direction lies (Karis 2013, Real Shading in Unreal Engine 4,
        representative point): its cosine to the normal and to the eye, and the light's half angle. `facing` (N,) is
        the cosine of normal and eye."""
        if self.kind is LightKind.DISTANT:
            half = np.full(points.shape[1], self.half[0], np.float32)
            center = np.broadcast_to(self.axes[:, 2:3], points.shape)
            return *_nearest_in_cone(center, normal, mirrored, facing, half), half
        center = self.position[:, None] - points
        distance: Floats = np.sqrt(np.maximum(dot(center, center), np.float32(1e-8)))
        angle: Floats = np.float32(min(self.half)) / distance
        if self.kind is LightKind.SPHERE:
            center /= distance
            return *_nearest_in_cone(center, normal, mirrored, facing, angle), angle
        return *self._nearest_on_plane(center, normal, mirrored, facing), angle

    def _nearest_on_plane(
        self, center: Floats, normal: Floats, mirrored: Floats, facing: Floats
    ) -> tuple[Floats, Floats]:
        own = self.axes.T
        (x, y, height), local, straight = own @ center, own @ mirrored, own @ normal
        along = np.where(local[2] > 1e-4, height / np.maximum(local[2], np.float32(1e-4)), np.float32(1e4))
        np.clip(along, 0.0, 1e4, out=along)
        a, b = self._inside(local[0] * along - x, local[1] * along - y)
        a += x
        b += y
        scale = 1.0 / np.sqrt(np.maximum(a * a + b * b + height * height, np.float32(1e-30)))
        to_normal = (a * straight[0] + b * straight[1] + height * straight[2]) * scale
        to_mirrored = (a * local[0] + b * local[1] + height * local[2]) * scale
        return to_normal, 2.0 * facing * to_normal - to_mirrored

    def _inside(self, a: Floats, b: Floats) -> tuple[Floats, Floats]:
        """The point of the light nearest to (a, b) meters from its center."""
        wide, high = np.float32(self.half[0]), np.float32(self.half[1])
        if self.kind is LightKind.DISK:
            beyond: Floats = np.sqrt((a / wide) ** 2 + (b / high) ** 2)
            shrink: Floats = np.reciprocal(np.maximum(beyond, np.float32(1.0)))
            return a * shrink, b * shrink
        return np.clip(a, -wide, wide, dtype=np.float32), np.clip(b, -high, high, dtype=np.float32)


def _nearest_in_cone(
    center: Floats, normal: Floats, mirrored: Floats, facing: Floats, tangent: Floats
) -> tuple[Floats, Floats]:
    """Cosines to normal and eye of the direction in a cone about `center` that is nearest to `mirrored`. All vectors
    have unit length, so the way from `center` to `mirrored`, seen from `center`, needs no vectors."""
    to_mirrored, to_normal = dot(mirrored, center), dot(normal, center)
    away = np.sqrt(np.maximum(1.0 - to_mirrored * to_mirrored, np.float32(1e-12)))
    turn = np.minimum(np.float32(1.0), tangent / away)
    scale = 1.0 / np.sqrt(1.0 + (turn * away) ** 2)
    leaning = (to_normal + turn * (facing - to_mirrored * to_normal)) * scale
    ahead = (to_mirrored + turn * (away * away)) * scale
    return leaning, 2.0 * facing * leaning - ahead


def lamps_of(lights: tuple[Light, ...]) -> tuple[Lamp, ...]:
    """Every light but domes. Black ones are left out."""
    return tuple(_lamp(light) for light in lights if light.kind is not LightKind.DOME and max(light.color) > 0.0)


def _lamp(light: Light) -> Lamp:
    matrix = np.asarray(light.transform, np.float64)
    scale = np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-12)
    axes = (matrix[:3, :3] / scale).astype(np.float32)
    half = _half_sizes(light, scale)
    radiance = np.asarray(light.color, np.float64)
    if light.normalize:
        radiance = radiance / _emitting(light.kind, half)
    return Lamp(
        kind=light.kind,
        radiance=radiance.astype(np.float32),
        position=matrix[:3, 3].astype(np.float32),
        axes=axes,
        half=half,
    )


def _half_sizes(light: Light, scale: npt.NDArray[np.float64]) -> tuple[float, float]:
    size = light.size or (0.0,)
    if light.kind is LightKind.DISTANT:
        tangent = max(math.tan(math.radians(min(size[0], 170.0)) / 2), _SMALLEST)
        return tangent, tangent
    if light.kind is LightKind.RECT:
        return max(size[0] * scale[0] / 2, _SMALLEST), max(size[-1] * scale[1] / 2, _SMALLEST)
    return max(size[0] * scale[0], _SMALLEST), max(size[0] * scale[1], _SMALLEST)


def _emitting(kind: LightKind, half: tuple[float, float]) -> float:
    if kind is LightKind.RECT:
        return 4.0 * half[0] * half[1]
    if kind is LightKind.DISTANT:
        return math.pi * half[0] ** 2 / (1.0 + half[0] ** 2)
    return math.pi * half[0] * half[1] * (4.0 if kind is LightKind.SPHERE else 1.0)
