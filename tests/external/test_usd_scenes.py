"""Real assets of the USD working group become pictures' raw material; what cannot be read is said, never raised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assetlib.model.scene import Scene
from assetlib.usd.extract import ExtractCache, extract_scene
from tests.shared_data import shared

USD = shared("usd")
LAYERS = sorted(path.relative_to(USD).as_posix() for path in USD.rglob("*.usd*") if path.suffix != ".usdz")


def scene(layer: str, frame: int = 1) -> Scene:
    path = USD / layer
    return extract_scene(path, frame, search_paths=[USD / Path(layer).parts[0]])


def triangles(found: Scene) -> int:
    return sum(len(mesh.triangles) for mesh in found.meshes)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_read_without_a_crash_and_its_arrays_are_sound(layer: str) -> None:
    found = scene(layer)
    for mesh in found.meshes:
        assert np.isfinite(mesh.points).all()
        assert mesh.triangles.max(initial=0) < len(mesh.points)
        assert mesh.materials.max(initial=0) < len(found.materials)
        assert mesh.points.shape == mesh.next_points.shape == mesh.rest.shape


def test_the_teapot_is_of_a_teapots_size_and_density() -> None:
    found = scene("Teapot/Teapot.usd")
    assert triangles(found) == 2472
    height = max(float(np.ptp(mesh.points[:, 1])) for mesh in found.meshes)
    assert 0.1 < height < 0.5


def test_the_chess_set_stands_with_all_its_pawns_though_its_materials_are_unreadable() -> None:
    found = scene("OpenChessSet/chess_set.usda")
    assert 1_000_000 < triangles(found) < 2_000_000
    assert sum("Pawn" in mesh.path and mesh.path.endswith("]") for mesh in found.meshes) >= 16
    assert any(".mtlx" in sentence for sentence in found.warnings)


def test_the_elephant_is_skinned_and_moves() -> None:
    layer, cache = USD / "ElephantWithMonochord/SoC-ElephantWithMonochord.usdc", ExtractCache()
    first, later = (extract_scene(layer, frame, search_paths=[layer.parent], cache=cache) for frame in (0, 300))
    moved = [float(np.abs(a.points - b.points).max()) for a, b in zip(first.meshes, later.meshes, strict=True)]
    assert max(moved) > 0
    assert len(first.textures) == 2
    assert all(np.array_equal(a.rest, b.rest) for a, b in zip(first.meshes, later.meshes, strict=True))


def test_the_blocks_wear_their_textures_and_have_their_own_camera_and_sun() -> None:
    found = scene("McUsd/McUsd.usda")
    assert len(found.textures) > 40
    assert found.camera.path == "/McUsd/Camera"
    assert len(found.lights) == 2


def test_a_missing_cookie_is_a_sentence() -> None:
    assert any("UsdCookie.usdz" in sentence for sentence in scene("UsdCookie/UsdCookie_thumbnail.usda").warnings)
