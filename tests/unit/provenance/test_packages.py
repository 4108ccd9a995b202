"""Signed inventories of assets and sequences."""

import shutil
from pathlib import Path

import pytest

from provenance.claims import SourceType, asset_package
from provenance.errors import InvalidClaim
from provenance.packages import (
    PackageFile,
    inventory,
    is_hostile_path,
    looks_like_zip,
    measure,
    read_inventory,
    sign_package,
    verify_package,
)
from provenance.verdict import Judgment
from provenance.verify import find_manifest, verify_file
from tests.provenance_kit import HERO, ZERO, Studio, ingredient, make_studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return make_studio(tmp_path_factory.mktemp("studio"))


def package(studio: Studio, folder: Path, *, stem: str = "asset") -> tuple[bytes, bytes]:
    """An asset tree in `folder` with its signed inventory beside it."""
    (folder / "textures").mkdir(parents=True)
    (folder / "hero.usda").write_text("#usda 1.0\n")
    (folder / "geo.usda").write_text('#usda 1.0\ndef "Hero" {}\n')
    (folder / "textures" / "skin.png").write_bytes(b"skin")
    files = measure(folder, ["hero.usda", "geo.usda", "textures/skin.png"])
    listed = inventory(HERO.entity, HERO.version, "hero.usda", files)
    claim = asset_package(title="hero@v003", asset=HERO, inventory=listed, references=["ref0"])
    manifest = sign_package(
        listed, claim, signer=studio.signer, trust=studio.trust, ingredients=[ingredient(studio.reference())]
    )
    (folder / f"{stem}.json").write_bytes(listed)
    (folder / f"{stem}.c2pa").write_bytes(manifest)
    return listed, manifest


BESIDE = ("asset.json", "asset.c2pa")


def test_an_untouched_package_passes_with_its_reference(studio: Studio, tmp_path: Path) -> None:
    listed, manifest = package(studio, tmp_path / "hero")
    verdict = verify_package(tmp_path / "hero", listed, manifest, studio.trust, beside=BESIDE)
    assert verdict.passed, verdict.to_json()
    assert [i.title for i in verdict.ingredients] == ["hero_front.png"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: (d / "geo.usda").write_text('#usda 1.0\ndef "Herx" {}\n'), "file.changed"),
        (lambda d: (d / "textures" / "skin.png").unlink(), "file.missing"),
        (lambda d: (d / "extra.usda").write_text("#usda 1.0\n"), "file.unlisted"),
        (lambda d: [(d / "geo.usda").rename(d / "real"), (d / "geo.usda").symlink_to("real")], "file.missing"),
    ],
    ids=["changed", "missing", "unlisted", "linked"],
)
def test_a_package_with_a_changed_missing_unlisted_or_linked_file_fails(
    studio: Studio, tmp_path: Path, change: object, code: str
) -> None:
    listed, manifest = package(studio, tmp_path / "hero")
    assert callable(change)
    change(tmp_path / "hero")
    verdict = verify_package(tmp_path / "hero", listed, manifest, studio.trust, beside=BESIDE)
    assert verdict.verdict is Judgment.FAIL
    assert code in [step.code for step in verdict.findings]


def test_an_inventory_under_another_ones_manifest_fails(studio: Studio, tmp_path: Path) -> None:
    listed, manifest = package(studio, tmp_path / "hero")
    forged = listed.replace(b'"version":"v003"', b'"version":"v004"')
    assert not verify_package(tmp_path / "hero", forged, manifest, studio.trust, beside=BESIDE).passed


@pytest.mark.parametrize("stem", ["asset", "frames"])
def test_one_file_is_judged_by_the_inventory_that_lists_it(studio: Studio, tmp_path: Path, stem: str) -> None:
    package(studio, tmp_path / "hero", stem=stem)
    skin = tmp_path / "hero" / "textures" / "skin.png"
    found = find_manifest(skin)
    assert found is not None and found.inventory == tmp_path / "hero" / f"{stem}.json"
    layer = tmp_path / "hero" / "geo.usda"
    assert verify_file(layer, trust=studio.trust).passed
    layer.write_text("#usda 1.0\n")
    changed = verify_file(layer, trust=studio.trust)
    assert changed.verdict is Judgment.FAIL
    assert "file.changed" in [step.code for step in changed.findings]


def test_a_signed_picture_under_the_name_of_another_fails(studio: Studio, tmp_path: Path) -> None:
    good, other = studio.reference("good.png"), studio.reference("other.png")
    picture = tmp_path / "front.png"
    shutil.copy(good, picture)
    listed = inventory(HERO.entity, HERO.version, "front.png", measure(tmp_path, ["front.png"]))
    claim = asset_package(title="hero", asset=HERO, inventory=listed)
    (tmp_path / "asset.json").write_bytes(listed)
    (tmp_path / "asset.c2pa").write_bytes(sign_package(listed, claim, signer=studio.signer, trust=studio.trust))
    assert verify_file(picture, trust=studio.trust).passed
    shutil.copy(other, picture)
    assert not verify_file(picture, trust=studio.trust).passed


def test_the_inventory_itself_verifies_by_the_manifest_beside_it(studio: Studio, tmp_path: Path) -> None:
    package(studio, tmp_path / "hero", stem="frames")
    assert verify_file(tmp_path / "hero" / "frames.json", trust=studio.trust).passed


def test_a_file_that_no_inventory_lists_is_unknown(studio: Studio, tmp_path: Path) -> None:
    package(studio, tmp_path / "hero")
    (tmp_path / "hero" / "note.txt").write_text("hello")
    assert verify_file(tmp_path / "hero" / "note.txt", trust=studio.trust).verdict is Judgment.UNKNOWN


def test_the_same_files_give_the_same_inventory_in_any_order() -> None:
    files = [PackageFile(path=p, digest=ZERO, size=0) for p in ("b.usda", "a.usda", "ä.png")]
    made = inventory(HERO.entity, "v001", "a.usda", files)
    assert made == inventory(HERO.entity, "v001", "a.usda", files[::-1])
    assert {f.path for f in read_inventory(made)} == {"a.usda", "b.usda", "ä.png"}


@pytest.mark.parametrize(
    "path", ["../a", "/a", "a/../b", "a//b", "./a", "a\\b", "C:a", "a\x00b", "a\nb", "a ", "a.", "", "con/./x", "a?"]
)
def test_a_path_that_leaves_the_package_or_reads_two_ways_is_refused(path: str) -> None:
    assert is_hostile_path(path)
    with pytest.raises(InvalidClaim):
        inventory(HERO.entity, "v001", path, [PackageFile(path=path, digest=ZERO, size=0)])


def test_paths_that_differ_by_case_only_are_refused() -> None:
    files = [PackageFile(path=p, digest=ZERO, size=0) for p in ("a.usda", "A.usda")]
    with pytest.raises(InvalidClaim, match="letter case"):
        inventory(HERO.entity, "v001", "a.usda", files)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"\xff", b'{"files":1}', b'{"files":[{"path":"a"}]}', b"[" * 100_000],
    ids=["empty", "object", "list", "bytes", "number", "short", "deep"],
)
def test_a_malformed_inventory_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(InvalidClaim):
        read_inventory(data)


def test_an_inventory_that_can_be_read_two_ways_is_refused() -> None:
    made = inventory(HERO.entity, "v001", "a.usda", [PackageFile(path="a.usda", digest=ZERO, size=0)])
    for other in (made + b"\n", made.replace(b'"alg"', b'"alg":"sha256","alg"', 1)):
        with pytest.raises(InvalidClaim):
            read_inventory(other)


def test_only_zip_bytes_look_like_a_zip() -> None:
    assert looks_like_zip(b"PK\x03\x04rest") and looks_like_zip(b"PK\x05\x06")
    assert not looks_like_zip(b"#usda 1.0") and not looks_like_zip(b"")


def test_a_sequence_can_be_declared_as_previs(studio: Studio) -> None:
    listed = inventory(HERO.entity, "v001", "f.1001.exr", [PackageFile(path="f.1001.exr", digest=ZERO, size=0)])
    claim = asset_package(title="frames", asset=HERO, inventory=listed, declared=SourceType.ALGORITHMIC_MEDIA)
    assert sign_package(listed, claim, signer=studio.signer, trust=studio.trust)
