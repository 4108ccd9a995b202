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
    of it on. Painted skies and lit windows do not: one in many of their pixels asks for all."""

    lens: Lens
    filled: npt.NDArray[np.intp]
    x: Floats
    y: Floats
    hits: Hits
    look: Look
    guide: Guide
    arriving: Floats
    answers: npt.NDArray[np.bool_]

    def asks(self) -> npt.NDArray[np.bool_]:
        """(N,) what answers to light, and one pixel in 64 of what does not."""
        column, row = self.x.astype(np.int32), self.y.astype(np.int32)
        return np.asarray(self.answers | ((column % 8 == 0) & (row % 8 == 0)))

    def fill_in(self, values: Floats, places: npt.NDArray[np.intp] | None = None) -> None:
        """Gives what answers to no light the mean value of its material's pixels that asked. `values` (…, N) are those
        of the filled pixels, or lie at `places` (N,) of a flat picture."""
        idle = np.flatnonzero(~self.answers)
        if not len(idle):
            return
        asked, material = self.asks()[idle], self.hits.material[idle]
        at = idle if places is None else places[idle]
        for number in np.unique(material):
            of = material == number
            some = at[of & asked]
            values[..., at[of]] = values[..., some].mean(axis=-1, keepdims=True) if len(some) else np.float32(0.0)

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
