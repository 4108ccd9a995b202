import numpy as np
import pytest

from assetlib.passes import render, render_passes, tracing
from assetlib.passes.rasterize import rasterize_passes
from benchmarks.still_life import still_life
from tests.unit.assetlib.passes.small_scenes import ball, floor, scene, wall

SIZE = {"width": 160, "height": 90}


def _edges(ids: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    grown = np.zeros(ids.shape, bool)
    for axis in (0, 1):
        grown |= (np.roll(ids, 1, axis) != ids) | (np.roll(ids, -1, axis) != ids)
    return grown


def test_raster_and_traced_ids_agree_but_for_single_edge_pixels() -> None:
    still = still_life(detail=48)
    raster, traced = rasterize_passes(still, samples=1, **SIZE), render_passes(still, **SIZE)
    differ = raster.entity != traced.entity
    assert differ.mean() < 0.002
    assert not (differ & ~_edges(traced.entity)).any()


def test_raster_and_traced_geometry_agree_inside() -> None:
    still = still_life(detail=48)
    raster, traced = rasterize_passes(still, samples=1, **SIZE), render_passes(still, **SIZE)
    inside = (traced.entity == raster.entity) & ~_edges(traced.part) & np.isfinite(traced.depth)
    assert np.allclose(raster.depth[inside], traced.depth[inside], rtol=2e-3)
    assert (raster.normal * traced.normal).sum(axis=2)[inside].min() > 0.9
    assert np.allclose(raster.motion[inside], traced.motion[inside], atol=0.05)


def test_triangles_through_the_camera_plane_need_no_clipping() -> None:
    passes = rasterize_passes(scene(floor(-1.0)), **SIZE)
    assert (passes.entity[50:] == 1).all()
    assert np.isfinite(passes.depth[50:]).all()


def test_nearer_surfaces_hide_farther_ones_in_any_order() -> None:
    for meshes in ((wall(-5.0), wall(-2.0, entity=2)), (wall(-2.0, entity=2), wall(-5.0))):
        assert (rasterize_passes(scene(*meshes), **SIZE).entity == 2).all()


def test_the_rasterizer_stands_in_where_embreex_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "available", lambda: False)
    passes = render.render_passes(scene(ball((0, 0, -3), 1.0)), **SIZE)
    assert ("shadows", "none") in passes.info
    assert passes.alpha.any()
