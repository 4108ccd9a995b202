"""Jobs: submit and work them here, list, cancel, and take up what a killed process left behind."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from assetlib.flows.generate_shot import work_order
from assetlib.flows.job_folder import clear_job_folder
from assetlib.flows.job_table import CatalogJobTable
from assetlib.jobs.executor import Shift
from assetlib.jobs.local import LocalExecutor
from assetlib.jobs.pieces import FilePieces
from assetlib.model.record import Job, JobState
from assetlib.model.refusals import Conflict, NotFound, Refusal
from provenance.digest import canonical_json

if TYPE_CHECKING:
    from assetlib.library import Library

GENERATE = "generate"
_LEASE_SECONDS = 60.0


def submit_and_work(library: Library, order: dict[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Enqueue an order and work it in the foreground; raises what refused it."""
    executor = _executor(library, progress)
    job = executor.submit(GENERATE, canonical_json(order))
    return _work(library, executor, job.id)


def resume_job(library: Library, job: str, *, progress: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Take up an interrupted job: frames that lie there whole are not made again. Raises NotFound, Conflict."""
    found = _job(library, job)
    if found.state is JobState.DONE:
        return _shown(found)
    if not found.state.is_open:
        raise Conflict(f"{job} {found.state.value}: {found.message or _words(found)}; start the shot again")
    _free_if_dead(library, found)
    _work(library, _executor(library, progress), job)
    return _shown(_job(library, job))


def work_all(library: Library) -> list[dict[str, Any]]:
    """Work every queued job, oldest first; a refused one is an answer and the next goes on."""
    executor = _executor(library, lambda _: None)
    done = []
    while True:
        waiting = [job for job in _jobs(library) if job.state is JobState.QUEUED]
        if not waiting:
            return done
        try:
            _work(library, executor, waiting[0].id)
        except Refusal:
            pass  # the job says why, and so does the decision that refused it
        done.append(_shown(_job(library, waiting[0].id)))


def list_jobs(library: Library) -> list[dict[str, Any]]:
    return [_shown(job) for job in _jobs(library)]


def show_job(library: Library, job: str) -> dict[str, Any]:
    found = _job(library, job)
    return {**_shown(found), "order": json.loads(found.request), "attempts": found.attempts, "owner": found.owner}


def cancel_job(library: Library, job: str) -> dict[str, Any]:
    """A waiting job ends at once, a running one at its next step."""
    _job(library, job)
    with library.catalog.operations(library.clock()) as operations:
        found = operations.cancel_job(job)
    words = {JobState.CANCELED: "is canceled", JobState.DONE: "was done already", JobState.FAILED: "had failed"}
    return {**_shown(found), "sentence": f"{job} {words.get(found.state, 'stops at its next step')}"}


def _executor(library: Library, progress: Callable[[int], None]) -> LocalExecutor:
    def worker(shift: Shift) -> bytes:
        result = work_order(
            library,
            shift.job.id,
            json.loads(shift.job.request),
            progress=lambda done: (shift.progress(done, 1000), progress(done))[0],
            canceled=shift.canceled,
        )
        return canonical_json(result)

    return LocalExecutor(
        table=CatalogJobTable(library.catalog, library.clock),
        workers={GENERATE: worker},
        owner=f"{socket.gethostname()}/{os.getpid()}",
        pieces=FilePieces(library.staging / "pieces", library.store.has),
        # rights are asked by the worker itself: first thing after the lease, and again before the take is kept
        at_lease=lambda _: None,
        at_ingest=lambda _job, _result: None,
        lease_seconds=_LEASE_SECONDS,
    )


def _work(library: Library, executor: LocalExecutor, job: str) -> dict[str, Any]:
    ended = executor.work_one(job)
    if ended is None:
        raise Conflict(f"{job} is held by another process; wait for it, or cancel it with 'assetlib job cancel {job}'")
    if ended.state is not JobState.DONE:
        raise Conflict(f"{job} {ended.state.value}: {_words(ended)}")
    clear_job_folder(library, job)
    result: dict[str, Any] = json.loads(ended.result or b"{}")
    return result


def _words(job: Job) -> str:
    return (job.result or b"").decode("utf-8", "replace") or job.message


def _free_if_dead(library: Library, job: Job) -> None:
    """Give a job back to the queue whose owner was a process of this machine that is no more."""
    if job.owner is None or job.leased_until is None:
        return
    host, _, process = job.owner.rpartition("/")
    if host != socket.gethostname() or not process.isdigit() or _is_alive(int(process)):
        return
    with library.catalog.operations(max(library.clock(), job.leased_until + timedelta(seconds=1))) as operations:
        operations.requeue_expired()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _jobs(library: Library) -> tuple[Job, ...]:
    with library.catalog.reader() as queries:
        return queries.jobs()


def _job(library: Library, job: str) -> Job:
    found = next((one for one in _jobs(library) if one.id == job), None)
    if found is None:
        raise NotFound(f"no job {job!r}; 'assetlib job list' shows them")
    return found


def _shown(job: Job) -> dict[str, Any]:
    return {
        "job": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "progress": f"{job.progress:.0%}",
        "message": job.message if job.state.is_open else ("" if job.state is JobState.DONE else _words(job)),
    }
