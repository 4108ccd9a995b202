"""Checkouts, assemblies, and what a scan of a foreign folder finds of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from assetlib.flows.activate_license import revoke_license
from assetlib.flows.assemble_cut import assemble_cut
from assetlib.flows.checkout_asset import checkout_asset
from assetlib.flows.export_cut import export_cut
from assetlib.flows.scan_dataset import scan_dataset
from assetlib.flows.verify_files import verify_files
from assetlib.library import Library
from assetlib.media.clips import read_frames
from assetlib.model.refusals import BadInput, Conflict, Denied
from assetlib.protection.scan import ScanReport
from tests.flows.small_library import FRAMES, SHOTS, picture


def scanned(library: Library, folder: Path) -> ScanReport:
    return scan_dataset(library, folder, progress=lambda _: None)


def test_a_checkout_is_the_librarys_own_bytes_and_verifies(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = checkout_asset(library, "hero", out, recipient=None)
    assert done["root"] == str(out / "characters/hero/v001/hero.usda")
    assert Path(done["root"]).is_file()
    verdicts = verify_files(library, [out / "characters", out / "rights.json", out / "receipt.json"], trust=None)
    assert {verdict["verdict"] for verdict in verdicts} == {"pass"}
    with library.catalog.reader() as queries:
        stored = queries.decision(done["decision"])
        assert queries.export(done["receipt"]).decision == stored.id
    assert json.loads(stored.body)["question"]["actions"] == ["view"]


def test_the_rights_snapshot_names_the_words_and_who_signed_them(library: Library, tmp_path: Path) -> None:
    checkout_asset(library, "hero", tmp_path / "out", recipient=None)
    snapshot = json.loads((tmp_path / "out" / "rights.json").read_bytes())
    (license_,) = snapshot["licenses"]
    assert (license_["license"], license_["status"], license_["activated_by"]) == (
        "LIC-2026-0001",
        "active",
        "lee-park",
    )
    assert snapshot["decision"]["decision"] == "allow"


@pytest.mark.parametrize("recipient", [None, "stranger"])
def test_a_refused_checkout_leaves_nothing(library: Library, tmp_path: Path, recipient: str | None) -> None:
    if recipient is None:
        revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    with pytest.raises(Denied):
        checkout_asset(library, "hero", tmp_path / "out", recipient=recipient)
    assert not (tmp_path / "out").exists()
    assert list(library.staging.iterdir()) == []


def test_an_assembly_has_the_length_of_the_cut_with_a_slate_for_what_is_missing(
    library: Library, tmp_path: Path
) -> None:
    out = tmp_path / "cut.mp4"
    done = assemble_cut(library, None, out)
    assert (done["frames"], done["shots"]) == (2 * len(FRAMES), 2)
    assert done["warnings"] == [f"{SHOTS[1]}: no cleared take"]
    frames = list(read_frames(out))
    assert len(frames) == 2 * len(FRAMES)
    assert frames[-1].mean() < 60 < frames[0].mean()


def test_an_assembly_is_signed_over_its_takes_and_recorded(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "cut.mp4"
    assemble_cut(library, "reel", out)
    (verdict,) = verify_files(library, [out], trust=None)
    assert verdict["verdict"] == "pass"
    assert [i["relationship"] for i in verdict["ingredients"]] == ["componentOf"]
    with library.catalog.reader() as queries:
        (export,) = queries.exports()
        assert queries.decision(export.decision).outcome == "allow"


def test_a_cut_of_which_nothing_may_be_viewed_is_not_assembled(library: Library, tmp_path: Path) -> None:
    revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    with pytest.raises(Conflict, match="no shot of this cut may be shown"):
        assemble_cut(library, None, tmp_path / "cut.mp4")
    assert not (tmp_path / "cut.mp4").exists()


def test_an_assembly_replaces_no_file(library: Library, tmp_path: Path) -> None:
    (tmp_path / "cut.mp4").write_text("mine")
    with pytest.raises(Conflict, match="no file yet"):
        assemble_cut(library, None, tmp_path / "cut.mp4")


def test_a_copy_and_a_reencoded_smaller_copy_are_found(library: Library, tmp_path: Path) -> None:
    with library.catalog.reader() as queries:
        front = next(file for file in queries.version("hero").files if file.path == "refs/front.png")
    folder = tmp_path / "scraped" / "deep"
    folder.mkdir(parents=True)
    library.store.copy_to(front.digest, folder / "copy.png")
    with Image.open(folder / "copy.png") as image:
        image.convert("RGB").resize((240, 150)).save(folder / "small.jpg", quality=40)
    picture(folder / "stranger.png", seed=99, width=320, height=200)
    report = scanned(library, tmp_path / "scraped")
    found = {Path(hit.item).name: hit for hit in report.hits}
    assert report.scanned == 3
    assert {name: hit.how for name, hit in found.items()} == {"copy.png": "digest", "small.jpg": "fingerprint"}
    assert {hit.asset for hit in report.hits} == {"assetlib:///characters/hero"}
    assert {hit.license for hit in report.hits} == {"LIC-2026-0001"}


def test_a_file_from_a_delivery_is_found_by_its_digest(library: Library, tmp_path: Path) -> None:
    export_cut(library, None, purpose="delivery", recipient="aurora-stream", out=tmp_path / "out")
    frame = next((tmp_path / "out" / "media").rglob("*.png"))
    (hit,) = scanned(library, frame.rename(tmp_path / "leaked.png")).hits
    assert (hit.how, hit.asset, hit.version) == ("digest", SHOTS[0], "EX-000001")


def test_what_cannot_be_read_is_reported(library: Library, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "broken.png").write_bytes(b"\x89PNG no picture")
    report = scanned(library, tmp_path / "d")
    assert (len(report.unread), report.hits) == (1, ())


def test_a_folder_that_is_not_there_is_refused(library: Library, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="found nothing"):
        scanned(library, tmp_path / "nowhere")
