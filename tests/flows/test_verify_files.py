from __future__ import annotations

from pathlib import Path

import pytest

from assetlib.flows.verify_files import verify_files
from assetlib.library import Library
from assetlib.model.refusals import BadInput
from tests.flows.small_library import SHOTS, picture


def laid_out(library: Library, folder: Path) -> Path:
    """The take's files as a delivery would lay them out."""
    with library.catalog.reader() as queries:
        files = queries.take_files(SHOTS[0], 1)
    for file in files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        library.store.copy_to(file.digest, target)
    return folder


def verdicts(library: Library | None, *paths: Path, trust: Path | None = None) -> dict[str, str]:
    return {Path(v["file"]).name: v["verdict"] for v in verify_files(library, paths, trust=trust)}


def test_every_picture_and_the_clip_of_a_take_pass(library: Library, tmp_path: Path) -> None:
    found = verdicts(library, laid_out(library, tmp_path / "take"))
    assert found.pop("take.json") == "unknown"
    assert len(found) == 10
    assert set(found.values()) == {"pass"}


def test_one_changed_picture_fails_and_the_others_pass(library: Library, tmp_path: Path) -> None:
    folder = laid_out(library, tmp_path / "take")
    frame = sorted(folder.glob("*.png"))[1]
    frame.chmod(0o640)
    data = bytearray(frame.read_bytes())
    data[-60] ^= 1
    frame.write_bytes(data)
    found = verdicts(library, folder)
    assert found.pop(frame.name) == "fail"
    assert found.pop("take.json") == "unknown"
    assert set(found.values()) == {"pass"}


def test_a_foreign_picture_without_credentials_is_unknown(library: Library, tmp_path: Path) -> None:
    assert verdicts(library, picture(tmp_path / "holiday.png", seed=3)) == {"holiday.png": "unknown"}


def test_a_picture_of_ours_without_its_inventory_is_unknown_and_named(library: Library, tmp_path: Path) -> None:
    frame = sorted(laid_out(library, tmp_path / "take").glob("*.png"))[0]
    lone = frame.rename(tmp_path / "lone.png")
    (verdict,) = verify_files(library, [lone], trust=None)
    assert verdict["verdict"] == "unknown"
    assert "sq010_sh0010 take_001" in verdict["findings"][-1]["sentence"]


def test_the_anchors_alone_are_enough_without_a_library(library: Library, tmp_path: Path) -> None:
    clip = next(laid_out(library, tmp_path / "take").glob("*.mp4"))
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(library.authority.anchors_pem)
    assert verdicts(None, clip, trust=anchors) == {clip.name: "pass"}


def test_nobody_is_trusted_without_library_and_anchors(library: Library, tmp_path: Path) -> None:
    clip = next(laid_out(library, tmp_path / "take").glob("*.mp4"))
    assert verdicts(None, clip) == {clip.name: "fail"}


@pytest.mark.parametrize("what", ["nothing", "empty", "anchors"])
def test_what_cannot_be_judged_is_refused_with_a_sentence(library: Library, tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    bad = tmp_path / "anchors.pem"
    bad.write_text("no certificate")
    path = picture(tmp_path / "x.png") if what == "anchors" else tmp_path / what
    with pytest.raises(BadInput, match=r"found|holds"):
        verify_files(library, [path], trust=bad if what == "anchors" else None)


def test_a_sidecar_is_judged_as_the_file_it_speaks_for(library: Library, tmp_path: Path) -> None:
    folder = laid_out(library, tmp_path / "take")
    assert verdicts(library, folder / "frames.c2pa") == {"frames.json": "pass"}


def test_a_sidecar_alone_is_a_sentence(library: Library, tmp_path: Path) -> None:
    (tmp_path / "lost.mp4.c2pa").write_bytes(b"manifest")
    with pytest.raises(BadInput, match="does not lie beside it"):
        verify_files(library, [tmp_path / "lost.mp4.c2pa"], trust=None)
