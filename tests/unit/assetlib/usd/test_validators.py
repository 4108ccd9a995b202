"""A stage that is not what we wrote is told apart: labels, overrides, pins, paths, missing files."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from assetlib.usd.author import author_asset
from assetlib.usd.checks import Severity
from assetlib.usd.validators import Complaint, validate
from tests.unit.assetlib.usd.assets import CRATE, HERO, crate_tree
from tests.unit.assetlib.usd.models import arm

DIGEST = "sha256:" + "ab" * 32
ASSET = "characters/hero/v003/hero.usda"
SHOT = """#usda 1.0
(
    defaultPrim = "shot"
    metersPerUnit = 1
    upAxis = "Y"
    customLayerData = {
        dictionary assetlib = {
            dictionary pins = {
                dictionary hero = {
                    string digest = "%(listed)s"
                }
            }
        }
    }
)
def Xform "shot" (kind = "assembly")
{
    def Xform "hero" (
        kind = "group"
        customData = {
            dictionary assetlib = {
                string digest = "%(pinned)s"
            }
        }
    )
    {
        def Xform "asset" (references = %(path)s)
        {
            %(inside)s
        }
    }
}
"""


@pytest.fixture
def top(tmp_path: Path) -> Path:
    author_asset(replace(HERO, model=arm()), tmp_path / "characters/hero/v003")
    return tmp_path


def shot(top: Path, *, listed: str = DIGEST, pinned: str = DIGEST, path: str = f"@{ASSET}@", inside: str = "") -> Path:
    target = top / "shots" / "sh.usda"
    target.parent.mkdir()
    target.write_text(SHOT % {"listed": listed, "pinned": pinned, "path": path, "inside": inside})
    return target


def ours(root: Path, top: Path) -> list[Complaint]:
    return list(validate(root, [top], only_ours=True))


def checks(found: list[Complaint]) -> list[str]:
    return [complaint.check.removeprefix("assetlib:") for complaint in found]


def edit(top: Path, old: str, new: str) -> Path:
    root = top / ASSET
    text = root.read_text()
    assert old in text
    root.write_text(text.replace(old, new))
    return root


def test_what_we_author_has_no_complaint(top: Path) -> None:
    assert validate(top / ASSET, [top]) == ()


def test_a_foreign_tree_in_our_layout_has_no_complaint(tmp_path: Path) -> None:
    authored = author_asset(replace(CRATE, foreign=crate_tree(tmp_path / "in")), tmp_path / "out")
    assert validate(tmp_path / "out" / authored.root) == ()


def test_a_pinned_shot_has_no_complaint(top: Path) -> None:
    assert ours(shot(top), top) == []


@pytest.mark.parametrize("name", ["default", "training"])
def test_a_label_that_says_allow_is_an_error(top: Path, name: str) -> None:
    root = edit(top, f'token rights:{name} = "deny"', f'token rights:{name} = "allow"')
    (complaint,) = ours(root, top)
    assert (complaint.check, complaint.severity) == ("assetlib:RightsToken", Severity.ERROR)
    assert complaint.where == f"hero.usda</hero.rights:{name}>"
    assert "can only say no" in complaint.sentence


def test_a_label_that_is_left_out_is_an_error(top: Path) -> None:
    root = edit(top, '    uniform token rights:default = "deny"\n', "")
    assert checks(ours(root, top)) == ["RightsToken"]


def test_the_checks_do_not_depend_on_the_schemas_being_registered(top: Path) -> None:
    """A tool that opened a stage before us must not thereby pass everything."""
    root = edit(top, '    uniform token rights:default = "deny"\n', "")
    code = (
        "from pxr import Usd\n"
        f"stage = Usd.Stage.Open({str(root)!r})\n"
        "from assetlib.usd.checks import rights_token\n"
        "print(stage.GetDefaultPrim().GetAppliedSchemas(), [f.sentence for f in rights_token(stage)])"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60)
    assert "AssetlibRightsAPI" not in ran.stdout.split("]")[0]
    assert "does not state rights:default" in ran.stdout


@pytest.mark.parametrize(
    "inside",
    ['uniform token rights:training = "ask"', 'uniform string assetlib:entity = "assetlib:///characters/other"'],
)
def test_a_label_overridden_in_a_shot_is_flagged(top: Path, inside: str) -> None:
    found = ours(shot(top, inside=inside), top)
    assert set(checks(found)) == {"RightsOverride"}
    assert any("stated more than once (sh.usda, hero.usda)" in c.sentence for c in found)


def test_a_label_overridden_in_the_class_is_flagged(top: Path) -> None:
    found = ours(
        edit(top, '    class "hero"\n    {', '    class "hero"\n    {\n uniform token rights:training = "ask"'), top
    )
    assert "RightsOverride" in checks(found)


def test_a_label_in_a_variant_that_nobody_chose_is_flagged(top: Path) -> None:
    found = ours(edit(top, '"bare" {', '"bare" {\n uniform token rights:training = "ask"\n'), top)
    assert checks(found) == ["RightsOverride"]
    assert "{costume=bare}" in found[0].where


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("hero", "starts with 'assetlib://'"),
        (f"assetlib:///characters/hero?version={DIGEST}", "without a version"),
        ("assetlib:///characters/villain", "its layer says assetlib:///characters/hero"),
    ],
)
def test_an_entity_label_that_names_nothing_or_another_is_an_error(top: Path, new: str, words: str) -> None:
    root = edit(top, 'assetlib:entity = "assetlib:///characters/hero"', f'assetlib:entity = "{new}"')
    (complaint,) = ours(root, top)
    assert complaint.check == "assetlib:EntityUri"
    assert words in complaint.sentence


def test_a_kind_outside_the_list_is_an_error(top: Path) -> None:
    root = edit(top, 'assetlib:kind = "character"', 'assetlib:kind = "deity"')
    assert checks(ours(root, top)) == ["EntityUri"]


@pytest.mark.parametrize(
    ("pins", "words"),
    [
        ({"pinned": "latest"}, "is no digest"),
        ({"listed": "sha256:" + "00" * 32}, "do not list among their pins"),
    ],
)
def test_a_reference_whose_pin_does_not_hold_is_an_error(top: Path, pins: dict[str, str], words: str) -> None:
    (complaint,) = ours(shot(top, **pins), top)
    assert complaint.check == "assetlib:Pins"
    assert words in complaint.sentence


def test_a_reference_without_a_pin_is_an_error(top: Path) -> None:
    root = shot(top)
    root.write_text(root.read_text().replace("string digest", "string other"))
    (complaint,) = ours(root, top)
    assert "without a pin" in complaint.sentence


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/etc/hostname.usda", "is absolute"),
        ("../../outside.usda", "leaves the folder"),
        ("https://example.com/a.usda", "names a scheme"),
    ],
)
def test_a_path_that_leaves_the_library_is_an_error(top: Path, path: str, words: str) -> None:
    found = ours(shot(top, path=f"@{path}@"), top)
    assert any(c.check == "assetlib:PathPolicy" and words in c.sentence for c in found)


def test_a_path_written_as_an_expression_is_an_error(top: Path) -> None:
    root = shot(top, path=f'@`"{ASSET}"`@')
    found = ours(root, top)
    assert any(c.check == "assetlib:PathPolicy" and "expression" in c.sentence for c in found)
    assert '`"' in root.read_text()


def test_a_link_out_of_the_library_is_an_error(top: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "payload.usda"
    payload = top / "characters/hero/v003/payload.usda"
    payload.rename(outside)
    payload.symlink_to(outside)
    found = ours(top / ASSET, top)
    assert any(c.check == "assetlib:PathPolicy" and "outside the asset" in c.sentence for c in found)


def test_a_missing_file_behind_a_variant_that_nobody_chose_is_found(top: Path) -> None:
    root = edit(top, '"bare" {', '"bare" (\n payload = @./bare.usda@\n) {')
    assert any("bare.usda is named by a layer and is not there" in c.sentence for c in ours(root, top))
