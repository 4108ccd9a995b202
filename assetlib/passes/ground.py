"""What a picture shows before it is lit, and how values at its filled pixels become a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats
from assetlib.passes.geometry import Hits
from assetlib.passes.lens import Lens
from assetlib.passes.looks import Look
from assetlib.passes.smoothing import Guide


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a picture shows before it is lit: N filled pixels (flat numbers, centers x and y), their hits and looks,
    `arriving` (L, N), the light of each lamp if nothing were between, and `answers` (N,), whether the surface sends any
    of it on. Painted skies and lit windows do not: one in many of their pixels `asks` (N,) for all of its material,
    and `idle` lists them by material."""

    lens: Lens
    filled: npt.NDArray[np.intp]
    x: Floats
    y: Floats
    hits: Hits
    look: Look
    guide: Guide
    arriving: Floats
    answers: npt.NDArray[np.bool_]
    asks: npt.NDArray[np.bool_]
    idle: tuple[npt.NDArray[np.intp], ...]

    def fill_in(self, values: Floats, places: npt.NDArray[np.intp] | None = None) -> None:
        """Gives what answers to no light the mean value of its material's pixels that asked. `values` (…, N) are those
        of the filled pixels, or lie at `places` (N,) of a flat picture."""
        for alike in self.idle:
            asked = alike[self.asks[alike]]
            at, some = (alike, asked) if places is None else (places[alike], places[asked])
            for row in values.reshape(-1, values.shape[-1]):
                row[at] = row[some].mean() if len(some) else np.float32(0.0)

    def picture(self, values: Floats, empty: float) -> Floats:
        """(…, N) values of the filled pixels as (…, H, W)."""
        return fill((self.lens.height, self.lens.width), self.filled, values, empty)

    def marked(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """(N,) marks of the filled pixels as (H, W)."""
        shape = self.lens.height, self.lens.width
        if len(chosen) == shape[0] * shape[1]:
            return chosen.reshape(shape)
        mask = np.zeros(shape[0] * shape[1], bool)
        mask[self.filled] = chosen
        return mask.reshape(shape)


def one_in_64(x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    """(N,) every eighth pixel of every eighth row."""
    return np.asarray(((x.astype(np.int32) | y.astype(np.int32)) & 7) == 0)


def idle_materials(answers: npt.NDArray[np.bool_], material: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.intp], ...]:
    """The pixels that do not answer to light, for each material among them. What shines has a material of its own, so
    that its number is not negative."""
    idle = np.flatnonzero(~answers)
    kinds = material[idle]
    return tuple(idle[kinds == number] for number in np.flatnonzero(np.bincount(kinds)))


def fill(shape: tuple[int, int], filled: npt.NDArray[np.intp], values: Floats, empty: float | np.float32) -> Floats:
    """(…, N) values at flat pixel numbers as (…, H, W)."""
    if len(filled) == shape[0] * shape[1]:
        return np.array(values, np.float32).reshape(*values.shape[:-1], *shape)
    full = np.full((*values.shape[:-1], shape[0] * shape[1]), empty, np.float32)
    if not len(filled):
        return full.reshape(*values.shape[:-1], *shape)
    for row, given in zip(full.reshape(-1, full.shape[-1]), values.reshape(-1, len(filled)), strict=True):
        row[filled] = given
    return full.reshape(*values.shape[:-1], *shape)
