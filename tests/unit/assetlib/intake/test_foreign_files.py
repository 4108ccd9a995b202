"""Timelines, packages, scans and verdicts travel through the limited child and come back as values."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from PIL import Image

from assetlib.intake.answers import Unreadable
from assetlib.intake.scan import intake_scan
from assetlib.intake.timeline import intake_timeline
from assetlib.intake.usd import intake_usd
from assetlib.intake.verify import intake_verify
from assetlib.protection.scan import hash_items, read_items
from assetlib.usd.plugin import load
from provenance.digest import Digest
from provenance.trust import trust_anchors
from provenance.verify import verify_file
from tests.provenance_kit import Studio, flip, make_studio

CUBE = '#usda 1.0\n(\n  defaultPrim = "A"\n  metersPerUnit = 1\n  upAxis = "Y"\n)\n'
CUBE += 'def Xform "A" (\n  references = @maps/b.usda@\n)\n{\n  def Cube "c"\n  {\n  }\n}\n'


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return make_studio(tmp_path_factory.mktemp("studio"))


def edl(path: Path) -> Path:
    track = otio.schema.Track(name="V1", kind="Video")
    for name in ("sh0010", "sh0020"):
        span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(48, 24))
        track.append(otio.schema.Clip(name=name, source_range=span))
    cut = otio.schema.Timeline(name="reel")
    cut.tracks.append(track)
    otio.adapters.write_to_file(cut, str(path))
    return path


def test_a_timeline_comes_back_as_a_cut_with_our_own_file(tmp_path: Path) -> None:
    cut, canonical = intake_timeline(edl(tmp_path / "reel.otio"), None, None, tmp_path / "out")
    assert (cut.name, cut.rate, [edit.shot for edit in cut.edits]) == ("reel", Fraction(24), ["sh0010", "sh0020"])
    ours = otio.adapters.read_from_file(str(canonical))
    assert ours.metadata["assetlib"]["timeline"] == cut.uuid


def test_what_is_no_timeline_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "reel.otio").write_text("[1, 2")
    with pytest.raises(Unreadable, match=r"reel\.otio"):
        intake_timeline(tmp_path / "reel.otio", None, None, tmp_path / "out")
    with pytest.raises(Unreadable, match="found no file"):
        intake_timeline(tmp_path / "absent.otio", None, None, tmp_path / "out")


def packaged(folder: Path) -> Path:
    from pxr import UsdUtils

    load()
    tree = folder / "tree"
    (tree / "maps").mkdir(parents=True)
    (tree / "a.usda").write_text(CUBE)
    (tree / "maps" / "b.usda").write_text('#usda 1.0\n(\n  defaultPrim = "B"\n)\ndef "B"\n{\n}\n')
    assert UsdUtils.CreateNewUsdzPackage(str(tree / "a.usda"), str(folder / "in" / "a.usdz"))
    return folder / "in" / "a.usdz"


def test_a_package_comes_in_as_a_tree(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    taken = intake_usd(packaged(tmp_path), tmp_path / "out")
    assert (taken.root, taken.prim_count, taken.unreadable) == ("a.usda", 2, ())
    assert {Path(file.path).name for file in taken.files} == {"a.usda", "b.usda"}
    assert all((tmp_path / "out" / file.path).is_file() for file in taken.files)


def test_a_package_with_an_entry_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = packaged(tmp_path)
    data = path.read_bytes()
    name = b"a.usda"
    path.write_bytes(data.replace(name, b"b.usda", 1))  # the local header says b, the directory says a
    with pytest.raises(Unreadable, match="well-formed USD package"):
        intake_usd(path, tmp_path / "out")


def test_texts_beside_the_asset_become_hints(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.usda").write_text(CUBE)
    (tmp_path / "in" / "LICENSE.txt").write_text("CC BY 4.0")
    (tmp_path / "in" / "notes.txt").write_text("private")
    taken = intake_usd(tmp_path / "in" / "a.usda", tmp_path / "out")
    assert [(hint.source, hint.text) for hint in taken.hints] == [("LICENSE.txt", "CC BY 4.0")]
    assert taken.unreadable == ("maps/b.usda, named by a.usda: it is not there",)


def test_a_scan_in_the_child_says_what_a_scan_here_says(studio: Studio, tmp_path: Path) -> None:
    gradient = tmp_path / "gradient.png"
    Image.radial_gradient("L").resize((300, 200)).save(gradient)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    paths = [gradient, tmp_path / "bad.png", studio.image("plain.png")]
    documents = intake_scan(paths)
    assert documents[0] == hash_items([gradient])[0]
    assert documents[0]["views"]
    items = read_items(documents)
    assert [item.item for item in items] == [str(path) for path in paths]
    assert [bool(item.error) for item in items] == [False, True, False]


def test_verdicts_in_the_child_are_those_of_the_pass_rule(studio: Studio, tmp_path: Path) -> None:
    signed, plain = studio.reference("signed.png"), studio.image("unsigned.png")
    changed = flip(signed, tmp_path / "changed.png", -20)
    paths = [signed, plain, changed, tmp_path / "absent.png"]
    found = intake_verify(paths, trust=studio.trust)
    assert found[:3] == [verify_file(path, trust=studio.trust).to_json() for path in paths[:3]]
    assert [document["verdict"] for document in found] == ["pass", "unknown", "fail", "fail"]
    assert intake_verify([signed], trust=None)[0]["verdict"] == "fail"
    assert intake_verify([signed], trust=trust_anchors(studio.trust.anchors_pem))[0]["verdict"] == "pass"


def test_the_catalog_is_asked_here_and_its_answer_counts_there(studio: Studio) -> None:
    signed = studio.reference("asked.png")
    asked: list[tuple[str | None, Digest]] = []

    def knows_everything(entity: str | None, digest: Digest) -> bool:
        asked.append((entity, digest))
        return True

    def knows_nothing(entity: str | None, digest: Digest) -> bool:
        return False

    for catalog in (knows_everything, knows_nothing):
        here = verify_file(signed, trust=studio.trust, catalog=catalog).to_json()
        assert intake_verify([signed], trust=studio.trust, catalog=catalog) == [here]
    assert asked


def test_a_sidecar_beside_the_file_is_found_in_the_child(studio: Studio, tmp_path: Path) -> None:
    signed = studio.reference("with_sidecar.png")
    copy = tmp_path / "copy.png"
    shutil.copy(signed, copy)
    (tmp_path / "copy.png.c2pa").write_bytes(b"no manifest")
    assert intake_verify([copy], trust=studio.trust) == [verify_file(copy, trust=studio.trust).to_json()]
