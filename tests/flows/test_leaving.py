"""What stands at a target is known to the ledger, wherever the process that carried it there was stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assetlib.catalog.refusals import CatalogUnavailable
from assetlib.flows import leaving
from assetlib.flows.activate_license import revoke_license
from assetlib.flows.check_library import check_library
from assetlib.flows.leaving import settle_exports
from assetlib.flows.verify_ledger import verify_ledger
from assetlib.library import Library
from assetlib.model.record import ExportState
from assetlib.model.refusals import Conflict, Denied, Refusal
from tests.flows.small_library import Place
from tests.killed_exports import WAYS

ROOT = Path(__file__).parents[2]


def state(library: Library) -> ExportState:
    with library.catalog.reader() as queries:
        return queries.export("EX-000001").state


def departures(library: Library) -> int:
    with library.catalog.reader() as queries:
        return len(queries.departures())


def damage(library: Library, **options: bool) -> list[str]:
    asked = {"read_data": False, "repair_orphans": False, **options}
    return [found["kind"] for found in check_library(library, **asked)["damage"]]


class Dying:
    """Exports that end by SIGKILL, each in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.killed_exports"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        )

    def take_out(self, place: Place, way: str, out: Path, moment: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        place_of = {"library": str(place.directory), "state": place.environ["XDG_STATE_HOME"]}
        self._process.stdin.write(json.dumps({**place_of, "way": way, "out": str(out), "moment": moment}) + "\n")
        self._process.stdin.flush()
        assert int(self._process.stdout.readline()) == -signal.SIGKILL

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def dying() -> Iterator[Dying]:
    made = Dying()
    yield made
    made.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system, where a rename does not reach."""
    folder = Path("/dev/shm") / f"assetlib-leaving-{os.getpid()}"  # every Linux, and every container, has one
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("way", WAYS)
def test_killed_after_the_move_the_export_is_on_record_and_completes(
    dying: Dying, place: Place, tmp_path: Path, way: str
) -> None:
    out = tmp_path / "out"
    dying.take_out(place, way, out, "after_the_move")
    assert out.exists()
    library = place.open(person="lee-park")
    assert state(library) is ExportState.LEAVING
    assert damage(library) == ["export-interrupted"]
    (sentence,) = settle_exports(library)
    assert (
        sentence == f"EX-000001 was interrupted after it had moved: it stands whole at {out}, and that is now recorded"
    )
    assert state(library) is ExportState.LEFT
    assert damage(library) == []
    assert list(library.staging.iterdir()) == []
    assert settle_exports(library) == ()
    assert verify_ledger(library)["verdict"] == "pass"
    library.close()


@pytest.mark.parametrize("way", WAYS)
def test_killed_before_the_move_nothing_is_there_and_the_record_is_closed(
    dying: Dying, place: Place, tmp_path: Path, way: str
) -> None:
    out = tmp_path / "out"
    dying.take_out(place, way, out, "before_the_move")
    assert not out.exists()
    library = place.open(person="lee-park")
    assert state(library) is ExportState.LEAVING
    report = check_library(library, read_data=False, repair_orphans=True)
    assert report["settled"] == [
        f"EX-000001 was interrupted before it had moved: nothing of it is at {out}; recorded as not left"
    ]
    assert report["damage"] == []
    assert state(library) is ExportState.STAYED
    assert list(library.staging.iterdir()) == []
    WAYS[way](library, out)
    assert out.exists()
    library.close()


def test_killed_while_it_is_copied_to_another_disk_the_copy_is_removed(
    dying: Dying, place: Place, elsewhere: Path
) -> None:
    out = elsewhere / "out"

    dying.take_out(place, "cut export", out, "while_it_is_copied")
    (part,) = elsewhere.iterdir()
    assert part.name.endswith(".part")
    library = place.open(person="lee-park")
    settle_exports(library)
    assert list(elsewhere.iterdir()) == []
    assert state(library) is ExportState.STAYED
    library.close()


def test_what_was_moved_and_then_changed_counts_as_delivered(dying: Dying, place: Place, tmp_path: Path) -> None:
    out = tmp_path / "out"
    dying.take_out(place, "cut export", out, "after_the_move")
    (out / "rights.json").write_text("edited")
    library = place.open()
    (sentence,) = settle_exports(library)
    assert "is not there as it left; recorded as delivered" in sentence
    assert state(library) is ExportState.LEFT
    library.close()


def test_an_export_of_a_living_process_is_left_alone(library: Library, place: Place, tmp_path: Path) -> None:
    seen: list[Any] = []
    real = leaving._record

    def look(*given: Any) -> None:
        other = place.open()
        seen.append((settle_exports(other), departures(other), damage(other)))
        other.close()
        real(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaving, "_record", look)
        WAYS["cut export"](library, tmp_path / "out")
    assert seen == [((), 1, [])]
    assert state(library) is ExportState.LEFT


def test_a_target_taken_meanwhile_closes_the_record_as_not_left(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, real = tmp_path / "out", leaving.place

    def occupied(*given: Any, **named: Any) -> None:
        out.mkdir()
        (out / "theirs.txt").write_text("theirs")
        real(*given, **named)

    monkeypatch.setattr(leaving, "place", occupied)
    with pytest.raises(Conflict, match="was taken meanwhile"):
        WAYS["cut export"](library, out)
    assert [p.name for p in out.iterdir()] == ["theirs.txt"]
    assert state(library) is ExportState.STAYED
    assert list(library.staging.iterdir()) == []
    with library.catalog.reader() as queries:
        assert queries.exports() == ()


def test_a_ledger_that_fails_after_the_move_is_told_by_the_next_export(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = library.committer.commit

    def full(kind: str, *given: Any, **named: Any) -> Any:
        if kind == "export.left":
            raise CatalogUnavailable("no space left on the disk")
        return commit(kind, *given, **named)

    monkeypatch.setattr(library.committer, "commit", full)
    with pytest.raises(Refusal, match=r"EX-000001 stands whole at .*records: .*no space left on the disk"):
        WAYS["cut export"](library, tmp_path / "out")
    monkeypatch.undo()
    assert state(library) is ExportState.LEAVING
    with pytest.raises(Conflict, match="found something"):
        WAYS["cut export"](library, tmp_path / "out")
    WAYS["cut export"](library, tmp_path / "again")
    assert state(library) is ExportState.LEFT


def test_rights_revoked_between_the_last_answer_and_the_record_stop_it(
    library: Library, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assetlib.flows import delivery

    asked = delivery.demand_still

    def revoke_after(*given: Any) -> int:
        revision = asked(*given)
        monkeypatch.setattr(delivery, "demand_still", asked)
        revoke_license(library, "LIC-2026-0001", reason="withdrawn in the last moment")
        return revision

    monkeypatch.setattr(delivery, "demand_still", revoke_after)
    with pytest.raises(Denied):
        WAYS["cut export"](library, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert departures(library) == 0
