"""A limit of a license: reserved with the decision, used by the take, given back when the work fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assetlib.flows.activate_license import revoke_license
from assetlib.flows.ask import check_use
from assetlib.flows.check_library import check_library
from assetlib.flows.generate_shot import generate_shot
from assetlib.flows.hold_caps import release_abandoned
from assetlib.flows.read_decision import replay_ledger
from assetlib.flows.work_jobs import cancel_job, list_jobs
from assetlib.library import Library
from assetlib.model.refusals import Denied, Refusal
from tests.flows.studio import ALONE, TOGETHER, Studio, add_terms, build, license_ben, rows

pytestmark = pytest.mark.timeout(240)
CAP = "LIC-2026-0001"


def limit(library: Library, work: Path, limits: str) -> None:
    """Ann's license with a limit, and all that the second shot still needs."""
    covers = "character: [characters/ann], facets: [character_ip]"
    add_terms(library, work / "ann", CAP, covers=covers, limits=limits)
    license_ben(library, work / "ben")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    studio = build(tmp_path_factory.mktemp("caps") / "built")
    library = studio.open()
    limit(library, studio.folder / "terms", "{shots: 1}")
    library.close()
    return studio


@pytest.fixture
def studio(built: Studio, tmp_path: Path) -> Studio:
    return built.copy(tmp_path / "studio")


@pytest.fixture
def library(studio: Studio) -> Iterator[Library]:
    opened = studio.open()
    yield opened
    opened.close()


def held(library: Library) -> list[tuple[str, str, int]]:
    uses = rows(library, lambda q: q.cap_uses())
    return [(use.shot, use.state.value, use.amount) for use in uses]


def test_a_shot_counts_once_however_many_takes_and_the_next_shot_finds_no_room(library: Library) -> None:
    generate_shot(library, ALONE, takes=2)
    assert held(library) == [(ALONE, "committed", 1)]
    with pytest.raises(Denied, match="used up"):
        generate_shot(library, TOGETHER)
    assert held(library) == [(ALONE, "committed", 1)]
    assert replay_ledger(library)["different"] == []


def test_asking_without_doing_reserves_nothing(library: Library) -> None:
    generate_shot(library, ALONE, dry_run=True)
    check_use(library, ["ann"], purpose="previs")
    assert held(library) == []


def test_work_that_is_refused_on_the_way_gives_its_share_back(library: Library, studio: Studio) -> None:
    def revoke(done: int) -> None:
        if done == 850:
            other = studio.open()
            revoke_license(other, "LIC-2026-0002", reason="withdrawn by the owner")
            other.close()

    with pytest.raises(Denied):
        generate_shot(library, ALONE, progress=revoke)
    assert held(library) == [(ALONE, "released", 1)]


def test_a_take_in_quarantine_used_nothing(library: Library, studio: Studio) -> None:
    def revoke(done: int) -> None:
        if done == 900:
            other = studio.open()
            revoke_license(other, "LIC-2026-0002", reason="withdrawn by the owner")
            other.close()

    with pytest.raises(Refusal, match="quarantined"):
        generate_shot(library, ALONE, progress=revoke)
    assert held(library) == [(ALONE, "released", 1)]


def test_seconds_count_by_the_length_of_the_shot(built: Studio, tmp_path: Path) -> None:
    studio = built.copy(tmp_path / "seconds")
    library = studio.open()
    try:
        limit(library, tmp_path / "terms", "{seconds: 1}")
        generate_shot(library, ALONE)  # three frames at 24 take one second of the limit
        assert held(library) == [(ALONE, "committed", 1)]
        with pytest.raises(Denied, match="used up"):
            generate_shot(library, TOGETHER)
    finally:
        library.close()


_KILLED = """
import os, signal, sys
from pathlib import Path
from assetlib.flows.generate_shot import generate_shot
from tests.flows.studio import ALONE, Studio
library = Studio(folder=Path(sys.argv[1])).open()
generate_shot(library, ALONE, progress=lambda done: os.kill(os.getpid(), signal.SIGKILL) if done >= 850 else None)
"""


def test_what_a_killed_process_held_stays_held_while_its_job_can_go_on_and_no_longer(studio: Studio) -> None:
    assert process(studio, _KILLED).wait(timeout=120) == -9
    library = studio.open()
    try:
        assert held(library) == [(ALONE, "reserved", 1)]
        assert release_abandoned(library) == ()
        with pytest.raises(Denied, match="used up"):
            generate_shot(library, TOGETHER)
        job = next(job["job"] for job in list_jobs(library) if job["state"] not in ("failed", "done"))
        cancel_job(library, job)
        release_abandoned(library)
        states = {job["job"]: job["state"] for job in list_jobs(library)}
        if states[job] == "canceled":
            assert held(library) == [(ALONE, "released", 1)]
            generate_shot(library, TOGETHER)
            assert (TOGETHER, "committed", 1) in held(library)
        assert check_library(library, read_data=True, repair_orphans=False)["damage"] == []
    finally:
        library.close()


_RACE = """
import json, sys
from pathlib import Path
from assetlib.flows.generate_shot import generate_shot
from assetlib.model.refusals import Refusal
from tests.flows.studio import Studio
library = Studio(folder=Path(sys.argv[1]), database=sys.argv[3]).open()
print("ready", flush=True)
sys.stdin.readline()
try:
    generate_shot(library, sys.argv[2])
    print(json.dumps({"made": True}))
except Refusal as error:
    print(json.dumps({"made": False, "why": str(error)}))
"""


def process(studio: Studio, code: str, *words: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code, str(studio.folder), *words], env=environ, **pipes)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_of_two_processes_one_gets_the_last_unit(
    database: str, built: Studio, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if database == "sqlite":
        studio = built.copy(tmp_path / "studio")
    else:
        studio = build(tmp_path / "studio", str(request.getfixturevalue("postgres").empty()))
        library = studio.open()
        limit(library, tmp_path / "terms", "{shots: 1}")
        library.close()
    racers = [process(studio, _RACE, shot, studio.database) for shot in (ALONE, TOGETHER)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    answers = [json.loads(racer.communicate("go\n", timeout=180)[0]) for racer in racers]
    assert sorted(answer["made"] for answer in answers) == [False, True], answers
    library = studio.open()
    try:
        states = [state for _, state, _ in held(library)]
        assert states.count("committed") == 1
        assert states.count("reserved") == 0
        issued = rows(library, lambda q: [p for d in q.decisions() for p in q.permits(d.id)])
        assert len(issued) == 1
        assert replay_ledger(library)["different"] == []
    finally:
        library.close()
