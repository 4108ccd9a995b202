import numpy as np
import pytest

from assetlib.model.scene import Texture
from assetlib.passes.textures import build_atlas, srgb_to_linear


def _sample(texture: Texture, u: float, v: float, footprint: float = 0.0) -> np.ndarray:  # type: ignore[type-arg]
    atlas = build_atlas((texture,))
    uv = np.array([[u], [v]], np.float32)
    return atlas.sample(np.zeros(1, np.int32), uv, np.array([footprint], np.float32))[:, 0]


GRAY_RAMP = Texture(name="r", pixels=np.array([[[0], [255]]], np.uint8), srgb=False)


def test_texel_centers_show_the_texel_and_between_is_blended() -> None:
    assert _sample(GRAY_RAMP, 0.25, 0.5)[0] == 0.0
    assert _sample(GRAY_RAMP, 0.75, 0.5)[0] == 1.0
    assert _sample(GRAY_RAMP, 0.5, 0.5)[0] == pytest.approx(0.5)


def test_repeat_blends_across_the_seam_and_clamp_does_not() -> None:
    clamped = Texture(name="c", pixels=GRAY_RAMP.pixels, srgb=False, wrap="clamp")
    assert _sample(GRAY_RAMP, 0.0, 0.5)[0] == pytest.approx(0.5)
    assert _sample(clamped, 0.0, 0.5)[0] == 0.0
    assert _sample(GRAY_RAMP, -3.25, 0.5)[0] == 1.0


def test_a_wide_footprint_sees_the_mean_in_linear_light() -> None:
    checks = (np.indices((8, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None]
    assert _sample(Texture(name="k", pixels=checks, srgb=True), 0.3, 0.6, footprint=1.0)[0] == pytest.approx(0.5)


def test_srgb_is_decoded_by_its_standard() -> None:
    assert srgb_to_linear(np.array([0.0, 0.04045, 0.5, 1.0], np.float32)) == pytest.approx(
        [0.0, 0.0031308, 0.2140411, 1.0], rel=1e-4
    )


def test_an_empty_picture_is_shown_as_magenta() -> None:
    assert _sample(Texture(name="e", pixels=np.zeros((0, 0, 3), np.uint8), srgb=True), 0.5, 0.5)[:3].tolist() == [
        1,
        0,
        1,
    ]
