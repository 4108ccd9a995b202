"""Framing a shot: what its layers say now is what gets pictured, and what is whole is not made again."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from assetlib.flows.frame_passes import FramingOrder, frame_passes

_LAYER = """#usda 1.0
(
    defaultPrim = "shot"
    metersPerUnit = 1
    upAxis = "Y"
)
def Xform "shot"
{
    def Camera "camera"
    {
        float focalLength = 35
        float horizontalAperture = 36
        double3 xformOp:translate = (0, 0, 6)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Cube "cube"
    {
        double size = SIZE
    }
    def DomeLight "sky"
    {
        float inputs:intensity = 1
    }
}
"""


def _order(folder: Path, frames: range) -> FramingOrder:
    return FramingOrder(
        root=folder / "shot.usda",
        search=folder,
        out=folder / "passes",
        frames=tuple(frames),
        width=64,
        height=36,
        rate=Fraction(24),
        quality="previs",
        controls=False,
    )


def _coverage(archive: Path) -> float:
    with zipfile.ZipFile(archive) as entries:
        alpha = np.load(io.BytesIO(entries.read("alpha.npy")))
    return float(alpha.mean())


def _frame(folder: Path, size: str, out: str, frames: range) -> list[float]:
    (folder / "shot.usda").write_text(_LAYER.replace("SIZE", size))
    order = replace(_order(folder, frames), out=folder / out)
    return [_coverage(one.beauty) for one in frame_passes(order, progress=lambda _: None)]


@pytest.mark.parametrize("frames", [range(1001, 1003), range(1001, 1008)], ids=["here", "in other processes"])
def test_a_layer_changed_since_the_last_framing_is_read_again(tmp_path: Path, frames: range) -> None:
    small = _frame(tmp_path, "1", "first", frames)
    large = _frame(tmp_path, "2", "second", frames)
    assert len(small) == len(large) == len(frames)
    assert min(large) > 2 * max(small) > 0.0


def test_a_frame_that_is_whole_is_not_made_again(tmp_path: Path) -> None:
    first = _frame(tmp_path, "1", "passes", range(1001, 1002))
    assert _frame(tmp_path, "2", "passes", range(1001, 1002)) == first


def test_progress_counts_frames_that_lay_there_already(tmp_path: Path) -> None:
    _frame(tmp_path, "1", "passes", range(1001, 1002))
    heard: list[int] = []
    frame_passes(_order(tmp_path, range(1001, 1003)), progress=heard.append)
    assert heard == [2]
