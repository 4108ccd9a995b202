"""Passes against bare ray casting of the same rays, in the same run: what shading, smoothing and packing cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

from assetlib.model.scene import Scene
from assetlib.passes import render_passes
from assetlib.passes.lens import pixel_centers
from assetlib.passes.sampling import hemisphere, square
from assetlib.passes.tracing import Tracer
from assetlib.passes.world import world_of
from benchmarks.still_life import still_life

WIDTH, HEIGHT, DETAIL = 1280, 720, 156
_MOST_RATIO, _MOST_SECONDS = 3.0, 3.0
_ROUNDS = 3


def run() -> list[dict[str, Any]]:
    """Rows of the figures; the best of three rounds, since other work on the machine only ever slows down."""
    scene = still_life(detail=DETAIL)
    render_passes(scene, width=320, height=180)
    frame = _best(lambda: render_passes(scene, width=WIDTH, height=HEIGHT))
    one_sample = _best(lambda: cast_bare(scene, WIDTH, HEIGHT))
    cast = _rays_cast(scene)
    pair = _two_processes(scene)
    return [
        _row("passes.bare_one_sample", one_sample, "s"),
        _row("passes.bare_all_rays", cast, "s"),
        _row("passes.frame", frame, "s"),
        _row("passes.ratio_one_sample", frame / one_sample, "x", baseline=one_sample, demand=_MOST_RATIO),
        _row("passes.ratio_all_rays", frame / cast, "x", baseline=cast, demand=_MOST_RATIO),
        _row("passes.frame_two_processes", pair, "s", demand=_MOST_SECONDS),
    ]


def cast_bare(scene: Scene, width: int, height: int) -> None:
    """One primary ray a pixel and one shadow ray a light and hit, the sky counted as a light; nothing is shaded."""
    world = world_of(scene, width, height)
    x, y = pixel_centers(width, height)
    direction = world.lens.directions(x, y)
    found = world.nearest(world.lens.position[:, None], direction)
    filled = np.flatnonzero(found.triangle >= 0)
    hits = world.hits(found, filled, world.lens.position[:, None], direction)
    for number, lamp in enumerate(world.lamps):
        u, v = square(x[filled], y[filled], 0, number + 1)
        world.blocked(hits.lift, lamp.toward(hits.lift, u, v), 0.9999)
    if not world.sky.dark:
        u, v = square(x[filled], y[filled], 0, 0)
        world.blocked(hits.lift, hemisphere(hits.normal, u, v), 1e30)


def _rays_cast(scene: Scene) -> float:
    """Seconds that one frame's own rays take when nothing but the tracer runs."""
    spent = [0.0]

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            answer = method(*args, **kwargs)
            spent[0] += time.perf_counter() - start
            return answer

        return call

    kept = Tracer.__init__, Tracer.nearest, Tracer.blocked
    try:
        Tracer.__init__, Tracer.nearest, Tracer.blocked = (timed(m) for m in kept)  # type: ignore[method-assign]
        render_passes(scene, width=WIDTH, height=HEIGHT)
    finally:
        Tracer.__init__, Tracer.nearest, Tracer.blocked = kept  # type: ignore[method-assign]
    return spent[0]


def _two_processes(scene: Scene, frames: int = 6) -> float:
    """Wall seconds a frame when two processes share a shot; starting them is not counted."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_render_small, [scene, scene]))
        start = time.perf_counter()
        list(pool.map(_render_one, [scene] * frames))
        return (time.perf_counter() - start) / frames


def _render_small(scene: Scene) -> float:
    return float(render_passes(scene, width=320, height=180).alpha.mean())


def _render_one(scene: Scene) -> float:
    return float(render_passes(scene, width=WIDTH, height=HEIGHT).alpha.mean())


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _row(
    name: str, value: float, unit: str, *, baseline: float | None = None, demand: float | None = None
) -> dict[str, Any]:
    return {
        "issue": 2,
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 4),
        "ratio": None if baseline is None else round(value, 3),
        "demand": demand,
        "met": None if demand is None else value <= demand,
    }


if __name__ == "__main__":
    for row in run():
        print(row)
