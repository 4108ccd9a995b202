"""A shot becomes a take that proves what it was made from; a refused shot becomes nothing but a recorded answer."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assetlib.audit.report import AuditVerdict
from assetlib.catalog.refusals import CatalogRefused
from assetlib.flows.activate_license import revoke_license
from assetlib.flows.audit import audit_shot
from assetlib.flows.block_shot import block_shot
from assetlib.flows.check_library import check_library
from assetlib.flows.curate_asset import curate
from assetlib.flows.export_cut import export_cut
from assetlib.flows.generate_shot import generate_shot
from assetlib.flows.pick_take import best_take, list_takes, pick_take
from assetlib.flows.verify_files import verify_files
from assetlib.flows.work_jobs import cancel_job, list_jobs, resume_job
from assetlib.library import Library
from assetlib.media.color import srgb_encode
from assetlib.media.exr import read_exr
from assetlib.media.stills import decode_png16
from assetlib.model.asset import AssetVersion, DerivationKind
from assetlib.model.refusals import BadInput, Conflict, Denied, Refusal, VerificationFailed
from assetlib.model.shot import ShotStatus, Take, TakeStatus
from cli.main import main
from generators.api import Canceled
from provenance.credentials import read
from provenance.transport import Transport, UnsafeLoopback
from provenance.verify import verify_file
from tests.certificates import self_signed
from tests.flows.studio import ALONE, FRAMES, TOGETHER, Studio, build, laid_out, license_ben, rows

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return build(tmp_path_factory.mktemp("studio") / "built")


@pytest.fixture
def studio(built: Studio, tmp_path: Path) -> Studio:
    return built.copy(tmp_path / "studio")


@pytest.fixture
def library(studio: Studio) -> Iterator[Library]:
    opened = studio.open()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def made(built: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with one take of the first shot; tests only look at it."""
    opened = built.copy(tmp_path_factory.mktemp("made") / "studio").open()
    generate_shot(opened, ALONE, seed=7)
    yield opened
    opened.close()


def version(library: Library, name: str) -> AssetVersion:
    return rows(library, lambda queries: queries.version(name))


def takes(library: Library, shot: str) -> tuple[Take, ...]:
    return rows(library, lambda queries: queries.takes(shot))


def entries(library: Library, kind: str) -> list[dict[str, Any]]:
    return list(library.catalog.ledger().entries(kind=kind))


def nothing_left(library: Library) -> bool:
    return [path.name for path in library.staging.iterdir() if path.name != "pieces"] == []


# An allowed shot.


def test_a_take_is_frames_clip_account_and_signed_inventory(made: Library) -> None:
    files = {file.path: file.media_type for file in rows(made, lambda q: q.take_files(ALONE, 1))}
    label = f"{ALONE}_take_001"
    pictures = [f"{label}.{frame}.{kind}" for kind in ("png", "exr") for frame in FRAMES]
    assert sorted(files) == sorted([*pictures, f"{label}.mp4", "frames.json", "frames.c2pa", "take.json"])


def test_every_file_of_a_take_verifies_where_it_was_laid_out(made: Library, tmp_path: Path) -> None:
    folder = laid_out(made, ALONE, 1, tmp_path / "take")
    verdicts = {Path(v["file"]).name: v["verdict"] for v in verify_files(made, [folder], trust=None)}
    assert verdicts.pop("take.json") == "unknown"
    assert len(verdicts) == 8
    assert set(verdicts.values()) == {"pass"}


def test_a_clip_verifies_with_the_anchors_alone(made: Library, tmp_path: Path) -> None:
    clip = next(laid_out(made, ALONE, 1, tmp_path / "take").glob("*.mp4"))
    assert verify_file(clip, trust=made.trust).verdict.value == "pass"


def test_the_references_are_ingredients_of_sequence_and_clip(made: Library, tmp_path: Path) -> None:
    folder = laid_out(made, ALONE, 1, tmp_path / "take")
    clip = next(folder.glob("*.mp4"))
    manifest = read(clip, trust=made.trust).active_manifest
    assert manifest is not None
    titles = [ingredient.title for ingredient in manifest.ingredients]
    assert any(title.startswith("Ann v001") for title in titles)
    assert any(title.startswith("Yard v001") for title in titles)


def test_lineage_leads_from_the_take_to_every_licensed_version(made: Library) -> None:
    take = takes(made, ALONE)[0]
    _, derivations = rows(made, lambda queries: queries.closure((take.digest,)))
    assert {(d.parent, d.kind) for d in derivations if d.child == take.digest} == {
        (version(made, name).digest, DerivationKind.REFERENCE) for name in ("ann", "yard")
    }
    assert rows(made, lambda q: q.shot_licenses(ALONE)) == ("LIC-2026-0001", "LIC-2026-0002")


def test_frames_are_found_again_by_their_fingerprints(made: Library) -> None:
    pictures = [file for file in rows(made, lambda q: q.take_files(ALONE, 1)) if file.path.endswith(".png")]
    prints = [p for file in pictures for p in rows(made, lambda q, d=file.digest: q.fingerprints(d))]
    assert {p.what.partition("/")[0] for p in prints} == {f"frame:{frame}" for frame in FRAMES}


def test_the_permit_opened_one_door_once(made: Library) -> None:
    take = takes(made, ALONE)[0]
    (permit,) = rows(made, lambda queries: queries.permits(take.decision))
    assert (permit.id, permit.redeemed_at is not None) == (take.permit, True)


def test_what_was_made_is_clear(made: Library) -> None:
    (shot,) = audit_shot(made, ALONE, html=None).shots
    assert (shot.verdict, shot.open_items) == (AuditVerdict.CLEAR, ())


def test_the_job_is_done_and_nothing_of_it_lies_about(made: Library) -> None:
    (job,) = list_jobs(made)
    assert (job["state"], job["progress"]) == ("done", "100%")
    assert nothing_left(made)
    assert rows(made, lambda q: q.shot(ALONE)).status is ShotStatus.GENERATED
    assert check_library(made, read_data=True, repair_orphans=False)["damage"] == []


def test_the_account_says_how_it_was_made(made: Library, tmp_path: Path) -> None:
    account = json.loads((laid_out(made, ALONE, 1, tmp_path / "take") / "take.json").read_text())
    assert (account["generator"], account["seed"], account["models"]) == ("render", "7", [])
    assert account["permit"] == takes(made, ALONE)[0].permit


# A refused shot.


def test_a_refused_shot_leaves_a_decision_and_nothing_else(library: Library) -> None:
    before = set(library.store.digests())
    with pytest.raises(Denied) as denied:
        generate_shot(library, TOGETHER)
    recorded = rows(library, lambda queries: queries.decision(denied.value.decision_id))
    assert json.loads(recorded.body)["decision"] == "deny"
    assert set(library.store.digests()) == before
    assert takes(library, TOGETHER) == ()
    assert nothing_left(library)
    assert list_jobs(library)[0]["state"] == "failed"


def test_the_refusal_offers_a_stand_in_for_the_refused_character_alone(library: Library) -> None:
    with pytest.raises(Denied, match="--stand-in ben") as denied:
        generate_shot(library, TOGETHER)
    assert "--stand-in ann" not in str(denied.value)


def offered(denied: pytest.ExceptionInfo[Denied]) -> list[str]:
    """The words of the command that a refusal offers."""
    return shlex.split(str(denied.value).split("assetlib ")[-1])


def test_two_refused_characters_get_two_stand_ins_by_the_command_that_the_refusal_prints(
    library: Library, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoke_license(library, "LIC-2026-0001", reason="withdrawn by the owner")
    with pytest.raises(Denied) as denied:
        generate_shot(library, TOGETHER)
    command = offered(denied)
    assert command == ["shot", "generate", TOGETHER, "--stand-in", "ann", "--stand-in", "ben"]
    assert run(studio, monkeypatch, *command, "--quiet") == 0
    (take,) = takes(library, TOGETHER)
    assert take.status is TakeStatus.STAND_IN
    inside = rows(library, lambda q: {v.name for v in q.closure((take.digest,))[0]})
    assert not inside & {"ann", "ben"}


def test_a_refusal_beside_a_stand_in_offers_both(library: Library) -> None:
    revoke_license(library, "LIC-2026-0001", reason="withdrawn by the owner")
    with pytest.raises(Denied) as denied:
        generate_shot(library, TOGETHER, stand_ins=["ann"])
    assert offered(denied) == ["shot", "generate", TOGETHER, "--stand-in", "ann", "--stand-in", "ben"]


def test_no_stand_in_is_offered_where_the_set_is_refused_too(library: Library) -> None:
    revoke_license(library, "LIC-2026-0002", reason="withdrawn by the owner")
    with pytest.raises(Denied) as denied:
        generate_shot(library, TOGETHER)
    assert "--stand-in" not in str(denied.value)


def test_the_command_ends_with_3_for_a_refused_shot(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(studio, monkeypatch, "shot", "generate", TOGETHER, "--quiet") == 3


def test_the_command_ends_with_0_and_lists_the_files(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(studio, monkeypatch, "shot", "generate", ALONE, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["takes"][0]["take"] == "take_001"
    assert len(document["takes"][0]["files"]) == 10


def run(studio: Studio, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of a command on the studio's library."""
    monkeypatch.setenv("XDG_STATE_HOME", studio.environ["XDG_STATE_HOME"])
    arguments = ["-L", str(studio.directory), "--passphrase-file", str(studio.passphrase_file), *words]
    try:
        main(arguments, standalone_mode=False)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("asset", "retire", "ann", "--reason", "replaced"), "retired"),
        (("license", "revoke", "LIC-2026-0001", "--reason", "unpaid", "--as", "lee-park"), "revoked|No license"),
    ],
    ids=["retired", "revoked"],
)
def test_a_shot_of_something_retired_or_revoked_ends_with_3_and_the_library_is_sound(
    words: tuple[str, ...],
    says: str,
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(studio, monkeypatch, "shot", "generate", ALONE, "--dry-run") == 0
    assert run(studio, monkeypatch, *words) == 0
    capsys.readouterr()
    assert run(studio, monkeypatch, "shot", "generate", ALONE) == 3
    said = capsys.readouterr().err
    assert re.search(says, said), said
    assert "Traceback" not in said
    assert run(studio, monkeypatch, "fsck") == 0


def test_a_dry_run_answers_and_makes_nothing(library: Library) -> None:
    answer = generate_shot(library, ALONE, dry_run=True)
    assert (answer["takes"], answer["decision"]["decision"]) == ([], "allow")
    assert list_jobs(library) == []
    assert takes(library, ALONE) == ()


def test_a_retired_asset_denies_the_shot_that_holds_it(library: Library) -> None:
    curate(library, "retire", "ann", reason="replaced")
    with pytest.raises(Denied, match="retired"):
        generate_shot(library, ALONE)
    assert takes(library, ALONE) == ()


def test_no_takes_asked_is_bad_input(library: Library) -> None:
    with pytest.raises(BadInput, match="at least one take"):
        generate_shot(library, ALONE, takes=0)


def test_undeclared_content_needs_an_approval(
    studio: Studio, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    license_ben(library, tmp_path, more='- {clause: "7", content: [nudity]}')
    with pytest.raises(Denied) as asked:
        generate_shot(library, TOGETHER)
    assert asked.value.needs_approval
    assert run(studio, monkeypatch, "shot", "generate", TOGETHER, "--quiet") == 6
    assert takes(library, TOGETHER) == ()


# A stand-in for the refused character.


def test_every_frame_of_a_stand_in_says_so_in_every_format(library: Library, tmp_path: Path) -> None:
    generate_shot(library, TOGETHER, stand_ins=["ben"], size="320x180")
    folder = laid_out(library, TOGETHER, 1, tmp_path / "take")
    for frame in sorted(folder.glob("*.png")):
        assert warning_yellow(decode_png16(frame).astype(np.float32) / 65535)
    for frame in sorted(folder.glob("*.exr")):
        channels, _ = read_exr(frame)
        assert warning_yellow(srgb_encode(np.stack([channels[c] for c in "RGB"], axis=-1)))


def warning_yellow(display: Any) -> bool:
    """Whether the lower quarter shows the letters of a burn-in."""
    band = display[-display.shape[0] // 4 :]
    return bool(((band[..., 0] > 0.9) & (band[..., 1] > 0.7) & (band[..., 2] < 0.3)).sum() > 50)


def test_a_stand_in_take_holds_no_byte_of_the_refused_asset(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = version(library, "ben")
    refused = {ben.digest, ben.manifest, *(file.digest for file in ben.files)}
    opened = watch_store(library, monkeypatch)
    made = generate_shot(library, TOGETHER, stand_ins=["ben"])
    take = takes(library, TOGETHER)[0]
    assert (made["takes"][0]["status"], take.status) == ("stand_in", TakeStatus.STAND_IN)
    assert opened
    assert not opened & (refused - shared_with(library, "ann") - shared_with(library, "yard"))
    assert version(library, "ben").digest not in rows(
        library, lambda q: {v.digest for v in q.closure((take.digest,))[0]}
    )
    assert not refused & {file.digest for file in rows(library, lambda q: q.take_files(TOGETHER, 1))}


def shared_with(library: Library, name: str) -> set[str]:
    return {file.digest for file in version(library, name).files}


def watch_store(library: Library, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The digests that leave the store, by whichever way."""
    seen: set[str] = set()
    for way in ("open", "path", "copy_to"):
        real = getattr(library.store, way)

        def watched(digest: str, *rest: Any, real: Any = real) -> Any:
            seen.add(digest)
            return real(digest, *rest)

        monkeypatch.setattr(library.store, way, watched)
    return seen


def test_a_stand_in_take_is_no_pick_and_does_not_make_the_shot_generated(library: Library) -> None:
    generate_shot(library, TOGETHER, stand_ins=["ben"])
    assert rows(library, lambda q: q.shot(TOGETHER)).status is not ShotStatus.GENERATED
    with pytest.raises(Conflict, match="stand_in"):
        pick_take(library, TOGETHER, "take_001", reason="good enough")


def test_a_stand_in_called_a_take_does_not_leave_and_is_not_clear(library: Library, tmp_path: Path) -> None:
    generate_shot(library, TOGETHER, stand_ins=["ben"])
    entry = {"shot": TOGETHER, "take": "take_001"}
    library.committer.commit(
        "take.status", entry, lambda write, _: write.set_take_status(TOGETHER, 1, TakeStatus.CURRENT)
    )
    license_ben(library, tmp_path / "terms")
    with pytest.raises(VerificationFailed, match="holds a stand-in and is recorded as current"):
        export_cut(library, None, purpose="delivery", recipient="local", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert audit_shot(library, TOGETHER, html=None).verdict is AuditVerdict.BLOCKED


def test_a_stand_in_is_not_made_by_what_burns_no_words_in(library: Library) -> None:
    with pytest.raises(BadInput, match="every frame of a stand-in says so"):
        generate_shot(library, TOGETHER, stand_ins=["ben"], generator="diffusers")


def test_the_repaired_shot_follows_its_stand_in_under_the_next_number(library: Library, tmp_path: Path) -> None:
    generate_shot(library, TOGETHER, stand_ins=["ben"])
    license_ben(library, tmp_path)
    generate_shot(library, TOGETHER)
    assert [(t["take"], t["status"]) for t in list_takes(library, TOGETHER)] == [
        ("take_001", "stand_in"),
        ("take_002", "current"),
    ]


def test_no_export_takes_a_stand_in_not_even_once_the_character_is_licensed(library: Library, tmp_path: Path) -> None:
    generate_shot(library, ALONE)
    generate_shot(library, TOGETHER, stand_ins=["ben"])
    license_ben(library, tmp_path)
    out = tmp_path / "out"
    with pytest.raises(Conflict, match=TOGETHER):
        export_cut(library, None, purpose="delivery", recipient="local", out=out)
    assert not out.exists()
    generate_shot(library, TOGETHER)
    export_cut(library, None, purpose="delivery", recipient="local", out=out)
    assert out.is_dir()


@pytest.mark.parametrize(("name", "sentence"), [("yard", "characters only"), ("nobody", "holds no 'nobody'")])
def test_a_mannequin_stands_in_only_for_a_character_of_the_shot(library: Library, name: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        generate_shot(library, TOGETHER, stand_ins=[name])


# What happens meanwhile.


def test_a_license_revoked_while_the_job_runs_puts_the_take_into_quarantine(library: Library, studio: Studio) -> None:
    def revoke(done: int) -> None:
        if done == 900:
            other = studio.open()
            revoke_license(other, "LIC-2026-0001", reason="withdrawn by the owner")
            other.close()

    with pytest.raises(Conflict, match="quarantined and not shown") as stopped:
        generate_shot(library, ALONE, progress=revoke)
    (take,) = takes(library, ALONE)
    assert take.status is TakeStatus.QUARANTINED
    assert best_take((take,)) is None
    assert rows(library, lambda q: q.shot(ALONE)).status is ShotStatus.READY
    (entry,) = entries(library, "take.generated")
    again = rows(library, lambda q: q.decision(entry["confirmed"]))
    assert (again.outcome, again.id in str(stopped.value)) == ("deny", True)
    assert entry["confirmed"] != take.decision
    assert list_jobs(library)[0]["state"] == "failed"
    assert nothing_left(library)


def test_a_license_revoked_while_passes_are_framed_gives_no_permit(library: Library, studio: Studio) -> None:
    def revoke(done: int) -> None:
        if done == 850:
            other = studio.open()
            revoke_license(other, "LIC-2026-0001", reason="withdrawn by the owner")
            other.close()

    with pytest.raises(Denied) as denied:
        generate_shot(library, ALONE, progress=revoke)
    assert rows(library, lambda q: q.permits(denied.value.decision_id)) == ()
    assert takes(library, ALONE) == ()
    assert nothing_left(library)


def test_a_window_that_closes_while_the_job_runs_is_asked_again(library: Library) -> None:
    real, ahead = library.wall_clock, []
    library.wall_clock = lambda: real() + sum(ahead, timedelta())

    def wait_years(done: int) -> None:
        if done == 900 and not ahead:
            ahead.append(timedelta(days=365 * 9))

    with pytest.raises(Conflict, match="quarantined"):
        generate_shot(library, ALONE, progress=wait_years)
    assert takes(library, ALONE)[0].status is TakeStatus.QUARANTINED


def test_a_number_that_another_job_took_is_signed_anew(
    library: Library, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_file, overtaken = library.store.put_file, []

    def put_after_another_job(path: Path) -> Any:
        if not overtaken:
            overtaken.append(path)
            other = studio.open()
            generate_shot(other, ALONE, seed=2)
            other.close()
        return put_file(path)

    monkeypatch.setattr(library.store, "put_file", put_after_another_job)
    generate_shot(library, ALONE, seed=1)
    assert [take.seed for take in takes(library, ALONE)] == [2, 1]
    for number in (1, 2):
        folder = laid_out(library, ALONE, number, tmp_path / str(number))
        assert {
            v["verdict"] for v in verify_files(library, [*folder.glob("*.png"), *folder.glob("*.mp4")], trust=None)
        } == {"pass"}


def test_two_processes_at_one_shot_make_two_takes(studio: Studio, library: Library) -> None:
    started = [process(studio, GENERATE) for _ in range(2)]
    assert [one.wait(90) for one in started] == [0, 0]
    assert [take.number for take in takes(library, ALONE)] == [1, 2]
    assert nothing_left(library)
    assert check_library(library, read_data=True, repair_orphans=False)["damage"] == []


# A worker that is killed.

LONG = len(FRAMES) + 8
OPEN = """
import sys
from pathlib import Path
from assetlib.flows.generate_shot import generate_shot
from tests.flows.studio import ALONE, Studio
library = Studio(folder=Path(sys.argv[1])).open()
"""
GENERATE = OPEN + "generate_shot(library, ALONE)"
GENERATE_LONG = OPEN + "generate_shot(library, ALONE, handles=True, size='480x270')"


def process(studio: Studio, code: str) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen([sys.executable, "-c", code, str(studio.folder)], env=environ)


def wait_for(found: Callable[[], Any], seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (answer := found()) is not None:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain")


def whole_frames(library: Library) -> dict[str, tuple[int, int]]:
    """The finished frames of the unfinished job: name, file and time of writing."""
    found = {path.name: path.stat() for path in library.staging.glob("JOB-1/passes-*/[0-9]*.npz")}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in found.items()}


def test_a_killed_job_is_resumed_and_finished_frames_are_not_made_again(studio: Studio, library: Library) -> None:
    one = process(studio, GENERATE_LONG)
    wait_for(lambda: whole_frames(library) or None)
    one.kill()
    one.wait(10)
    time.sleep(1)  # its renderers end by themselves
    before = whole_frames(library)
    assert 0 < len(before) < LONG
    framed: dict[str, tuple[int, int]] = {}
    resume_job(library, "JOB-1", progress=lambda done: framed.update(whole_frames(library)) if done == 850 else None)
    assert len(framed) == LONG
    assert {name: framed[name] for name in before} == before
    (take,) = takes(library, ALONE)
    assert take.status is TakeStatus.CURRENT
    assert nothing_left(library)
    assert check_library(library, read_data=True, repair_orphans=False)["damage"] == []


def interrupt_at(thousandths: int) -> Callable[[int], None]:
    """Progress at which somebody presses Ctrl-C, once."""
    pressed: list[int] = []

    def listen(done: int) -> None:
        if done == thousandths and not pressed:
            pressed.append(done)
            raise KeyboardInterrupt

    return listen


def test_a_job_interrupted_after_its_take_was_recorded_makes_no_second_one(library: Library) -> None:
    with pytest.raises(KeyboardInterrupt):
        generate_shot(library, ALONE, progress=interrupt_at(1000))
    assert list_jobs(library)[0]["state"] == "queued"
    done = resume_job(library, "JOB-1")
    (take,) = takes(library, ALONE)
    assert (done["result"]["take"]["take"], done["result"]["decision"]["id"]) == (take.code, take.decision)
    assert len(done["result"]["take"]["files"]) == 10
    assert nothing_left(library)


def test_a_job_resumed_over_other_layers_mixes_no_old_frames_in(library: Library) -> None:
    with pytest.raises(KeyboardInterrupt):
        generate_shot(library, ALONE, progress=interrupt_at(850))
    block_shot(library, ALONE, subjects=("ann",), set_asset="yard", lens=24.0)
    framed: list[set[str]] = []

    def look(done: int) -> None:
        if done == 850:
            framed.append({path.parent.name for path in library.staging.glob("JOB-1/passes-*/1001.npz")})

    resume_job(library, "JOB-1", progress=look)
    assert [len(folders) for folders in framed] == [2]
    assert len(takes(library, ALONE)) == 1


def test_a_job_that_is_canceled_stops_and_leaves_nothing(library: Library, studio: Studio) -> None:
    def cancel(done: int) -> None:
        if done == 850:
            other = studio.open()
            cancel_job(other, "JOB-1")
            other.close()

    with pytest.raises(Canceled, match="JOB-1 was stopped"):
        generate_shot(library, ALONE, progress=cancel)
    assert list_jobs(library)[0]["state"] == "canceled"
    assert takes(library, ALONE) == ()
    assert nothing_left(library)


def test_a_worker_that_lost_its_job_keeps_nothing(
    library: Library, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ends while it signs, and another worker takes the job up."""
    put_file, lost = library.store.put_file, []

    def put_after_the_lease_ended(path: Path) -> Any:
        if not lost:
            lost.append(path)
            later = library.clock() + timedelta(hours=1)
            with library.catalog.operations(later) as operations:
                operations.requeue_expired()
                operations.lease("elsewhere:1", seconds=60, job="JOB-1")
        return put_file(path)

    monkeypatch.setattr(library.store, "put_file", put_after_the_lease_ended)
    with pytest.raises((Refusal, CatalogRefused), match="elsewhere:1"):
        generate_shot(library, ALONE)
    assert takes(library, ALONE) == ()
    assert entries(library, "take.generated") == []


def test_a_take_made_while_the_time_stamp_authority_is_down_is_kept_and_says_so(
    library: Library, tmp_path: Path
) -> None:
    said = {
        "signing.tsa": "https://tsa.example/tsr",
        "signing.tsa_roots": str(self_signed(tmp_path, ("tsa.example",))[0]),
        "network.hosts": "tsa.example",
    }
    library.settings = replace(library.settings, values=tuple({**dict(library.settings.values), **said}.items()))
    library.transport = Transport(hosts=("tsa.example",), unsafe_loopback=UnsafeLoopback(ports={"tsa.example": 1}))
    done = generate_shot(library, ALONE)
    assert len(done["takes"]) == 1
    assert any("tsa.example gave no time stamp for take" in note for note in done["notes"])
