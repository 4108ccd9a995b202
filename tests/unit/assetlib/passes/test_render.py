from dataclasses import replace

import numpy as np
import pytest

from assetlib.model.scene import Floats, Light, LightKind, Material, Mesh, Texture
from assetlib.passes import PassesError, archive_bytes, render_passes
from assetlib.passes.smoothing import Guide, smooth
from assetlib.passes.tracing import Tracer
from tests.unit.assetlib.passes.small_scenes import (
    GRAY,
    at,
    ball,
    camera,
    dome,
    downward,
    floor,
    looking_down,
    quad,
    scene,
    sun,
    wall,
)

SIZE = {"width": 64, "height": 48}


def test_depth_of_a_wall_is_planar_and_metric() -> None:
    passes = render_passes(scene(wall(-5.0)), **SIZE)
    assert np.allclose(passes.depth, 5.0, atol=1e-4)


def test_depth_is_infinite_and_alpha_zero_where_nothing_is() -> None:
    passes = render_passes(scene(), **SIZE)
    assert np.isinf(passes.depth).all()
    assert not passes.alpha.any()
    assert not passes.entity.any()


def test_clipping_range_hides_what_lies_before_and_behind_it() -> None:
    near = render_passes(scene(wall(-5.0), wall(-1.0, entity=2), camera=camera(near=2.0)), **SIZE)
    far = render_passes(scene(wall(-5.0), camera=camera(far=4.0)), **SIZE)
    assert (near.entity == 1).all()
    assert np.isinf(far.depth).all()


def test_normals_of_a_ball_point_from_its_center() -> None:
    passes = render_passes(scene(ball((0, 0, -3), 1.0)), width=128, height=128)
    seen = passes.alpha == 1.0
    y, x = np.nonzero(seen & (passes.entity == 1))
    ray = np.stack([(x + 0.5 - 64) / 64, (64 - y - 0.5) / 64, -np.ones(len(x))], -1)
    point = ray * passes.depth[y, x, None]
    expected = point - (0, 0, -3)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert len(x) > 1000
    assert np.abs(np.linalg.norm(passes.normal[y, x], axis=1) - 1).max() < 1e-4
    assert (passes.normal[y, x] * expected).sum(axis=1).min() > 0.99


def test_motion_of_a_drifting_wall_is_in_pixels_and_y_grows_down() -> None:
    # At depth 4 a 90 degree lens shows 8 m over 64 pixels: 0.5 m are 4 pixels.
    passes = render_passes(scene(wall(-4.0, drift=(0.5, 0.25, 0.0))), **SIZE)
    assert np.allclose(passes.motion[..., 0], 4.0, atol=1e-3)
    assert np.allclose(passes.motion[..., 1], -2.0, atol=1e-3)


def test_motion_of_a_camera_move_is_the_other_way() -> None:
    passes = render_passes(scene(wall(-4.0), camera=camera(following=at(x=0.5))), **SIZE)
    assert np.allclose(passes.motion[..., 0], -4.0, atol=1e-3)
    assert np.allclose(passes.motion[..., 1], 0.0, atol=1e-3)


def test_rest_position_is_that_of_the_asset_not_of_the_shot() -> None:
    passes = render_passes(scene(wall(-5.0)), **SIZE)
    assert np.allclose(passes.pref[..., 2], 95.0, atol=1e-3)


def test_ids_cover_exactly_the_pixels_whose_centers_they_cover() -> None:
    # 2 m wide at depth 2: half of the 64 pixels each way.
    passes = render_passes(scene(wall(-2.0, half=1.0, entity=2, part=7), wall(-9.0)), width=64, height=64)
    assert (passes.entity == 2).sum() == 32 * 32
    assert set(np.unique(passes.entity)) == {1, 2}
    assert (passes.part == 7).sum() == 32 * 32


def test_ids_are_never_blended_but_beauty_is() -> None:
    slanted = quad([(-1, -1, -2), (1, -0.4, -2), (0.4, 1, -2), (-1, 0.5, -2)], entity=2, material=1)
    materials = (GRAY, Material(name="black", base_color=(0, 0, 0), roughness=1.0))
    passes = render_passes(scene(wall(-9.0), slanted, materials=materials), width=96, height=96)
    assert set(np.unique(passes.entity)) == {1, 2}
    levels = np.unique(passes.beauty[..., 0].round(3))
    assert len(levels) > 6


def test_a_white_furnace_neither_makes_nor_loses_light_on_matte_clay() -> None:
    passes = render_passes(scene(floor(), camera=looking_down(3.0), lights=(dome(1.0),)), **SIZE)
    assert np.allclose(passes.clay, 0.5, atol=0.01)


@pytest.mark.parametrize(
    ("light", "expected"),
    [
        (sun(), 1.0),
        (
            Light(path="/S", kind=LightKind.SPHERE, transform=at(y=2), color=(8, 8, 8), size=(0.1,)),
            8 * np.pi * 0.01 / 4,
        ),
        (Light(path="/R", kind=LightKind.RECT, transform=downward(0, 2, 0), color=(5, 5, 5), size=(0.2, 0.2)), 0.05),
        (Light(path="/D", kind=LightKind.DISK, transform=downward(0, 2, 0), color=(5, 5, 5), size=(0.1,)), 0.0393),
        (
            Light(
                path="/N",
                kind=LightKind.RECT,
                transform=downward(0, 2, 0),
                color=(4, 4, 4),
                size=(0.2, 0.2),
                normalize=True,
            ),
            1.0,
        ),
    ],
    ids=["distant", "sphere", "rect", "disk", "normalized"],
)
def test_irradiance_below_a_light_is_the_analytic_one(light: Light, expected: float) -> None:
    above = replace(looking_down(1.0), focal_length=200.0)
    passes = render_passes(scene(floor(), camera=above, lights=(light,)), width=32, height=32)
    assert passes.clay[16, 16, 0] == pytest.approx(0.5 / np.pi * expected, rel=0.02)


def test_a_rect_light_does_not_shine_backward() -> None:
    upward = at(y=2.0)
    upward[:3, :3] = downward(0, 0, 0)[:3, :3] @ np.diag([1.0, -1.0, -1.0])
    light = Light(path="/R", kind=LightKind.RECT, transform=upward, color=(5, 5, 5), size=(1, 1))
    passes = render_passes(scene(floor(), camera=looking_down(1.0), lights=(light,)), **SIZE)
    assert passes.beauty.max() == 0.0


def _under_a_plate(angle: float) -> np.ndarray:  # type: ignore[type-arg]
    roof = floor(1.0, half=0.5, entity=2)
    view = replace(looking_down(8.0), focal_length=60.0)
    # The camera sits below the sun but sees past the roof's rim: the shadow is as large as the roof, seen larger above.
    view = replace(view, near=7.5)
    passes = render_passes(scene(floor(), roof, camera=view, lights=(sun(angle),)), width=96, height=96)
    assert (passes.entity == 1).all()
    row: np.ndarray = passes.clay[48, :, 0] * 2 * np.pi  # type: ignore[type-arg]
    return row


def test_a_small_sun_casts_a_hard_shadow_of_the_right_width() -> None:
    row = _under_a_plate(0.01)
    pixel = 8.0 * 36.0 / 60.0 / 96
    assert (row < 0.1).sum() * pixel == pytest.approx(1.0, abs=3 * pixel)
    assert row[4] == pytest.approx(1.0, rel=0.02)


def test_a_wide_sun_casts_a_soft_shadow_without_steps() -> None:
    row = _under_a_plate(40.0)
    half_lit = (row > 0.15) & (row < 0.85)
    assert half_lit.sum() > 10
    assert np.abs(np.diff(row)).max() < 0.3


def test_a_bar_little_wider_than_a_pixel_casts_its_whole_shadow() -> None:
    pixel = 8.0 * 36.0 / 60.0 / 96
    half = 0.6 * pixel
    bar = quad([(-half, 1.0, 9.0), (half, 1.0, 9.0), (half, 1.0, -9.0), (-half, 1.0, -9.0)], entity=2)
    view = replace(looking_down(8.0), focal_length=60.0, near=7.5)
    passes = render_passes(scene(floor(), bar, camera=view, lights=(sun(0.01),)), width=96, height=96)
    assert (passes.entity == 1).all()
    lit = passes.clay[..., 0] * 2 * np.pi
    assert (lit.min(axis=1) < 0.5).all()


@pytest.fixture
def shadow_rays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rays each call asked for shadows with."""
    cast: list[int] = []
    blocked = Tracer.blocked

    def counted(self: Tracer, origins: Floats, directions: Floats, reach: float) -> object:
        cast.append(directions.shape[1])
        return blocked(self, origins, directions, reach)

    monkeypatch.setattr(Tracer, "blocked", counted)
    return cast


def test_few_shadow_rays_are_cast_where_neighbors_agree(shadow_rays: list[int]) -> None:
    render_passes(scene(floor(), camera=looking_down(8.0), lights=(sun(),)), width=96, height=96)
    assert 0 < sum(shadow_rays) < 0.6 * 96 * 96


def _below_a_lamp(hidden: float) -> np.ndarray:  # type: ignore[type-arg]
    """Clay of a floor whose square lamp is covered, just below it and from one side, by the share `hidden`."""
    lamp = Light(path="/R", kind=LightKind.RECT, transform=downward(0, 6, 0), color=(40, 40, 40), size=(1, 1))
    cover = quad([(-0.5, 5.999, 2), (-0.5 + hidden, 5.999, 2), (-0.5 + hidden, 5.999, -2), (-0.5, 5.999, -2)], entity=2)
    view = replace(looking_down(4.0), focal_length=36.0)
    passes = render_passes(scene(floor(), cover, camera=view, lights=(lamp,)), width=96, height=96)
    assert (passes.entity == 1).all()
    clay: np.ndarray = passes.clay[24:72, 24:72, 0]  # type: ignore[type-arg]
    return clay


def test_a_lamp_half_hidden_from_everywhere_costs_little_more_than_a_ray_a_pixel(shadow_rays: list[int]) -> None:
    half = _below_a_lamp(0.5)
    assert 0 < sum(shadow_rays) < 1.4 * 96 * 96
    whole = _below_a_lamp(0.0)
    assert half.mean() / whole.mean() == pytest.approx(0.5, abs=0.03)
    assert (half / whole).std() < 0.06


def test_what_hides_a_little_of_a_lamp_from_everywhere_leaves_no_spots(shadow_rays: list[int]) -> None:
    shown = _below_a_lamp(0.02)
    assert 0 < sum(shadow_rays) < 2.0 * 96 * 96
    assert (shown / _below_a_lamp(0.0)).min() > 0.93


def test_a_painted_sky_asks_no_lamp_but_for_a_pixel_in_many(shadow_rays: list[int]) -> None:
    painted = Material(name="sky", base_color=(0, 0, 0), roughness=1.0, emissive=(0.2, 0.3, 0.4))
    passes = render_passes(scene(wall(-5.0), materials=(painted,), lights=(dome(0.1), sun(3.0))), **SIZE)
    assert sum(shadow_rays) < 64 * 48 / 32
    assert np.allclose(passes.beauty, (0.2, 0.3, 0.4), atol=0.01)


def test_light_is_smoothed_the_same_whatever_else_is_wanted() -> None:
    height, width = 40, 60
    flat = np.zeros((height, width), np.float32)
    guide = Guide(
        normal=np.stack((flat, flat, flat + 1)), inverse=flat + 0.2, slope_x=flat, slope_y=flat, tolerance=flat + 100
    )
    light = (np.arange(2 * height * width) % 7 == 0).astype(np.float32).reshape(2, height, width)
    everything = np.ones(light.shape, bool)
    some = np.zeros(light.shape, bool)
    some[0, 5:9, 30:41], some[1, 33, 2] = True, True
    whole, part = smooth(light, guide, range(3), everything), smooth(light, guide, range(3), some)
    assert np.array_equal(whole[some], part[some])
    assert whole[some].std() < 0.3 * light.std()


def test_a_ball_takes_from_the_floor_the_sky_that_its_form_factor_says() -> None:
    view = replace(looking_down(6.0), focal_length=54.0)
    black = Material(name="black", base_color=(0, 0, 0), roughness=1.0)
    hole = ball((0, 0.5, 0), 0.5, entity=2)
    hole = replace(hole, materials=np.ones_like(hole.materials))
    passes = render_passes(scene(floor(), hole, camera=view, materials=(GRAY, black)), width=192, height=192)
    for pixel in (40, 30, 20):
        # 4 m over 192 pixels; sphere form factor R^2 / d^2 times the cosine, h / d.
        squared = (2 - (pixel + 0.5) * 4 / 192) ** 2 + 0.25
        assert passes.entity[96, pixel] == 1
        row = passes.clay[93:99, pixel - 1 : pixel + 2, 0]
        assert row.mean() * 2 == pytest.approx(1 - 0.125 / squared**1.5, abs=0.025)


def test_texture_colors_are_decoded_and_rows_start_on_top() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0], pixels[1] = (188, 0, 0), (0, 0, 188)
    texture = Texture(name="t", pixels=pixels, srgb=True, wrap="clamp")
    painted = replace(GRAY, base_color_texture=0)
    passes = render_passes(
        scene(wall(-2.0, half=2.0), materials=(painted,), textures=(texture,), lights=(dome(1.0),)), width=64, height=64
    )
    top, bottom = passes.beauty[4, 32], passes.beauty[60, 32]
    assert top[0] > 5 * top[2]
    assert bottom[2] > 5 * bottom[0]
    # sRGB 188 is 0.5 linear: the matte part of a white furnace shows it.
    assert top[0] == pytest.approx(0.5, abs=0.05)


def test_glass_shows_what_is_behind_and_data_passes_describe_that() -> None:
    glass = Material(name="glass", base_color=(0, 0, 0), roughness=1.0, opacity=0.5)
    front = wall(-2.0, half=50.0, entity=2, material=1)
    passes = render_passes(scene(wall(-5.0), front, materials=(GRAY, glass)), **SIZE)
    clear = render_passes(scene(wall(-5.0)), **SIZE)
    assert (passes.entity == 1).all()
    assert np.allclose(passes.depth, 5.0, atol=1e-3)
    assert passes.beauty[24, 32, 0] < 0.7 * clear.beauty[24, 32, 0]


def test_a_cutout_lets_light_and_eyes_through_its_holes() -> None:
    mask = np.zeros((16, 1, 4), np.uint8)
    mask[:8] = 255
    cutout = replace(GRAY, opacity_texture=0)
    texture = Texture(name="leaf", pixels=mask, srgb=True, wrap="clamp")
    meshes = (wall(-5.0), wall(-2.0, half=2.0, entity=2, material=1))
    passes = render_passes(scene(*meshes, materials=(GRAY, cutout), textures=(texture,)), width=64, height=64)
    assert (passes.entity[:28] == 2).all()
    assert (passes.entity[36:] == 1).all()


def test_outlines_are_resolved_and_alpha_is_coverage() -> None:
    passes = render_passes(scene(ball((0, 0, -3), 1.0)), width=64, height=64)
    partial = (passes.alpha > 0) & (passes.alpha < 1)
    assert partial.sum() > 40
    radius = 32 * 1 / np.sqrt(8)
    assert passes.alpha.sum() == pytest.approx(np.pi * radius**2, rel=0.02)


@pytest.mark.parametrize("quality", ["previs", "final"])
def test_the_same_scene_gives_the_same_bytes(quality: str) -> None:
    still = scene(floor(-1.0), ball((0, 0, -3), 1.0, detail=32, entity=2), lights=(dome(0.3), sun(3.0)))
    first, second = (render_passes(still, width=48, height=32, quality=quality, samples=4) for _ in range(2))
    assert archive_bytes(first) == archive_bytes(second)


def _sharpest_step(distance: float, focus: float, f_stop: float) -> float:
    near = wall(-distance, half=distance * 0.2, entity=2, material=1)
    far = wall(-distance * 1.001, half=60.0)
    materials = (GRAY, Material(name="dark", base_color=(0, 0, 0), roughness=1.0))
    lens = camera(focus_distance=focus, f_stop=f_stop)
    passes = render_passes(scene(near, far, materials=materials, camera=lens), width=64, height=64, quality="final")
    assert (passes.entity == 2).sum() in (144, 169)
    return float(np.abs(np.diff(passes.beauty[32, :, 0])).max())


def test_final_blurs_what_is_out_of_focus_and_keeps_what_is_in_focus() -> None:
    pinhole = _sharpest_step(2.0, 0.0, 0.0)
    assert _sharpest_step(2.0, 2.0, 0.1) == pytest.approx(pinhole, rel=0.05)
    assert _sharpest_step(2.0, 20.0, 0.03) < 0.6 * pinhole
    assert _sharpest_step(2.0, 0.7, 0.1) < 0.6 * pinhole


def test_no_value_is_nan_even_for_degenerate_triangles_and_foreign_indices() -> None:
    flat = wall(-3.0)
    broken = replace(
        flat,
        points=np.zeros((4, 3), np.float32),
        triangles=np.array([[0, 0, 0], [0, 1, 99]], np.int32),
        materials=np.array([50, -3], np.int32),
    )
    passes = render_passes(scene(flat, broken, lights=(dome(), sun())), **SIZE)
    for name in ("beauty", "clay", "normal", "motion", "pref", "alpha"):
        assert np.isfinite(getattr(passes, name)).all(), name
    assert (passes.entity == 1).all()


def test_a_mesh_without_faces_is_no_error() -> None:
    empty = Mesh(
        path="/E",
        points=np.zeros((0, 3), np.float32),
        next_points=np.zeros((0, 3), np.float32),
        rest=np.zeros((0, 3), np.float32),
        triangles=np.zeros((0, 3), np.int32),
        materials=np.zeros(0, np.int32),
        parts=np.zeros(0, np.int32),
        entity=1,
    )
    assert not render_passes(scene(empty), **SIZE).alpha.any()


@pytest.mark.parametrize(
    ("change", "word"),
    [({"width": 4}, "pixels a side"), ({"quality": "best"}, "previs"), ({"height": 99999}, "pixels a side")],
)
def test_impossible_orders_are_refused_in_a_sentence(change: dict[str, object], word: str) -> None:
    with pytest.raises(PassesError, match=word):
        render_passes(scene(), **(SIZE | change))  # type: ignore[arg-type]


def test_a_lens_without_focal_length_is_refused() -> None:
    with pytest.raises(PassesError, match="focal length"):
        render_passes(scene(camera=camera(focal_length=0.0)), **SIZE)
