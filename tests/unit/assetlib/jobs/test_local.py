"""Jobs on this machine: leases, rights asked twice, cancel, and resuming after kill -9."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assetlib.jobs.conformance import CHECKS, Clock
from assetlib.jobs.executor import JobError, JobRefused
from assetlib.jobs.local import LocalExecutor
from assetlib.jobs.memory import MemoryJobTable
from assetlib.jobs.pieces import FilePieces
from assetlib.model.record import JobState
from generators.api import Canceled, GeneratorError
from provenance.decision import PermitRefused
from provenance.digest import digest_bytes

ROOT = Path(__file__).parents[4]
START = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_table_in_memory_conforms(check):
    clock = Clock(START)
    check(MemoryJobTable(clock), clock)


@pytest.fixture
def clock():
    return Clock(START)


@pytest.fixture
def bench(tmp_path, clock):
    """An executor whose jobs are of kind 'x', and what happened to them."""

    def make(work, **changes):
        seen = []
        executor = LocalExecutor(
            **{
                "table": MemoryJobTable(clock),
                "workers": {"x": work},
                "owner": "here",
                "pieces": FilePieces(tmp_path / "pieces", lambda _digest: True),
                "at_lease": lambda job: seen.append(("lease", job.id)),
                "at_ingest": lambda job, result: seen.append(("ingest", result)),
                "ingest": lambda job, result: seen.append(("keep", result)) or result,
                **changes,
            }
        )
        return executor, seen

    return make


def test_a_job_is_worked_in_the_foreground_with_rights_asked_at_lease_and_at_ingest(bench):
    executor, seen = bench(lambda shift: b"made from " + shift.job.request)
    job = executor.submit("x", b"request")
    ended = executor.work_one(job.id)
    assert (ended.state, ended.result) == (JobState.DONE, b"made from request")
    assert seen == [("lease", job.id), ("ingest", b"made from request"), ("keep", b"made from request")]
    assert executor.work_one() is None


def test_rights_gone_at_the_lease_stop_the_work_before_it_starts(bench):
    def refuse(_job):
        raise JobRefused("LIC-2026-0042 ended")

    executor, seen = bench(lambda _shift: pytest.fail("worked without rights"), at_lease=refuse)
    ended = executor.work_one(executor.submit("x", b"").id)
    assert (ended.state, ended.result) == (JobState.FAILED, b"LIC-2026-0042 ended")
    assert seen == []


def test_rights_gone_at_the_ingest_keep_the_result_out(bench):
    def refuse(_job, _result):
        raise JobRefused("revoked meanwhile")

    executor, seen = bench(lambda _shift: b"frames", at_ingest=refuse)
    ended = executor.work_one(executor.submit("x", b"").id)
    assert (ended.state, ended.result) == (JobState.FAILED, b"revoked meanwhile")
    assert ("keep", b"frames") not in seen


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Canceled("stopped at frame 3"), JobState.CANCELED),
        (GeneratorError("no such pass"), JobState.FAILED),
        (PermitRefused("not named"), JobState.FAILED),
        (JobError("no"), JobState.FAILED),
    ],
)
def test_a_foreseen_error_is_the_jobs_answer(bench, error, state):
    def work(_shift):
        raise error

    executor, _ = bench(work)
    ended = executor.work_one(executor.submit("x", b"").id)
    assert (ended.state, ended.result) == (state, str(error).encode())


def test_an_unforeseen_error_fails_the_job_and_is_raised(bench):
    executor, _ = bench(lambda _shift: 1 // 0)
    job = executor.submit("x", b"")
    with pytest.raises(ZeroDivisionError):
        executor.work_one(job.id)
    assert executor.status(job.id).state is JobState.FAILED


def test_an_interrupt_gives_the_job_back(bench):
    def work(_shift):
        raise KeyboardInterrupt

    executor, _ = bench(work)
    job = executor.submit("x", b"")
    with pytest.raises(KeyboardInterrupt):
        executor.work_one(job.id)
    assert executor.status(job.id).state is JobState.QUEUED


def test_progress_is_reported_and_a_cancel_reaches_the_work(bench):
    def work(shift):
        for frame in range(1, 100):
            if shift.canceled():
                raise Canceled(f"stopped at frame {frame}")
            shift.progress(frame, 100)
            if frame == 3:
                executor.cancel(shift.job.id)
        return b"whole"

    executor, _ = bench(work)
    job = executor.submit("x", b"")
    reported = []
    ended = executor.work_one(job.id, progress=lambda j: reported.append(j.message))
    assert ended.state is JobState.CANCELED
    assert reported == ["1 of 100", "2 of 100", "3 of 100", "4 of 100"]


def test_a_result_that_comes_after_a_cancel_is_not_ingested(bench):
    def work(shift):
        executor.cancel(shift.job.id)
        shift.progress(1, 1)
        return b"late"

    executor, seen = bench(work)
    ended = executor.work_one(executor.submit("x", b"").id)
    assert ended.state is JobState.CANCELED
    assert ("keep", b"late") not in seen


def test_a_worker_that_lost_its_lease_ingests_nothing(bench, clock):
    def work(shift):
        clock.turn(1000)
        executor.table.requeue_expired()
        assert executor.table.lease("elsewhere", seconds=60).id == shift.job.id
        shift.progress(1, 1)
        return b"stale"

    executor, seen = bench(work)
    ended = executor.work_one(executor.submit("x", b"").id)
    assert (ended.state, ended.owner) == (JobState.LEASED, "elsewhere")
    assert ("keep", b"stale") not in seen


def test_a_silent_worker_keeps_its_lease_by_its_heartbeat(bench, clock):
    beats = threading.Event()

    def work(shift):
        before = executor.status(shift.job.id).leased_until
        clock.turn(0.1)
        deadline = time.monotonic() + 5
        while executor.status(shift.job.id).leased_until == before and time.monotonic() < deadline:
            time.sleep(0.02)
        if executor.status(shift.job.id).leased_until > before:
            beats.set()
        return b""

    executor, _ = bench(work, lease_seconds=0.3)
    executor.work_one(executor.submit("x", b"").id)
    assert beats.is_set()


def test_a_kind_that_nobody_works_is_refused_at_once(bench):
    executor, _ = bench(lambda _shift: b"")
    with pytest.raises(JobError, match="among x"):
        executor.submit("y", b"")


FRAMES = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from assetlib.jobs.local import LocalExecutor
from assetlib.jobs.memory import MemoryJobTable
from assetlib.jobs.pieces import FilePieces
from provenance.digest import digest_bytes, hex_of

place, kill_at = Path(sys.argv[1]), int(sys.argv[2])
store = place / "store"
store.mkdir(exist_ok=True)

def work(shift):
    digests = []
    for frame in range(1001, 1007):
        def make(frame=frame):
            if frame == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            data = f"frame {frame}".encode()
            (store / hex_of(digest_bytes(data))).write_bytes(data)
            with (place / "made").open("a") as log:
                log.write(f"{frame}\\n")
            return digest_bytes(data)
        digests.append(shift.once(digest_bytes(shift.job.request + str(frame).encode()), make))
    return " ".join(digests).encode()

executor = LocalExecutor(
    table=MemoryJobTable(lambda: datetime.now(UTC)), workers={"x": work}, owner="worker",
    pieces=FilePieces(place / "pieces", lambda d: (store / hex_of(d)).exists()),
    at_lease=lambda job: None, at_ingest=lambda job, result: None,
)
sys.stdout.write(executor.work_one(executor.submit("x", b"shot").id).result.decode())
"""


def _worker(place, kill_at):
    return subprocess.run(
        [sys.executable, "-c", FRAMES, str(place), str(kill_at)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
    )


def test_after_kill_9_every_frame_is_made_once(tmp_path):
    assert _worker(tmp_path, 1004).returncode == -signal.SIGKILL
    assert (tmp_path / "made").read_text().split() == ["1001", "1002", "1003"]
    resumed = _worker(tmp_path, 0)
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout.split() == [digest_bytes(f"frame {f}".encode()) for f in range(1001, 1007)]
    assert (tmp_path / "made").read_text().split() == [str(f) for f in range(1001, 1007)]


def test_a_piece_whose_bytes_are_gone_or_damaged_is_made_again(tmp_path):
    present = {digest_bytes(b"made")}
    pieces = FilePieces(tmp_path, present.__contains__)
    recipe = digest_bytes(b"recipe")
    assert pieces.find(recipe) is None
    pieces.keep(recipe, digest_bytes(b"made"))
    assert pieces.find(recipe) == digest_bytes(b"made")
    present.clear()
    assert pieces.find(recipe) is None
    next(tmp_path.iterdir()).write_text("sha256:damaged")
    assert pieces.find(recipe) is None
