from __future__ import annotations

from pathlib import Path

import pytest

from assetlib.flows.block_shot import block_shot, publish_shot
from assetlib.flows.checkout_asset import checkout_shot
from assetlib.flows.verify_files import verify_files
from assetlib.intake.answers import Unreadable
from assetlib.library import Library
from assetlib.model.refusals import BadInput, Conflict
from tests.flows.small_library import SHOTS, picture

SHOT = SHOTS[1]


@pytest.fixture
def checkout(library: Library, tmp_path: Path) -> Path:
    block_shot(library, SHOT, subjects=["hero"])
    done = checkout_shot(library, SHOT, tmp_path / "work")
    assert Path(done["root"]) == tmp_path / "work" / "shots" / "sq010" / SHOT / "v001" / f"{SHOT}.usda"
    return tmp_path / "work"


def layer(checkout: Path, department: str) -> Path:
    return checkout / "shots" / "sq010" / SHOT / "v001" / f"{SHOT}_{department}.usda"


def pins(library: Library) -> list[str]:
    with library.catalog.reader() as queries:
        return [pin.digest for pin in queries.shot(SHOT).pins]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_assets_of_a_checked_out_shot_verify(library: Library, checkout: Path) -> None:
    verdicts = verify_files(library, [checkout / "characters", checkout / "rights.json"], trust=None)
    assert {verdict["verdict"] for verdict in verdicts} == {"pass"}


def test_untouched_layers_change_nothing(library: Library, checkout: Path) -> None:
    assert publish_shot(library, SHOT, checkout)["changed"] == ["nothing changed"]


def test_an_edited_layer_comes_back_and_the_pins_stay(library: Library, checkout: Path) -> None:
    before = pins(library)
    lighting = layer(checkout, "lighting")
    lighting.write_text(lighting.read_text() + '\ndef Scope "notes"\n{\n}\n')
    done = publish_shot(library, SHOT, checkout)
    assert done["changed"] == [f"{SHOT}_lighting.usda was edited"]
    with library.catalog.reader() as queries:
        assert queries.shot(SHOT).layers == done["layers"]
    assert pins(library) == before
    assert publish_shot(library, SHOT, checkout)["changed"] == ["nothing changed"]


def test_an_edit_to_an_asset_stays_in_the_checkout_and_is_said(library: Library, checkout: Path) -> None:
    hero = checkout / "characters" / "hero" / "v001" / "hero.usda"
    hero.chmod(0o640)
    edit(hero, '"body"', '"torso"')
    layer(checkout, "lighting").open("a").write('\ndef Scope "notes"\n{\n}\n')
    changed = publish_shot(library, SHOT, checkout)["changed"]
    assert any("hero.usda was edited in the checkout and stays there" in sentence for sentence in changed)


def test_a_reference_to_an_unpinned_version_is_refused(library: Library, checkout: Path) -> None:
    edit(layer(checkout, "layout"), "characters/hero/v001/hero.usda", "characters/hero/v002/hero.usda")
    with pytest.raises(BadInput, match=r"pins no file at .*v002"):
        publish_shot(library, SHOT, checkout)


@pytest.mark.parametrize("path", ["/etc/hostname.usda", "../../../../outside.usda"])
def test_a_path_that_leaves_the_checkout_is_refused(library: Library, checkout: Path, path: str) -> None:
    edit(layer(checkout, "layout"), "characters/hero/v001/hero.usda", path)
    with pytest.raises(Unreadable, match=r"absolute|leaves"):
        publish_shot(library, SHOT, checkout)


def test_a_file_that_would_hide_a_pinned_asset_is_refused(library: Library, checkout: Path) -> None:
    shadow = layer(checkout, "layout").parent / "characters" / "hero" / "v001" / "hero.usda"
    shadow.parent.mkdir(parents=True)
    shadow.write_text('#usda 1.0\n(\n    defaultPrim = "hero"\n)\ndef Xform "hero"\n{\n}\n')
    with pytest.raises(BadInput, match="would hide a pinned asset"):
        publish_shot(library, SHOT, checkout)


SHAPES = {
    "mesh": 'def Mesh "stolen"\n{\n    point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]\n}\n',
    "mesh in a variant": 'def Xform "set" (\n    variantSets = "look"\n    variants = { string look = "plain" }\n)\n'
    '{\n    variantSet "look" = {\n        "plain" { }\n        "other" {\n            def Mesh "stolen" { }\n'
    "        }\n    }\n}\n",
    "class": 'class Points "stolen"\n{\n}\n',
    "volume": 'def Volume "stolen"\n{\n}\n',
    "retyped asset": 'over "world"\n{\n    over BasisCurves "hero"\n    {\n    }\n}\n',
    "other topology": 'over "world"\n{\n    over "hero"\n    {\n        int[] faceVertexCounts = [3]\n    }\n}\n',
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_a_shape_written_into_a_shot_s_layer_is_nobody_s_and_refused(
    library: Library, checkout: Path, shape: str
) -> None:
    layer(checkout, "layout").open("a").write(f"\n{shape}")
    with pytest.raises(BadInput, match="register them as an asset"):
        publish_shot(library, SHOT, checkout)


def test_a_ball_to_light_by_is_nobody_s_and_taken(library: Library, checkout: Path) -> None:
    layer(checkout, "lighting").open("a").write('\ndef Sphere "gray_ball"\n{\n}\n')
    assert publish_shot(library, SHOT, checkout)["changed"] == [f"{SHOT}_lighting.usda was edited"]


@pytest.mark.parametrize("attribute", ["asset inputs:file", "asset inputs:texture:file"])
def test_a_picture_beside_a_shot_s_layers_is_refused(library: Library, checkout: Path, attribute: str) -> None:
    picture(layer(checkout, "lighting").parent / "stolen.png")
    layer(checkout, "lighting").open("a").write(f'\ndef Scope "look"\n{{\n    {attribute} = @./stolen.png@\n}}\n')
    with pytest.raises(BadInput, match=r"stolen\.png: a shot brings no files of its own"):
        publish_shot(library, SHOT, checkout)


def test_a_broken_layer_is_refused_and_the_shot_stays(library: Library, checkout: Path) -> None:
    with library.catalog.reader() as queries:
        before = queries.shot(SHOT).layers
    (layer(checkout, "lighting").parent / f"{SHOT}.usda").write_text("#usda 1.0\n(((")
    with pytest.raises(Unreadable):
        publish_shot(library, SHOT, checkout)
    with library.catalog.reader() as queries:
        assert queries.shot(SHOT).layers == before


def test_a_folder_that_is_no_checkout_is_refused(library: Library, checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(BadInput, match="expected a checkout"):
        publish_shot(library, SHOT, tmp_path / "other")


def test_a_shot_without_layers_has_nothing_to_check_out(library: Library, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="no layers yet"):
        checkout_shot(library, SHOTS[0], tmp_path / "out")
