from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from assetlib.media import MediaError
from assetlib.media.clips import read_frames, write_mp4

RATE = Fraction(24000, 1001)


def _frames(count: int = 5, size: tuple[int, int] = (48, 64)) -> list[np.ndarray]:  # type: ignore[type-arg]
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    return [np.stack([x / size[1], y / size[0], np.full_like(x, k / count)], -1) for k in range(count)]


def test_rate_is_exact_and_color_is_tagged(tmp_path: Path) -> None:
    assert write_mp4(_frames(), tmp_path / "a.mp4", rate=RATE) == 5
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (stream.average_rate, stream.frames, context.pix_fmt) == (RATE, 5, "yuv420p")
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert float(stream.duration * stream.time_base) == pytest.approx(5 * 1001 / 24000)


def test_frames_come_back_in_order_and_in_color(tmp_path: Path) -> None:
    flat = [np.broadcast_to(np.array(c, np.uint8), (48, 64, 3)) for c in ((200, 30, 30), (30, 200, 30), (30, 30, 200))]
    write_mp4(flat, tmp_path / "a.mp4", rate=RATE)
    for frame, color in zip(read_frames(tmp_path / "a.mp4"), flat, strict=True):
        assert np.abs(frame.astype(int) - color).max() <= 6


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_mp4(_frames(), tmp_path / name, rate=RATE)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_odd_sizes_lose_their_last_row_and_column(tmp_path: Path) -> None:
    write_mp4(_frames(2, (49, 65)), tmp_path / "a.mp4", rate=RATE)
    assert next(iter(read_frames(tmp_path / "a.mp4"))).shape == (48, 64, 3)


@pytest.mark.parametrize("frames", [[], _frames(1) + _frames(1, (32, 32))], ids=["none", "two_sizes"])
def test_frames_that_make_no_clip_are_refused_and_leave_nothing(tmp_path: Path, frames: list[np.ndarray]) -> None:  # type: ignore[type-arg]
    with pytest.raises(MediaError, match="expected"):
        write_mp4(frames, tmp_path / "a.mp4", rate=RATE)
    assert not list(tmp_path.iterdir())


def test_a_text_file_is_no_clip(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no")
    with pytest.raises(MediaError, match="expected a readable clip"):
        list(read_frames(tmp_path / "a.mp4"))
