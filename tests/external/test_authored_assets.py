"""Foreign assets in our layout: taken in, authored, opened again in meters and Y up, every file in the inventory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assetlib.intake.usd import UsdIntake, intake_usd
from assetlib.model.asset import AssetKind
from assetlib.usd.author import author_asset
from assetlib.usd.description import AuthoredAsset, ForeignTree
from assetlib.usd.validators import validate
from tests.shared_data import shared
from tests.unit.assetlib.usd.assets import HERO

ASSETS = (
    ("Teapot/Teapot.usd", AssetKind.PROP),
    ("OpenChessSet/chess_set.usda", AssetKind.PROP),
    ("ElephantWithMonochord/SoC-ElephantWithMonochord.usdc", AssetKind.CHARACTER),
    ("McUsd/McUsd.usda", AssetKind.SET),
    ("UsdCookie/UsdCookie_thumbnail.usda", AssetKind.PROP),
)


def author(name: str, kind: AssetKind, folder: Path) -> tuple[UsdIntake, AuthoredAsset]:
    taken = intake_usd(shared("usd", *name.split("/")), folder / "taken")
    tree = ForeignTree(
        folder=folder / "taken",
        root=taken.root,
        meters_per_unit=taken.meters_per_unit,
        up_axis=taken.up_axis,
        default_prim=taken.default_prim,
    )
    described = replace(HERO, entity="assetlib:///props/foreign", kind=kind, name="Foreign", foreign=tree)
    return taken, author_asset(described, folder / "authored")


@pytest.mark.parametrize(("name", "kind"), ASSETS, ids=[name.split("/")[0] for name, _ in ASSETS])
def test_the_authored_tree_holds_every_file_that_was_taken_in(name: str, kind: AssetKind, tmp_path: Path) -> None:
    taken, authored = author(name, kind, tmp_path)
    held = {file.path: file.digest for file in authored.files}
    assert all(held[f"source/{file.path}"] == file.digest for file in taken.files)


@pytest.mark.parametrize(("name", "kind"), ASSETS, ids=[name.split("/")[0] for name, _ in ASSETS])
def test_our_own_checks_complain_only_of_what_intake_named(name: str, kind: AssetKind, tmp_path: Path) -> None:
    taken, authored = author(name, kind, tmp_path)
    found = validate(tmp_path / "authored" / authored.root, only_ours=True)
    assert {complaint.check for complaint in found} == (
        {"assetlib:UnreadableDependency"} if taken.unreadable else set()
    )


def test_the_teapot_stands_as_tall_as_it_was_and_offers_its_shapes(tmp_path: Path) -> None:
    from pxr import Usd, UsdGeom

    taken, authored = author(*ASSETS[0], tmp_path)
    assert ("modelVariant", ("Utah", "Fancy")) in authored.variants
    stage = Usd.Stage.Open(str(tmp_path / "authored" / authored.root))
    cache = UsdGeom.BBoxCache(Usd.TimeCode(1), ["default", "render"])
    size = cache.ComputeWorldBound(stage.GetDefaultPrim()).ComputeAlignedRange().GetSize()
    assert taken.bbox is not None
    assert size[1] == pytest.approx(taken.bbox[1][1] - taken.bbox[0][1], abs=1e-4)


def test_the_chess_set_is_an_assembly_of_its_pieces(tmp_path: Path) -> None:
    from pxr import Usd

    _, authored = author(*ASSETS[1], tmp_path)
    stage = Usd.Stage.Open(str(tmp_path / "authored" / authored.root))
    models = [prim for prim in stage.Traverse() if Usd.ModelAPI(prim).GetKind() == "component" and prim.IsModel()]
    assert len(models) == 1 + 2 * 8  # the board and eight pieces a side; the pawns are point instances


def test_the_elephant_keeps_its_clips_and_its_clock(tmp_path: Path) -> None:
    from pxr import Usd

    taken, authored = author(*ASSETS[2], tmp_path)
    stage = Usd.Stage.Open(str(tmp_path / "authored" / authored.root))
    assert len(authored.clips) >= 1
    assert stage.GetEndTimeCode() == taken.end
