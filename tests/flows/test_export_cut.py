from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import opentimelineio as otio
import pytest

from assetlib.flows.activate_license import revoke_license
from assetlib.flows.audit import audit_shot
from assetlib.flows.export_cut import content_of, export_cut, scenes_of
from assetlib.flows.import_cut import import_cut
from assetlib.flows.leaving import place
from assetlib.flows.verify_files import verify_files
from assetlib.flows.verify_ledger import verify_ledger
from assetlib.library import Library
from assetlib.model.refusals import Conflict, Denied
from assetlib.model.shot import TakeStatus
from assetlib.protection.carriers import PLUS_PROHIBITED
from provenance.digest import digest_file, hex_of
from tests.flows.small_library import SHOTS, Place, add_take

MADE, EMPTY = SHOTS


def exported(library: Library, out: Path, **options: str) -> dict[str, object]:
    asked = {"purpose": "delivery", "recipient": "aurora-stream", **options}
    return export_cut(library, None, out=out, **asked)  # type: ignore[arg-type]


def recorded_exports(library: Library) -> int:
    with library.catalog.reader() as queries:
        return len(queries.exports())


def test_a_delivery_holds_every_file_and_every_one_of_ours_passes(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "delivery"
    done = exported(library, out)
    assert done["receipt"] == "EX-000001"
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()) == done["files"]
    media = [p for p in (out / "media").rglob("*") if p.suffix in (".mp4", ".png", ".exr", ".json")]
    verdicts = verify_files(library, [*media, out / "receipt.json", out / "rights.json"], trust=None)
    assert len(media) == 10
    assert {v["file"] for v in verdicts if v["verdict"] != "pass"} == set()


def test_the_recipient_can_verify_it_without_the_library(library: Library, tmp_path: Path) -> None:
    exported(library, tmp_path / "out")
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(library.authority.anchors_pem)
    verdicts = verify_files(None, [tmp_path / "out" / "media"], trust=anchors)
    assert {verdict["verdict"] for verdict in verdicts} == {"pass"}


def test_the_timeline_of_a_delivery_imported_again_changes_nothing(library: Library, tmp_path: Path) -> None:
    exported(library, tmp_path / "out")
    done = import_cut(library, tmp_path / "out" / "reel.otio")
    assert done["unchanged"] == list(SHOTS)
    assert not any(done[word] for word in ("added", "moved", "trimmed", "replaced", "removed"))


def test_the_timeline_links_relatively_to_the_clips_that_left(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = exported(library, out)
    clips = list(otio.adapters.read_from_file(str(out / "reel.otio")).find_clips())
    assert [clip.name for clip in clips] == list(SHOTS)
    url = clips[0].media_reference.target_url
    assert not url.startswith("/")
    assert (out / url).is_file()
    assert isinstance(clips[1].media_reference, otio.schema.MissingReference)
    assert done["warnings"] == [f"{EMPTY} has no take: its clip is offline"]


def test_pictures_and_clips_say_no_to_training_in_every_carrier(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported(library, out)
    for path in [*out.rglob("*.png"), *out.rglob("*.mp4"), *out.rglob("*.exr.xmp")]:
        assert PLUS_PROHIBITED.encode() in path.read_bytes(), path
    clip = next(out.rglob("*.mp4")).read_bytes()
    assert b"cawg.training-mining" in clip
    assert b"c2pa.training-mining" in clip
    assert json.loads((out / ".well-known/tdmrep.json").read_bytes())[0]["tdm-reservation"] == 1


def test_the_receipt_names_every_byte_and_is_in_the_ledger(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported(library, out)
    statement = json.loads((out / "receipt.json").read_bytes())
    for subject in statement["subject"]:
        assert hex_of(digest_file(out / subject["name"])) == subject["digest"]["sha256"]
    assert len(statement["subject"]) + 2 == sum(1 for p in out.rglob("*") if p.is_file())
    predicate = statement["predicate"]
    assert (predicate["recipient"], predicate["license"], predicate["shots"]) == (
        "aurora-stream",
        ["LIC-2026-0001"],
        [MADE],
    )
    with library.catalog.reader() as queries:
        (kept,) = queries.exports("aurora-stream")
        assert queries.permit(predicate["permit"]).redeemed_at is not None
    assert json.loads(kept.body)["statement"] == statement
    assert verify_ledger(library)["verdict"] == "pass"
    report = audit_shot(library, MADE, html=None)
    assert report.exports == (("EX-000001", "delivery", "aurora-stream", predicate["decision"], "", "lee-park"),)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"purpose": "training"}, "prohibited"),
        ({"recipient": "stranger"}, "unknown-recipient"),
        ({"purpose": "marketing"}, "no-grant"),
    ],
)
def test_a_refused_export_is_recorded_and_leaves_nothing(
    library: Library, tmp_path: Path, options: dict[str, str], code: str
) -> None:
    with pytest.raises(Denied) as refused:
        exported(library, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()
    assert list(library.staging.iterdir()) == []
    assert refused.value.decision.findings
    with library.catalog.reader() as queries:
        assert queries.decision(refused.value.decision_id).outcome == "deny"
    notices = audit_shot(library, MADE, html=None).notices
    if code != "unknown-recipient":
        assert any(refused.value.decision_id in notice for notice in notices)
    assert recorded_exports(library) == 0


def test_a_review_gets_clips_and_no_frames(library: Library, tmp_path: Path) -> None:
    exported(library, tmp_path / "out", purpose="review")
    assert [p.suffix for p in (tmp_path / "out" / "media").rglob("*") if p.is_file()] == [".mp4"]


def test_a_stand_in_is_not_delivered(library: Library, tmp_path: Path) -> None:
    add_take(library, EMPTY, tmp_path / "work", status=TakeStatus.STAND_IN)
    with pytest.raises(Conflict, match=f"{EMPTY}: only a stand-in"):
        exported(library, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_dry_run_asks_and_writes_nothing(library: Library, tmp_path: Path) -> None:
    done = export_cut(
        library, "reel", purpose="delivery", recipient="aurora-stream", out=tmp_path / "out", dry_run=True
    )
    assert done["decision"]["decision"] == "allow"
    assert not (tmp_path / "out").exists()
    assert recorded_exports(library) == 0


@pytest.mark.parametrize("occupied", ["file", "folder"])
def test_nothing_is_written_over_what_is_there(library: Library, tmp_path: Path, occupied: str) -> None:
    out = tmp_path / "out"
    target = out if occupied == "file" else out / "mine.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("mine")
    with pytest.raises(Conflict, match="empty or absent folder"):
        exported(library, out)
    assert target.read_text() == "mine"


def test_an_empty_folder_takes_the_delivery(library: Library, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    exported(library, tmp_path / "out")
    assert (tmp_path / "out" / "receipt.json").is_file()


def test_rights_that_end_while_it_is_staged_stop_the_export(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assetlib.flows import export_cut as flow

    send = flow.hand_over

    def revoke_first(*given: object) -> object:
        revoke_license(library, "LIC-2026-0001", reason="withdrawn at the last moment")
        return send(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(flow, "hand_over", revoke_first)
    with pytest.raises(Denied):
        exported(library, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert recorded_exports(library) == 0


_RUN = """
import sys
from pathlib import Path
from assetlib.flows.export_cut import export_cut
from assetlib.library import Library
library = Library.open(Path(sys.argv[1]), environ={"XDG_STATE_HOME": sys.argv[2]})
export_cut(library, None, purpose="delivery", recipient="aurora-stream", out=Path(sys.argv[3]))
"""


@pytest.mark.parametrize("staged_files", [1, 9, 14])
def test_a_killed_export_leaves_nothing_in_the_target(place: Place, tmp_path: Path, staged_files: int) -> None:
    out = tmp_path / "out"
    child = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(place.directory), place.environ["XDG_STATE_HOME"], str(out)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    staging, deadline = place.directory / "staging", time.monotonic() + 60
    while sum(1 for p in staging.rglob("*") if p.is_file()) < staged_files and child.poll() is None:
        assert time.monotonic() < deadline, "the export staged nothing"
        time.sleep(0.001)
    child.send_signal(signal.SIGKILL)
    child.wait()
    library = place.open()
    if recorded_exports(library) == 0:  # killed before the rename
        assert not out.exists() or (out / "receipt.json").is_file()
    assert verify_ledger(library)["verdict"] == "pass"
    exported(library, tmp_path / "again")
    library.close()


def test_onto_another_file_system_it_still_appears_whole(tmp_path: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system at /dev/shm")
    source, target = tmp_path / "stage", other / f"assetlib-test-{os.getpid()}"
    (source / "media").mkdir(parents=True)
    (source / "media" / "a.txt").write_text("a")
    try:
        place(source, target)
        assert (target / "media" / "a.txt").read_text() == "a"
        assert [p.name for p in other.iterdir() if p.name.startswith(f".{target.name}")] == []
    finally:
        import shutil

        shutil.rmtree(target, ignore_errors=True)


def test_one_silent_shot_makes_scenes_and_content_of_the_cut_undeclared(library: Library) -> None:
    from dataclasses import replace

    with library.catalog.reader() as queries:
        first, second = (queries.shot(code) for code in SHOTS)
    told = replace(first, scenes=("1",), content=(("nudity", "no"), ("violence", "yes")))
    assert scenes_of([told, second]) == ()
    assert scenes_of([told, replace(second, scenes=("2",))]) == ("1", "2")
    assert content_of([told, second]) == (("violence", "yes"),)
