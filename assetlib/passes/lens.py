"""The camera: rays through pixels, and pixels of points. Pixel (0, 0) is the top left corner, y grows down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assetlib.model.scene import Camera, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """A camera at one time on a pixel grid. Directions have unit length along the optical axis, so that a ray's
    parameter is the planar depth in meters. The horizontal aperture fills the width; pixels are square."""

    axes: Floats
    position: Floats
    scale: float
    center: tuple[float, float]
    width: int
    height: int

    def directions(self, x: Floats, y: Floats) -> Floats:
        """(3, N) world directions through pixel positions."""
        right, up = self.on_plane(x, y)
        axes = self.axes
        return (axes[:, 0:1] * right + axes[:, 1:2] * up - axes[:, 2:3]).astype(np.float32)

    def on_plane(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return (x - self.center[0]) * np.float32(self.scale), (self.center[1] - y) * np.float32(self.scale)

    def project(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Pixel x, y and planar depth of (3, N) world points; points behind the camera get a huge position."""
        local = self.axes.T @ (points - self.position[:, None])
        depth = -local[2]
        safe = np.where(np.abs(depth) < 1e-6, np.float32(1e-6), depth)
        x = local[0] / (safe * self.scale) + self.center[0]
        y = self.center[1] - local[1] / (safe * self.scale)
        return x.astype(np.float32), y.astype(np.float32), depth.astype(np.float32)


def lens_at(camera: Camera, matrix: Floats, width: int, height: int) -> Lens:
    """The lens of `camera` placed by `matrix` (camera to world)."""
    axes = np.asarray(matrix, np.float64)[:3, :3]
    axes = axes / np.maximum(np.linalg.norm(axes, axis=0, keepdims=True), 1e-12)
    scale = camera.horizontal_aperture / camera.focal_length / width
    per_pixel = camera.horizontal_aperture / width
    center = (
        width / 2 - camera.horizontal_offset / per_pixel,
        height / 2 + camera.vertical_offset / per_pixel,
    )
    position = np.asarray(matrix, np.float32)[:3, 3]
    return Lens(axes=axes.astype(np.float32), position=position, scale=scale, center=center, width=width, height=height)


def pixel_centers(width: int, height: int) -> tuple[Floats, Floats]:
    """Flat x and y of every pixel center, rows first."""
    x = np.tile(np.arange(width, dtype=np.float32) + 0.5, height)
    y = np.repeat(np.arange(height, dtype=np.float32) + 0.5, width)
    return x, y
