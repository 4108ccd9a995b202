"""An asset version becomes a tree that other tools open: labels, payload, choices, references, thumbnail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assetlib.model.asset import AssetKind
from assetlib.model.ids import MalformedReference
from assetlib.usd.author import add_thumbnail, author_asset, root_file
from assetlib.usd.description import ReferenceFile
from assetlib.usd.errors import UsdError
from tests.unit.assetlib.usd.assets import CRATE, HERO, crate_tree, picture
from tests.unit.assetlib.usd.models import arm


def _open(tree: Path, root: str):
    from pxr import Usd

    return Usd.Stage.Open(str(tree / root))


def _bounds(stage, time: float = 0.0):
    from pxr import Usd, UsdGeom

    cache = UsdGeom.BBoxCache(Usd.TimeCode(time), [UsdGeom.Tokens.default_, UsdGeom.Tokens.render])
    found = cache.ComputeWorldBound(stage.GetDefaultPrim()).ComputeAlignedRange()
    return np.array(found.GetMin()), np.array(found.GetMax())


def _complaints(stage) -> list[str]:
    from pxr import UsdValidation

    context = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
    return [error.GetMessage() for error in context.Validate(stage)]


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("refs") / "Front View.PNG"
    path.write_bytes(picture())
    return path


def test_a_character_is_a_component_with_labels_that_say_deny(tmp_path: Path) -> None:
    from pxr import Usd

    authored = author_asset(replace(HERO, model=arm()), tmp_path)
    stage = _open(tmp_path, authored.root)
    root = stage.GetDefaultPrim()
    assert (authored.root, root.GetName(), Usd.ModelAPI(root).GetKind()) == ("hero.usda", "hero", "component")
    labels = {name: root.GetAttribute(name).Get() for name in ("assetlib:entity", "assetlib:version", "assetlib:kind")}
    assert labels == {
        "assetlib:entity": "assetlib:///characters/hero",
        "assetlib:version": "v003",
        "assetlib:kind": "character",
    }
    assert {root.GetAttribute(f"rights:{n}").Get() for n in ("default", "training")} == {"deny"}
    assert root.HasAPI("AssetlibRightsAPI")


def test_the_authorship_record_survives_being_referenced(tmp_path: Path) -> None:
    from pxr import Usd, UsdMedia

    author_asset(HERO, tmp_path)
    stage = Usd.Stage.CreateInMemory()
    used = stage.DefinePrim("/shot/hero")
    used.GetReferences().AddReference(str(tmp_path / "hero.usda"))
    (record,) = UsdMedia.AuthorshipAPI.GetAll(used)
    assert record.GetCreatedAttr().Get() == "2026-11-02T09:30:00Z"
    assert record.GetPrim().GetAttribute("authorship:create:inputs").Get()[0] == "refs/face_front.png"
    assert record.GetPrim().GetAttribute("authorship:create:copyrightOwner").Get() == ["Northlight Pictures"]


def test_a_source_type_that_nobody_declared_is_not_written(tmp_path: Path) -> None:
    silent = replace(HERO, authorship=replace(HERO.authorship, digital_source_type=""))
    author_asset(silent, tmp_path)
    stage = _open(tmp_path, "hero.usda")
    root = stage.GetDefaultPrim()
    assert root.HasAPI("AuthorshipAPI", "create")
    assert not root.GetAttribute("authorship:create:digitalSourceType").HasAuthoredValue()


def test_the_same_description_gives_the_same_files(tmp_path: Path, face: Path) -> None:
    hero = replace(HERO, model=arm(), references=(ReferenceFile(path=face, role="face"),), thumbnail=face)
    assert author_asset(hero, tmp_path / "a").files == author_asset(hero, tmp_path / "b").files


@pytest.mark.parametrize("kind", [AssetKind.CHARACTER, AssetKind.SET, AssetKind.PROP, AssetKind.VEHICLE])
def test_openusd_has_no_complaint_about_any_kind_with_geometry(tmp_path: Path, kind: AssetKind, face: Path) -> None:
    described = replace(HERO, kind=kind, model=arm(), thumbnail=face)
    assert _complaints(_open(tmp_path, author_asset(described, tmp_path).root)) == []


@pytest.mark.parametrize("kind", [AssetKind.LOOK, AssetKind.PLATE, AssetKind.IMAGE, AssetKind.AUDIO, AssetKind.FX])
def test_an_asset_without_geometry_lists_its_media_and_composes_nothing(
    tmp_path: Path, kind: AssetKind, face: Path
) -> None:
    from pxr import UsdUtils

    described = replace(HERO, kind=kind, references=(ReferenceFile(path=face, role="plate"),))
    authored = author_asset(described, tmp_path)
    layers, assets, unresolved = UsdUtils.ComputeAllDependencies(str(tmp_path / authored.root))
    assert (len(layers), list(assets), list(unresolved)) == (1, [], [])
    assert [file.path for file in authored.files] == ["hero.usda", "refs/plate_front-view.png"]
    assert _complaints(_open(tmp_path, authored.root)) == []


def test_a_character_known_from_images_alone_gets_the_mannequin(tmp_path: Path, face: Path) -> None:
    described = replace(HERO, height=1.9, references=(ReferenceFile(path=face, role="face"),))
    authored = author_asset(described, tmp_path)
    assert authored.proxy
    assert authored.clips == ("stand", "walk", "wave", "look")
    low, high = _bounds(_open(tmp_path, authored.root))
    assert high[1] - low[1] == pytest.approx(1.9, abs=0.02)


def test_a_set_is_an_assembly_whose_payload_hangs_on_the_model_below(tmp_path: Path) -> None:
    from pxr import Usd

    author_asset(replace(HERO, kind=AssetKind.SET, model=arm()), tmp_path)
    stage = _open(tmp_path, "hero.usda")
    root = stage.GetDefaultPrim()
    assert Usd.ModelAPI(root).GetKind() == "assembly"
    assert not root.HasAuthoredPayloads()
    assert Usd.ModelAPI(root.GetChild("model")).GetKind() == "component"


def test_every_character_has_a_costume_an_age_and_a_look_to_choose(tmp_path: Path) -> None:
    assert author_asset(HERO, tmp_path).variants == (
        ("costume", ("default",)),
        ("age", ("default",)),
        ("look", ("default",)),
    )


@pytest.mark.parametrize("kind", [AssetKind.CHARACTER, AssetKind.SET])
def test_a_costume_hides_its_meshes_and_changes_its_materials(tmp_path: Path, kind: AssetKind) -> None:
    from pxr import UsdGeom, UsdShade

    author_asset(replace(HERO, kind=kind, model=arm()), tmp_path)
    stage = _open(tmp_path, "hero.usda")
    top = "/hero/model" if kind is AssetKind.SET else "/hero"
    strip, patches = (stage.GetPrimAtPath(f"{top}/geo/{name}") for name in ("strip", "patches"))
    for choice, visible, material in (("plain", "inherited", "checker"), ("bare", "invisible", "brass")):
        stage.GetDefaultPrim().GetVariantSet("costume").SetVariantSelection(choice)
        assert UsdGeom.Imageable(patches).ComputeVisibility() == visible
        assert UsdShade.MaterialBindingAPI(strip).ComputeBoundMaterial()[0].GetPrim().GetName() == material


# A foreign tree ----------------------------------------------------------------------------------


def test_a_foreign_tree_in_centimeters_with_z_up_stands_in_meters_with_y_up(tmp_path: Path) -> None:
    authored = author_asset(replace(CRATE, foreign=crate_tree(tmp_path / "in")), tmp_path / "out")
    low, high = _bounds(_open(tmp_path / "out", authored.root))
    assert np.allclose(low, (-1, -1, -2), atol=1e-5)
    assert np.allclose(high, (1, 1, 0), atol=1e-5)


def test_a_foreign_tree_keeps_its_rate_and_range(tmp_path: Path) -> None:
    author_asset(replace(CRATE, foreign=crate_tree(tmp_path / "in")), tmp_path / "out")
    stage = _open(tmp_path / "out", "crate.usda")
    assert (stage.GetTimeCodesPerSecond(), stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (30, 1, 60)


def test_the_tree_s_own_variants_are_chosen_on_our_root(tmp_path: Path) -> None:
    authored = author_asset(replace(CRATE, foreign=crate_tree(tmp_path / "in")), tmp_path / "out")
    assert authored.variants == (("paint", ("red", "blue")),)
    stage = _open(tmp_path / "out", authored.root)
    box = stage.GetPrimAtPath("/crate/geo/asset/box")
    assert box.GetAttribute("primvars:displayColor").Get()[0] == (1, 0, 0)
    stage.GetDefaultPrim().GetVariantSet("paint").SetVariantSelection("blue")
    assert box.GetAttribute("primvars:displayColor").Get()[0] == (0, 0, 1)


def test_every_file_of_a_foreign_tree_is_in_the_inventory(tmp_path: Path) -> None:
    authored = author_asset(replace(CRATE, foreign=crate_tree(tmp_path / "in")), tmp_path / "out")
    paths = [file.path for file in authored.files]
    assert paths == ["crate.usda", "payload.usda", "source/crate.usda", "source/textures/wood.png"]


def test_a_component_inside_a_component_becomes_a_part(tmp_path: Path) -> None:
    authored = author_asset(replace(CRATE, foreign=crate_tree(tmp_path / "in")), tmp_path / "out")
    assert _complaints(_open(tmp_path / "out", authored.root)) == []


def test_a_tree_made_of_components_makes_an_assembly(tmp_path: Path) -> None:
    from pxr import Usd

    text = (
        '#usda 1.0\n(\ndefaultPrim = "Stack"\nmetersPerUnit = 1\nupAxis = "Y"\n)\n'
        'def Xform "Stack" (kind = "assembly")\n{\ndef Xform "box" (kind = "component")\n{\ndef Cube "c"\n{\n}\n}\n}\n'
    )
    tree = crate_tree(tmp_path / "in", text, "Stack")
    authored = author_asset(replace(CRATE, foreign=tree), tmp_path / "out")
    stage = _open(tmp_path / "out", authored.root)
    assert Usd.ModelAPI(stage.GetDefaultPrim()).GetKind() == "assembly"
    assert stage.GetPrimAtPath("/crate/model/geo/asset/box").IsModel()
    assert _complaints(stage) == []


def test_a_tree_without_a_default_prim_brings_all_its_root_prims(tmp_path: Path) -> None:
    text = '#usda 1.0\n(\nmetersPerUnit = 1\nupAxis = "Y"\n)\ndef Cube "a"\n{\n}\ndef Sphere "b"\n{\n}\n'
    authored = author_asset(replace(CRATE, foreign=crate_tree(tmp_path / "in", text, "")), tmp_path / "out")
    stage = _open(tmp_path / "out", authored.root)
    asset = stage.GetPrimAtPath("/crate/geo/asset")
    assert [child.GetTypeName() for child in asset.GetChildren()] == ["Cube", "Sphere"]


def test_a_model_and_a_tree_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsdError, match="found both; give one"):
        author_asset(replace(CRATE, foreign=crate_tree(tmp_path / "in"), model=arm()), tmp_path / "out")


# References and the thumbnail --------------------------------------------------------------------


def test_references_are_listed_by_role_and_never_composed(tmp_path: Path, face: Path) -> None:
    from pxr import Sdf, UsdUtils

    references = tuple(ReferenceFile(path=face, role=role) for role in ("face", "turnaround", "face"))
    authored = author_asset(replace(HERO, references=references), tmp_path)
    listed = ["refs/face_front-view.png", "refs/turnaround_front-view.png", "refs/face_front-view__2.png"]
    layer = Sdf.Layer.FindOrOpen(str(tmp_path / authored.root))
    assert list(layer.customLayerData["assetlib"]["references"]) == listed
    assert set(listed) <= {file.path for file in authored.files}
    _, assets, _ = UsdUtils.ComputeAllDependencies(str(tmp_path / authored.root))
    assert not any("refs" in str(asset) for asset in assets)


def test_a_thumbnail_added_later_gives_the_tree_that_had_it_from_the_start(tmp_path: Path, face: Path) -> None:
    whole = author_asset(replace(HERO, thumbnail=face), tmp_path / "whole")
    late = author_asset(HERO, tmp_path / "late")
    assert add_thumbnail(tmp_path / "late", late.root, face.read_bytes()) == whole.files


def test_the_preview_names_the_thumbnail(tmp_path: Path, face: Path) -> None:
    from pxr import UsdMedia

    author_asset(replace(HERO, thumbnail=face), tmp_path)
    stage = _open(tmp_path, "hero.usda")
    previews = UsdMedia.AssetPreviewsAPI.GetAssetDefaultPreviews(str(tmp_path / "hero.usda"))
    assert stage.GetDefaultPrim().HasAPI(UsdMedia.AssetPreviewsAPI)
    assert Path(previews.GetDefaultThumbnails().defaultImage.resolvedPath).name == "thumbnail.png"


def test_a_thumbnail_that_is_no_png_is_refused(tmp_path: Path) -> None:
    author_asset(HERO, tmp_path)
    with pytest.raises(UsdError, match="expected a PNG"):
        add_thumbnail(tmp_path, "hero.usda", b"GIF89a")


# Names -------------------------------------------------------------------------------------------


def test_a_version_is_never_written_over_another(tmp_path: Path) -> None:
    author_asset(HERO, tmp_path)
    with pytest.raises(UsdError, match="expected an empty folder"):
        author_asset(HERO, tmp_path)


def test_an_entity_with_a_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsdError, match="without a version"):
        author_asset(replace(HERO, entity="assetlib:///characters/hero?version=v003"), tmp_path)


def test_a_malformed_entity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedReference):
        author_asset(replace(HERO, entity="characters/hero"), tmp_path)


def test_an_asset_called_payload_does_not_overwrite_its_payload(tmp_path: Path) -> None:
    authored = author_asset(replace(HERO, entity="assetlib:///characters/payload"), tmp_path)
    assert authored.root == root_file("payload") == "payload_asset.usda"
    stage = _open(tmp_path, authored.root)
    assert stage.GetDefaultPrim().HasAuthoredPayloads()


def test_a_name_that_is_no_identifier_still_gives_a_prim(tmp_path: Path) -> None:
    authored = author_asset(replace(HERO, entity="assetlib:///characters/2nd-guard.b"), tmp_path)
    assert (authored.root, authored.prim) == ("2nd-guard.b.usda", "_nd_guard_b")
    assert _open(tmp_path, authored.root).GetDefaultPrim()
