"""Frame a shot: render its passes from its layers, frame by frame, on two processes.

What is written per frame: the archive that a generator is sent (only what it reads), and the scene-linear EXR
with its passes that stays with the take. A frame that lies there already is not made again.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assetlib.model.scene import Passes
from provenance.digest import Digest, digest_file

if TYPE_CHECKING:
    from assetlib.usd.extract import ExtractCache

_PROCESSES = 2
_PIECE = 5  # frames at a time: progress shows, an interruption loses little, and both processes end together
_RUNS = itertools.count()
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingOrder:
    """What one process renders: `root` is the shot's root layer, `search` where assets lie, `out` the folder."""

    root: Path
    search: Path
    out: Path
    frames: tuple[int, ...]
    width: int
    height: int
    rate: Fraction
    quality: str
    controls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FramedFrame:
    """One frame's files: the beauty archive, the EXR and, when asked for, the metric depth (`.npy`)."""

    frame: int
    beauty: Path
    digest: Digest
    exr: Path
    depth: Path | None
    warnings: tuple[str, ...]


def frame_passes(order: FramingOrder, *, progress: Callable[[int], None]) -> tuple[FramedFrame, ...]:
    """Render every frame of `order`; `progress` hears how many are done. Raises what the renderer raises."""
    order.out.mkdir(parents=True, exist_ok=True)
    missing = tuple(frame for frame in order.frames if not _is_done(order, frame))
    done = len(order.frames) - len(missing)
    warnings: dict[int, tuple[str, ...]] = {}
    for frame, notes in _rendered(order, missing):
        warnings[frame] = notes
        done += 1
        progress(done)
    return tuple(_framed(order, frame, warnings.get(frame, ())) for frame in order.frames)


def _rendered(order: FramingOrder, missing: Sequence[int]) -> Iterator[tuple[int, tuple[str, ...]]]:
    run = next(_RUNS)
    if len(missing) <= 2:
        yield from _render(order, tuple(missing), run)
        _forget()
        return
    release = hold_render_processes()
    try:
        yield from _rendered_elsewhere(order, missing, run)
    finally:
        release()


def _rendered_elsewhere(order: FramingOrder, missing: Sequence[int], run: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    pool = _PROCESSES_HELD.executor()
    # neighbors in time stay together: points skinned for the next frame are kept for it
    pieces = [tuple(missing[at : at + _PIECE]) for at in range(0, len(missing), _PIECE)]
    waiting = [pool.submit(_render, order, piece, run) for piece in pieces]
    try:
        for future in as_completed(waiting):
            yield from future.result()
    except BrokenProcessPool:
        _PROCESSES_HELD.forget(pool)
        raise
    finally:
        for future in waiting:
            future.cancel()


class _RenderProcesses:
    """Two processes for all shots of this process: starting one and importing USD into it takes seconds.

    They start when first asked for and end when the last who holds them lets go.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._holders = 0
        self._executor: ProcessPoolExecutor | None = None

    def hold(self) -> None:
        with self._turn:
            self._holders += 1

    def release(self) -> None:
        with self._turn:
            self._holders -= 1
            ending, self._executor = (None, self._executor) if self._holders else (self._executor, None)
        if ending is not None:
            _end(ending)

    def executor(self) -> ProcessPoolExecutor:
        with self._turn:
            if self._executor is None:
                context = multiprocessing.get_context("spawn")  # a fork would carry open databases and keys along
                self._executor = ProcessPoolExecutor(
                    _PROCESSES, context, initializer=_end_with, initargs=(os.getpid(),)
                )
            return self._executor

    def forget(self, broken: ProcessPoolExecutor) -> None:
        """The next who asks gets new ones."""
        with self._turn:
            if self._executor is broken:
                self._executor = None
        _end(broken)


_PROCESSES_HELD = _RenderProcesses()


def hold_render_processes() -> Callable[[], None]:
    """Keep the render processes from one shot to the next; call what is returned to let go of them."""
    _PROCESSES_HELD.hold()
    return _PROCESSES_HELD.release


def render_elsewhere(work: Callable[..., _Made], *given: Any) -> Future[_Made]:
    """Begin `work(*given)` in one of the render processes; a caller holds them until it has its answer."""
    return _PROCESSES_HELD.executor().submit(work, *given)


def _end(executor: ProcessPoolExecutor) -> None:
    """At once, also in the middle of a frame: what they write appears whole or not at all."""
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


def _end_with(parent: int) -> None:
    """End a renderer whose parent was killed: the job may be taken up elsewhere, in the same folder."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


@dataclass(slots=True)
class _Held:
    """The open stage of the run that this process renders. Another run may have changed the same layers on disk."""

    run: int = -1
    cache: ExtractCache | None = None


_HELD = _Held()


def _stage_of(run: int) -> ExtractCache:
    from assetlib.usd.extract import ExtractCache

    if _HELD.cache is None or _HELD.run != run:
        _forget()
        _HELD.run, _HELD.cache = run, ExtractCache()
    return _HELD.cache


def _forget() -> None:
    """Let go of the stage, at once: a layer that something still holds would not be read again."""
    _HELD.cache = None
    gc.collect()


def _render(order: FramingOrder, frames: tuple[int, ...], run: int) -> list[tuple[int, tuple[str, ...]]]:
    """Runs in a process of its own; keeps the stage of a run open between its pieces."""
    from assetlib.passes.render import render_passes
    from assetlib.usd.extract import extract_scene

    kept, found = _stage_of(run), []
    for frame in frames:
        scene = extract_scene(order.root, frame, search_paths=(order.search,), cache=kept)
        passes = render_passes(scene, width=order.width, height=order.height, quality=order.quality)
        _write(order, passes)
        found.append((frame, scene.warnings))
    return found


def _write(order: FramingOrder, passes: Passes) -> None:
    import numpy as np

    from assetlib.media.exr import write_exr
    from assetlib.passes.archive import picture_bytes

    beauty, exr, depth = _paths(order, passes.frame)
    layers = {"depth": np.minimum(passes.depth, np.float32(1e6)), "entity": passes.entity}
    with _appearing(exr) as staged:
        write_exr(staged, passes.beauty, alpha=passes.alpha, layers=layers, rate=order.rate)
    if order.controls:
        with _appearing(depth) as staged, staged.open("wb") as stream:
            np.save(stream, passes.depth)
    # the archive comes last: it is what says that the frame is whole
    with _appearing(beauty) as staged:
        staged.write_bytes(picture_bytes(passes))


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A name beside `target` to write under; what stands there then takes the place of `target`, whole."""
    staged = target.with_name(f".{os.getpid()}-{target.name}")
    yield staged
    staged.replace(target)


def _paths(order: FramingOrder, frame: int) -> tuple[Path, Path, Path]:
    return order.out / f"{frame}.npz", order.out / f"{frame}.exr", order.out / f"{frame}.depth.npy"


def _is_done(order: FramingOrder, frame: int) -> bool:
    beauty, exr, depth = _paths(order, frame)
    return beauty.is_file() and exr.is_file() and (depth.is_file() or not order.controls)


def _framed(order: FramingOrder, frame: int, warnings: tuple[str, ...]) -> FramedFrame:
    beauty, exr, depth = _paths(order, frame)
    return FramedFrame(
        frame=frame,
        beauty=beauty,
        digest=digest_file(beauty),
        exr=exr,
        depth=depth if order.controls else None,
        warnings=warnings,
    )
