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
from benchmarks.demo_shots import demo_scenes
from benchmarks.still_life import still_life

WIDTH, HEIGHT, DETAIL = 1280, 720, 156
_MOST_RATIO, _MOST_SECONDS = 3.0, 3.0
_ROUNDS = 3
_SHOTS, _FRAME = ("sq010_sh0010", "sq010_sh0030", "sq010_sh0040", "sq010_sh0080"), 1015


def run() -> list[dict[str, Any]]:
    """Rows of the figures; the best of three rounds, since other work on the machine only ever slows down."""
    scene = still_life(detail=DETAIL)
    render_passes(scene, width=320, height=180)
    frame = _best(lambda: render_passes(scene, width=WIDTH, height=HEIGHT))
    one_sample = min(cast_bare(scene, WIDTH, HEIGHT) for _ in range(_ROUNDS))
    cast = min(_rays_cast(scene) for _ in range(_ROUNDS))
    pair = _two_processes(scene)
    return [
        _row("passes.bare_one_sample", one_sample, "s"),
        _row("passes.bare_all_rays", cast, "s"),
        _row("passes.frame", frame, "s"),
        _row("passes.ratio_one_sample", frame / one_sample, "x", baseline=one_sample, demand=_MOST_RATIO),
        _row("passes.ratio_all_rays", frame / cast, "x", baseline=cast, demand=_MOST_RATIO),
        _row("passes.frame_two_processes", pair, "s", demand=_MOST_SECONDS),
        *_demo_rows(),
    ]


def _demo_rows() -> list[dict[str, Any]]:
    """The demo's shots, one frame each: processor seconds, which other work on the machine disturbs less."""
    rows = []
    with demo_scenes(_SHOTS, _FRAME) as scenes:
        for code, scene in scenes:
            render_passes(scene, width=320, height=180)
            bare = min(cast_bare(scene, WIDTH, HEIGHT) for _ in range(_ROUNDS))
            frame = _best(lambda scene=scene: render_passes(scene, width=WIDTH, height=HEIGHT))  # type: ignore[misc]
            pair = _two_processes(scene, frames=4)
            rows += [
                _row(f"passes.{code}.bare_one_sample", bare, "s"),
                _row(f"passes.{code}.frame", frame, "s"),
                _row(f"passes.{code}.ratio_one_sample", frame / bare, "x", baseline=bare, demand=_MOST_RATIO),
                _row(f"passes.{code}.frame_two_processes", pair, "s", demand=_MOST_SECONDS),
            ]
    return rows


def cast_bare(scene: Scene, width: int, height: int) -> float:
    """Processor seconds for the triangles' hierarchy, one primary ray a pixel and one shadow ray a light and hit, a
    dome that shines counted as a light. Rays are made ready outside the clock and nothing is shaded: the least that any
    renderer must do."""
    world = world_of(scene, width, height, traced=False)
    x, y = pixel_centers(width, height)
    origin, direction = world.lens.position[:, None], world.lens.directions(x, y)
    start = time.process_time()
    tracer = Tracer(world.surface.points, world.surface.triangles)
    found = tracer.nearest(origin, direction)
    spent = time.process_time() - start
    filled = np.flatnonzero(found.triangle >= 0)
    hits = world.hits(found, filled, origin, direction)
    for number, lamp in enumerate(world.lamps):
        way = lamp.toward(hits.lift, *square(x[filled], y[filled], 0, number + 1))
        start = time.process_time()
        tracer.blocked(hits.lift, way, 0.9999)
        spent += time.process_time() - start
    if world.sky.dark:
        return spent
    way = hemisphere(hits.normal, *square(x[filled], y[filled], 0, 0))
    start = time.process_time()
    tracer.blocked(hits.lift, way, 1e30)
    return spent + time.process_time() - start


def _rays_cast(scene: Scene) -> float:
    """Processor seconds that one frame's own rays take when nothing but the tracer runs."""
    spent = [0.0]

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.process_time()
            answer = method(*args, **kwargs)
            spent[0] += time.process_time() - start
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
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
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
