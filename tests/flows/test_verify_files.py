from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assetlib.flows.verify_files import verify_files
from assetlib.library import Library
from assetlib.media.exr import write_exr
from assetlib.model.refusals import BadInput
from provenance.claims import signed_document
from provenance.credentials import sign_detached
from provenance.digest import digest_file
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


SIDECARS = {
    "receipt.json": "application/json",
    "reel.otio": "application/json",
    "a.usda": "model/vnd.usda",
    "b.exr": "",
}


@pytest.fixture
def signed(library: Library, tmp_path: Path) -> Path:
    """Files of kinds that carry nothing inside, each with its signed ``FILE.c2pa`` beside it."""
    folder = tmp_path / "signed"
    folder.mkdir()
    (folder / "receipt.json").write_text('{"schema": 1}')
    (folder / "reel.otio").write_text('{"OTIO_SCHEMA": "Timeline.1"}')
    (folder / "a.usda").write_text("#usda 1.0\n")
    write_exr(folder / "b.exr", np.zeros((8, 8, 3), np.float32), rate=Fraction(24))
    for name, media_type in SIDECARS.items():
        claim = signed_document(document="D-000001", digest=digest_file(folder / name))
        media_type = media_type or "image/x-exr"
        manifest = sign_detached(folder / name, media_type, claim, signer=library.signer, trust=library.trust)
        (folder / f"{name}.c2pa").write_bytes(manifest)
    return folder


@pytest.mark.parametrize("name", SIDECARS)
def test_a_sidecar_beside_a_file_is_judged_like_credentials_in_it(library: Library, signed: Path, name: str) -> None:
    def verdict(path: Path) -> dict[str, Any]:
        (only,) = verify_files(library, [path], trust=None)
        return only

    assert verdict(signed / name)["verdict"] == "pass"
    by_sidecar = verdict(signed / f"{name}.c2pa")
    assert (by_sidecar["verdict"], by_sidecar["file"]) == ("pass", str(signed / name))
    data = bytearray((signed / name).read_bytes())
    data[-2] ^= 1
    (signed / name).write_bytes(data)
    assert verdict(signed / name)["verdict"] == "fail"


@pytest.mark.parametrize("name", SIDECARS)
def test_another_files_sidecar_fails(library: Library, signed: Path, name: str) -> None:
    other = next(one for one in SIDECARS if one != name)
    (signed / f"{name}.c2pa").write_bytes((signed / f"{other}.c2pa").read_bytes())
    (verdict,) = verify_files(library, [signed / name], trust=None)
    assert verdict["verdict"] == "fail"


def test_a_receipt_is_found_from_the_folder_it_lies_in(
    library: Library, signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(signed)
    (verdict,) = verify_files(library, [Path("receipt.json")], trust=None)
    assert (verdict["verdict"], verdict["file"]) == ("pass", "receipt.json")


def boxed(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(data), kind) + data


def clip_with(library: Library, folder: Path, more: bytes) -> str:
    """The verdict on the take's clip with `more` after its end."""
    clip = next(laid_out(library, folder).glob("*.mp4"))
    clip.write_bytes(clip.read_bytes() + more)
    (verdict,) = verify_files(library, [clip], trust=None)
    return str(verdict["verdict"])


@pytest.mark.parametrize("kind", [b"free", b"skip", b"ftyp", b"uuid", b"mdat", b"moov"])
def test_bytes_hidden_after_a_clip_fail(library: Library, tmp_path: Path, kind: bytes) -> None:
    """The engine trusts a clip whatever is put into its padding."""
    assert clip_with(library, tmp_path, boxed(kind, b"a picture that nobody licensed")) == "fail"


def test_empty_padding_after_a_clip_hides_nothing(library: Library, tmp_path: Path) -> None:
    assert clip_with(library, tmp_path, boxed(b"free", bytes(64))) == "pass"


@pytest.mark.parametrize("kept", [-1, -1000, 20_000])
def test_a_clip_cut_short_fails(library: Library, tmp_path: Path, kept: int) -> None:
    clip = next(laid_out(library, tmp_path).glob("*.mp4"))
    clip.write_bytes(clip.read_bytes()[:kept])
    (verdict,) = verify_files(library, [clip], trust=None)
    assert verdict["verdict"] == "fail"


def test_a_frame_in_another_s_place_fails(library: Library, tmp_path: Path) -> None:
    folder = laid_out(library, tmp_path)
    first, second, *_ = sorted(folder.glob("*.png"))
    first.write_bytes(second.read_bytes())
    found = verdicts(library, folder)
    assert (found[first.name], found[second.name]) == ("fail", "pass")


def test_a_frame_taken_out_of_a_sequence_fails_its_inventory(library: Library, tmp_path: Path) -> None:
    folder = laid_out(library, tmp_path)
    sorted(folder.glob("*.png"))[1].unlink()
    assert verdicts(library, folder)["frames.json"] == "fail"


def test_a_sequence_without_its_exr_is_whole(library: Library, tmp_path: Path) -> None:
    folder = laid_out(library, tmp_path)
    for file in folder.glob("*.exr"):
        file.unlink()
    assert verdicts(library, folder)["frames.json"] == "pass"
