"""Five foreign assets as they are found in the world come in; what is missing in them is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetlib.intake.usd import UsdIntake, intake_usd
from tests.shared_data import shared


def take(name: str, output: Path) -> UsdIntake:
    return intake_usd(shared("usd", *name.split("/")), output)


def test_the_teapot_comes_in_whole_and_names_its_license(tmp_path: Path) -> None:
    teapot = take("Teapot/Teapot.usd", tmp_path)
    assert (teapot.root, teapot.default_prim, teapot.prim_count) == ("Teapot.usd", "Teapot", 17)
    assert (teapot.meters_per_unit, teapot.up_axis, len(teapot.files)) == (1.0, "Y", 20)
    assert teapot.unreadable == ()
    assert {v.name for v in teapot.variants} == {"modelVariant", "shadingVariant"}
    assert any(hint.source == "assetInfo" and "CC0" in hint.text for hint in teapot.hints)
    assert teapot.bbox is not None
    assert 0.2 < teapot.bbox[1][1] - teapot.bbox[0][1] < 0.3


def test_the_chess_set_keeps_materialx_and_the_textures_that_only_it_names(tmp_path: Path) -> None:
    chess = take("OpenChessSet/chess_set.usda", tmp_path)
    suffixes = [Path(file.path).suffix for file in chess.files]
    assert (suffixes.count(".mtlx"), suffixes.count(".jpg") + suffixes.count(".png")) == (7, 42)
    assert len(chess.unreadable) == 7
    assert all("MaterialX" in sentence for sentence in chess.unreadable)
    assert any("Creative Commons Attribution" in hint.text or "CC BY" in hint.text for hint in chess.hints)


def test_the_elephant_brings_its_skeleton_and_its_sound(tmp_path: Path) -> None:
    elephant = take("ElephantWithMonochord/SoC-ElephantWithMonochord.usdc", tmp_path)
    assert elephant.has_skel
    assert "audio/mpeg" in {file.media_type for file in elephant.files}
    assert elephant.end > 3000


@pytest.mark.parametrize("name", ["McUsd.usda", "McUsd_10cm.usda"])
def test_all_textures_of_the_block_world_come_along(name: str, tmp_path: Path) -> None:
    blocks = take(f"McUsd/{name}", tmp_path)
    assert sum(file.media_type == "image/png" for file in blocks.files) >= 70
    assert any("NonCommercial" in hint.text or "NC" in hint.text for hint in blocks.hints)


def test_the_cookie_says_that_its_package_is_missing(tmp_path: Path) -> None:
    cookie = take("UsdCookie/UsdCookie_thumbnail.usda", tmp_path)
    assert cookie.unreadable == ("UsdCookie.usdz, named by UsdCookie_thumbnail.usda: it is not there",)
    assert any("UsdCookie.usdz" in warning for warning in cookie.warnings)
    assert not cookie.hints


def test_two_intakes_of_one_asset_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = (take("Teapot/Teapot.usd", tmp_path / name) for name in ("one", "two"))
    assert one == two
