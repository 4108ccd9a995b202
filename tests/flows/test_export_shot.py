from __future__ import annotations

from pathlib import Path

import pytest

from assetlib.flows.activate_license import revoke_license
from assetlib.flows.export_shot import export_shot
from assetlib.flows.verify_files import verify_files
from assetlib.library import Library
from assetlib.model.refusals import BadInput, Conflict, Denied
from assetlib.model.shot import TakeStatus
from provenance.digest import digest_file
from tests.flows.small_library import SHOTS

MADE, EMPTY = SHOTS


def recorded_exports(library: Library) -> list[str]:
    with library.catalog.reader() as queries:
        return [export.recipient for export in queries.exports()]


def set_status(library: Library, status: TakeStatus) -> None:
    entry = {"shot": MADE, "status": status.value}
    library.committer.commit("take.status", entry, lambda write, _: write.set_take_status(MADE, 1, status))


def test_a_look_at_a_take_gives_its_files_as_made_and_is_a_recorded_view(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "look"
    done = export_shot(library, MADE, out=out)
    with library.catalog.reader() as queries:
        made = queries.take_files(MADE, 1)
    assert {file.path: file.digest for file in made} == {file.path: digest_file(out / file.path) for file in made}
    assert done["decision"]["question"]["actions"] == ["view"]
    assert done["decision"]["question"]["shot"] == MADE
    assert recorded_exports(library) == ["local"]
    verdicts = verify_files(
        library, [out / file.path for file in made if file.path.endswith((".png", ".exr"))], trust=None
    )
    assert {verdict["verdict"] for verdict in verdicts} == {"pass"}


def test_a_delivery_of_a_shot_is_signed_for_its_recipient(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = export_shot(library, MADE, out=out, purpose="delivery", recipient="aurora-stream")
    assert recorded_exports(library) == ["aurora-stream"]
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()) == sorted(done["files"])
    assert b"DMI-PROHIBITED" in next(out.glob("*.png")).read_bytes()
    assert {v["verdict"] for v in verify_files(library, [*out.glob("*.png"), *out.glob("*.mp4")], trust=None)} == {
        "pass"
    }


def test_training_is_denied_and_leaves_nothing(library: Library, tmp_path: Path) -> None:
    with pytest.raises(Denied):
        export_shot(library, MADE, out=tmp_path / "out", purpose="training", recipient="open-crawl")
    assert not (tmp_path / "out").exists()
    assert recorded_exports(library) == []


def test_a_stand_in_may_be_looked_at_but_not_delivered(library: Library, tmp_path: Path) -> None:
    set_status(library, TakeStatus.STAND_IN)
    assert export_shot(library, MADE, out=tmp_path / "look")["files"]
    with pytest.raises(Conflict, match="no stand-in is delivered"):
        export_shot(library, MADE, out=tmp_path / "out", purpose="delivery", recipient="aurora-stream")
    with pytest.raises(Conflict, match="no stand-in is delivered"):
        export_shot(library, MADE, out=tmp_path / "out", recipient="aurora-stream")
    assert export_shot(library, MADE, out=tmp_path / "again", recipient="lee-park")["files"]
    assert not (tmp_path / "out").exists()


def test_a_review_by_somebody_outside_leaves_like_a_delivery(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_shot(library, MADE, out=out, recipient="aurora-stream")
    assert all(b"DMI-PROHIBITED" in file.read_bytes() for file in (*out.glob("*.png"), *out.glob("*.mp4")))
    assert {v["verdict"] for v in verify_files(library, [*out.glob("*.png"), *out.glob("*.mp4")], trust=None)} == {
        "pass"
    }


def test_what_may_not_be_shown_is_not(library: Library, tmp_path: Path) -> None:
    set_status(library, TakeStatus.QUARANTINED)
    with pytest.raises(Conflict, match="quarantined"):
        export_shot(library, MADE, out=tmp_path / "out", take="take_001")
    with pytest.raises(Conflict, match="assetlib shot generate"):
        export_shot(library, EMPTY, out=tmp_path / "out")
    with pytest.raises(BadInput, match="expected a purpose"):
        export_shot(library, MADE, out=tmp_path / "out", purpose="fun")


def test_after_a_revocation_a_look_is_denied(library: Library, tmp_path: Path) -> None:
    with library.catalog.reader() as queries:
        license_id = queries.licenses()[0].id
    revoke_license(library, license_id, reason="withdrawn")
    with pytest.raises(Denied):
        export_shot(library, MADE, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_dry_run_decides_and_writes_nothing(library: Library, tmp_path: Path) -> None:
    done = export_shot(library, MADE, out=tmp_path / "out", dry_run=True)
    assert done["files"]
    assert not (tmp_path / "out").exists()
    assert recorded_exports(library) == []
