"""The scan of foreign layers sees every path, and what is written again is deterministic and complete."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from assetlib.usd.dependencies import dependencies
from assetlib.usd.errors import UsdError
from assetlib.usd.estimate import estimate_prims
from assetlib.usd.foreign import Caps, asset_paths, open_layer, scan, write
from assetlib.usd.inspect import inspect_stage
from assetlib.usd.materialx import named_files
from assetlib.usd.paths import defect, inside

EVERYWHERE = """#usda 1.0
(
  subLayers = [@sublayer.usda@]
  colorConfiguration = @color.ocio@
  customLayerData = {
    asset one = @layer_data.png@
    dictionary more = {
      asset[] two = [@nested_data.png@]
    }
  }
)
def "A" (
  references = @reference.usda@
  payload = @payload.usda@
  clips = {
    dictionary default = {
      asset[] assetPaths = [@clip.usda@]
      asset manifestAssetPath = @clip_manifest.usda@
      string templateAssetPath = "./template.##.usda"
    }
  }
  assetInfo = {
    asset identifier = @identifier.usda@
  }
  customData = {
    asset three = @prim_data.png@
  }
  variantSets = ["v"]
)
{
  asset file = @attribute.png@
  asset[] files = [@array.png@, @tiles.<UDIM>.png@]
  asset moving.timeSamples = { 1: @sample.png@ }
  asset described = @described.png@ (
    customData = {
      asset four = @property_data.png@
    }
  )
  variantSet "v" = {
    "unselected" (
      references = @variant.usda@
    ) {
      asset file = @in_variant.png@
    }
  }
}
"""
PLACES = [
    "sublayer.usda",
    "color.ocio",
    "layer_data.png",
    "nested_data.png",
    "reference.usda",
    "payload.usda",
    "clip.usda",
    "clip_manifest.usda",
    "./template.##.usda",
    "identifier.usda",
    "prim_data.png",
    "attribute.png",
    "array.png",
    "tiles.<UDIM>.png",
    "sample.png",
    "described.png",
    "property_data.png",
    "variant.usda",
    "in_variant.png",
]
CUBE = """#usda 1.0
(
  defaultPrim = "A"
  metersPerUnit = 1
  upAxis = "Y"
)
def Xform "A"
{
  def Cube "c"
  {
  }
}
"""


def layer_of(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def referring(*paths: str, prim: str = "B") -> str:
    return (
        f'#usda 1.0\n(\n  defaultPrim = "{prim}"\n)\ndef "{prim}" (\n  references = [{", ".join(paths)}]\n)\n{{\n}}\n'
    )


def count(folder: Path, root: Path, most: int = 100_000) -> int:
    found = scan(root, folder, Caps())
    return estimate_prims(found.root, found.layers, most)


def test_the_scan_sees_a_path_wherever_a_layer_can_hold_one(tmp_path: Path) -> None:
    layer = open_layer(layer_of(tmp_path, "a.usda", EVERYWHERE), Caps())
    assert sorted(asset_paths(layer)) == sorted(PLACES)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/etc/passwd", "absolute"),
        ("../secret.usda", "leaves"),
        ("x/../../secret.usda", "leaves"),
        ("file:///etc/passwd", "scheme"),
        ("http://example.com/a.usd", "scheme"),
        ("C:/a.usd", "scheme"),
        ("a.usd:SDF_FORMAT_ARGS:x=1", "scheme"),
        ("maps\\a.png", "backslashes"),
        ('`"${P}"`', "expression"),
        ("${P}", "expression"),
        ("a.usdz[b.usd]", "package"),
        ("a\nb.usd", "control"),
        ("a" * 2000, "1024"),
    ],
)
def test_a_path_that_could_leave_the_tree_is_refused(path: str, words: str) -> None:
    assert words in defect("root.usda", path)


def test_a_path_may_climb_inside_the_tree() -> None:
    assert defect("geo/deep/a.usd", "../../maps/b.png") == ""
    assert inside("geo/deep/a.usd", "../../maps/b.png") == "maps/b.png"


def test_a_tree_is_written_again_with_the_same_bytes_each_time(tmp_path: Path) -> None:
    source = tmp_path / "in"
    layer_of(source, "geo/cube.usda", CUBE)
    (source / "geo" / "maps").mkdir()
    (source / "geo" / "maps" / "t.1001.png").write_bytes(b"tile")
    text = CUBE.replace("def Cube", "asset m = @maps/t.<UDIM>.png@\n  def Cube")
    layer_of(source, "geo/cube.usda", text)
    root = layer_of(source, "root.usda", referring("@geo/cube.usda@", "@missing.usda@"))
    digests = []
    for name in ("one", "two"):
        found = scan(root, source, Caps())
        files = write(found, source, tmp_path / name)
        assert files == ("geo/cube.usda", "geo/maps/t.1001.png", "root.usda")
        assert found.unreadable == ["missing.usda, named by root.usda: it is not there"]
        digests.append([hashlib.sha256((tmp_path / name / file).read_bytes()).hexdigest() for file in files])
    assert digests[0] == digests[1]


def test_a_damaged_dependency_is_named_and_a_damaged_root_refused(tmp_path: Path) -> None:
    layer_of(tmp_path, "bad.usda", "#usda 1.0\ndef {{{")
    root = layer_of(tmp_path, "root.usda", referring("@bad.usda@"))
    found = scan(root, tmp_path, Caps())
    assert "does not parse" in found.unreadable[0]
    assert list(found.layers) == ["root.usda"]
    with pytest.raises(UsdError, match="does not parse"):
        scan(tmp_path / "bad.usda", tmp_path, Caps())


def test_a_file_of_no_known_kind_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("a secret")
    found = scan(layer_of(tmp_path, "root.usda", referring("@notes.txt@")), tmp_path, Caps())
    assert found.media == []
    assert "no file that an asset carries" in found.unreadable[0]


@pytest.mark.parametrize("caps", [Caps(layers=1), Caps(files=1), Caps(total_bytes=150)])
def test_an_asset_above_a_cap_is_refused(caps: Caps, tmp_path: Path) -> None:
    layer_of(tmp_path, "cube.usda", CUBE)
    root = layer_of(tmp_path, "root.usda", referring("@cube.usda@"))
    assert len(scan(root, tmp_path, Caps()).layers) == 2
    with pytest.raises(UsdError, match="at most"):
        scan(root, tmp_path, caps)


def test_a_layer_above_its_cap_is_named(tmp_path: Path) -> None:
    (tmp_path / "cube.usda").write_text(CUBE + "#" * (2 << 20))
    root = layer_of(tmp_path, "root.usda", referring("@cube.usda@"))
    found = scan(root, tmp_path, Caps(text_layer_bytes=1 << 20))
    assert "expected a layer of at most 1 MiB, found 2 MiB" in found.unreadable[0]


def test_the_estimate_is_the_composed_count_for_plain_references(tmp_path: Path) -> None:
    layer_of(tmp_path, "cube.usda", CUBE)
    root = layer_of(tmp_path, "root.usda", referring("@cube.usda@"))
    assert count(tmp_path, root) >= inspect_stage(root).prim_count == 2


def test_the_estimate_follows_arcs_that_hide_behind_sublayers_and_behind_other_arcs(tmp_path: Path) -> None:
    wide = "".join(f'  def "p{i}"\n  {{\n  }}\n' for i in range(500))
    layer_of(tmp_path, "wide.usda", f'#usda 1.0\ndef "Wide"\n{{\n  def "inner"\n  {{\n{wide}  }}\n}}\n')
    text = '#usda 1.0\n(\n  subLayers = [@wide.usda@]\n)\ndef "A" (\n  references = </Wide>\n)\n{\n}\n'
    text += 'def "B" (\n  references = </A/inner>\n)\n{\n}\n'
    root = layer_of(tmp_path, "root.usda", text)
    composed = inspect_stage(root).prim_count
    assert composed > 1500
    assert count(tmp_path, root) >= composed
    with pytest.raises(UsdError, match="at most 1000 prims"):
        count(tmp_path, root, most=1000)


def test_instances_of_one_prototype_count_once(tmp_path: Path) -> None:
    layer_of(tmp_path, "cube.usda", CUBE)
    body = "".join(f'def "i{i}" (\n  instanceable = true\n  references = @cube.usda@\n)\n{{\n}}\n' for i in range(100))
    assert count(tmp_path, layer_of(tmp_path, "root.usda", "#usda 1.0\n" + body)) == 102


def test_dependencies_reach_into_the_variant_that_is_not_selected(tmp_path: Path) -> None:
    layer_of(tmp_path, "cube.usda", CUBE)
    text = '#usda 1.0\ndef "A" (\n  variants = {\n    string v = "off"\n  }\n  variantSets = ["v"]\n)\n{\n'
    text += (
        '  variantSet "v" = {\n    "off" {\n    }\n    "on" (\n      references = @cube.usda@\n    ) {\n    }\n  }\n}\n'
    )
    root = layer_of(tmp_path, "root.usda", text)
    assert dependencies(root).files == (tmp_path / "cube.usda", root)
    with pytest.raises(UsdError, match=r"nothing that opens|does not open"):
        dependencies(tmp_path / "absent.usda")


def test_dependencies_are_found_in_search_paths(tmp_path: Path) -> None:
    store = tmp_path / "store"
    layer_of(store, "props/cube.usda", CUBE)
    root = layer_of(tmp_path / "shot", "root.usda", referring("@props/cube.usda@"))
    assert dependencies(root).unresolved == ("props/cube.usda",)
    assert store / "props" / "cube.usda" in dependencies(root, [store]).layers


def test_materialx_names_its_textures_and_may_declare_no_entity() -> None:
    document = b'<materialx fileprefix="maps/"><image><input type="filename" value="a.png"/></image></materialx>'
    assert named_files(document) == ("maps/a.png",)
    hostile = b'<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><materialx>&x;</materialx>'
    with pytest.raises(UsdError, match="document type"):
        named_files(hostile)
    with pytest.raises(UsdError, match="does not parse"):
        named_files(b"<materialx>")
