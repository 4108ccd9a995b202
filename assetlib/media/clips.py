"""Clips: H.264 in MP4 with exact frame rate and color tags, and decoding back to frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.media import MediaError
from assetlib.media.color import to_uint8

_CRF = "17"
# H.273 code points: 1 = BT.709 for primaries, transfer and matrix; range 1 = limited ("tv").
_BT709, _LIMITED = 1, 1
# One thread and no lookahead by threads: the encoder's output then depends on the frames alone.
_X264 = {"crf": _CRF, "preset": "medium", "threads": "1", "x264-params": "threads=1:sliced-threads=0:sync-lookahead=0"}


def write_mp4(frames: Iterable[npt.NDArray[np.generic]], path: Path, *, rate: Fraction) -> int:
    """Encodes (H, W, 3) display frames (8 or 16 bit, or float 0…1) as yuv420p; returns how many.

    Odd sizes lose their last row or column, since 4:2:0 has none. Equal frames give equal bytes. Raises MediaError
    for no frames, or frames of different size.
    """
    av = _av()
    staged = path.with_name(f".{path.name}.part")
    # Without bitexact the container would carry the encoder's version and the time of writing.
    options = {"movflags": "+faststart+write_colr", "fflags": "+bitexact"}
    try:
        with av.open(str(staged), "w", format="mp4", options=options) as container:
            count = _encode(av, container, frames, rate)
    except (av.FFmpegError, ValueError) as error:
        staged.unlink(missing_ok=True)
        raise MediaError(f"expected to encode {path.name}: {error}") from error
    except MediaError:
        staged.unlink(missing_ok=True)
        raise
    staged.replace(path)
    return count


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise MediaError("expected PyAV for clips, found none; install assetlib[media]") from error
    return av


def _encode(av: Any, container: Any, frames: Iterable[npt.NDArray[np.generic]], rate: Fraction) -> int:
    stream, count, size = None, 0, (0, 0)
    for pixels in frames:
        even = to_uint8(pixels)[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2, :3]
        if stream is None:
            size = even.shape[:2]
            stream = _stream(container, rate, size)
        elif even.shape[:2] != size:
            raise MediaError(f"expected frames of {size[1]}x{size[0]}, found {even.shape[1]}x{even.shape[0]}")
        frame = _frame(av, even)
        frame.pts, frame.time_base = count, 1 / rate
        container.mux(stream.encode(frame))
        count += 1
    if stream is None:
        raise MediaError("expected at least one frame, found none")
    container.mux(stream.encode(None))
    return count


def _stream(container: Any, rate: Fraction, size: tuple[int, ...]) -> Any:
    stream = container.add_stream("libx264", rate=rate, options=_X264)
    stream.height, stream.width = size
    stream.pix_fmt = "yuv420p"
    stream.time_base = 1 / rate
    context = stream.codec_context
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _LIMITED
    context.bit_rate = 0
    context.flags |= 1 << 23  # AV_CODEC_FLAG_BITEXACT
    return stream


def _frame(av: Any, pixels: npt.NDArray[np.uint8]) -> Any:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    # Without the matrix named here the scaler would use BT.601 and every saturated color would shift.
    matrix = {"src_colorspace": "ITU709", "dst_colorspace": "ITU709"}
    return frame.reformat(format="yuv420p", src_color_range="JPEG", dst_color_range="MPEG", **matrix)


def read_frames(path: Path) -> Iterator[npt.NDArray[np.uint8]]:
    """(H, W, 3) 8-bit display frames of a clip, in order."""
    av = _av()
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield frame.reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709").to_ndarray()
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(f"expected a readable clip, found {path}: {error}") from error
