"""Jobs as people see them: enqueue and work one in the foreground, look at them, cancel, take up again, work the queue.

The kind of job is ``generate``; its request is the canonical JSON of an order that `generate_shot` works. Rights are
asked where the work begins and again where its take is recorded, by that flow, each time a worker takes the job.
"""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import CatalogRefused
from assetlib.flows.hold_caps import release_abandoned
from assetlib.flows.job_folder import clear_job_folder
from assetlib.flows.job_table import CatalogJobTable
from assetlib.flows.time_stamps import KIND as STAMPING
from assetlib.flows.time_stamps import stamp_waiting
from assetlib.jobs.executor import JobError, JobRefused, LeaseGone, Shift, Worker
from assetlib.jobs.local import LocalExecutor
from assetlib.jobs.pieces import FilePieces
from assetlib.model.record import Job, JobState
from assetlib.model.refusals import Conflict, Denied, Refusal, Unavailable
from assetlib.storage.store import StorageRefused
from assetlib.usd.errors import UsdError
from provenance.digest import canonical_json
from provenance.errors import ProvenanceError

if TYPE_CHECKING:
    from assetlib.library import Library

KIND = "generate"
_FORESEEN = (Refusal, CatalogRefused, StorageRefused, UsdError, ProvenanceError, OSError)
_log = logging.getLogger(__name__)


def submit_and_work(library: Library, order: dict[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Enqueue an order and work it here to its end. Raises what stopped the work: Denied, Refusal, GeneratorError …

    `progress` gets thousandths. Killed meanwhile, the job stays on record for `resume_job`.
    """
    job = CatalogJobTable(library.catalog, library.clock).enqueue(KIND, canonical_json(order))
    return _work_here(library, job.id, progress)


def list_jobs(library: Library) -> list[dict[str, Any]]:
    """Every job, oldest first."""
    with library.catalog.reader() as queries:
        return [_listed(job) for job in queries.jobs()]


def show_job(library: Library, job: str) -> dict[str, Any]:
    """Raises NotFound."""
    with library.catalog.reader() as queries:
        found = queries.job(job)
    return {
        **_listed(found),
        "order": _json(found.request),
        "owner": found.owner,
        "leased_until": None if found.leased_until is None else found.leased_until.isoformat(),
        "attempts": found.attempts,
        "created_at": found.created_at.isoformat(),
        "updated_at": found.updated_at.isoformat(),
        "result": _json(found.result) if found.state is JobState.DONE else None,
    }


def cancel_job(library: Library, job: str) -> dict[str, Any]:
    """A waiting job ends at once, a running one at its next step. Raises NotFound."""
    with library.catalog.operations(library.clock()) as operations:
        found = operations.cancel_job(job)
    if found.state is JobState.CANCELED:
        sentence = f"{job} is canceled"
        clear_job_folder(library, job)
        release_abandoned(library)
    elif found.state.is_open:
        sentence = f"{job} is asked to stop; it ends at its next step"
    else:
        sentence = f"{job} has ended already: {found.state.value}"
    return {"job": job, "state": found.state.value, "sentence": sentence}


def resume_job(library: Library, job: str, *, progress: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Take up an interrupted or waiting job here; a done one is answered again. Raises NotFound, Conflict."""
    with library.catalog.reader() as queries:
        found = queries.job(job)
    if found.state is JobState.DONE:
        return {"job": job, "state": found.state.value, "result": _json(found.result)}
    if not found.state.is_open:
        raise Conflict(f"{job} has ended: {found.state.value}{_because(found)}; ask for the work again instead")
    if found.kind == STAMPING:
        return _resume_stamp(library, found)
    _release_of_the_dead(library, found)
    result = _work_here(library, job, progress)
    return {"job": job, "state": JobState.DONE.value, "result": result}


def _resume_stamp(library: Library, job: Job) -> dict[str, Any]:
    for asked, why in stamp_waiting(library):
        if asked.id == job.id and why:
            raise Unavailable(why)
    with library.catalog.reader() as queries:
        found = queries.job(job.id)
    return {"job": job.id, "state": found.state.value, "result": _json(found.result)}


def work_all(library: Library) -> list[dict[str, Any]]:
    """Work queued jobs until none waits; one that fails is an answer, and the next is worked."""
    release_abandoned(library)
    bench = _Bench(library)
    done = []
    while (ended := bench.work_next()) is not None:
        done.append(_listed(ended))
    for job, why in stamp_waiting(library):
        with library.catalog.reader() as queries:
            done.append(_listed(queries.job(job.id)) | ({"message": why} if why else {}))
    return done


def _work_here(library: Library, job: str, progress: Callable[[int], None]) -> dict[str, Any]:
    bench = _Bench(library)
    try:
        ended = bench.executor.work_one(job, progress=lambda now: progress(round(1000 * now.progress)))
    finally:
        _clear_when_ended(library, job)
    if ended is None:
        now = bench.executor.status(job)
        raise Conflict(f"{job} is {now.state.value} and held by {now.owner or 'nobody'}; see 'assetlib job show {job}'")
    if ended.state is not JobState.DONE:
        raise bench.stopped_by or Conflict(f"{job}: {ended.state.value}{_because(ended)}")
    result: dict[str, Any] = json.loads(ended.result or b"{}")
    return result


def _clear_when_ended(library: Library, job: str) -> None:
    """Only an open job can be taken up again; what an ended one left is worth nothing."""
    with library.catalog.reader() as queries:
        ended = not queries.job(job).state.is_open
    if ended:
        clear_job_folder(library, job)


class _Bench:
    """An executor over the library, and what stopped its latest job, so that the foreground can say it in full."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.stopped_by: Exception | None = None
        workers: dict[str, Worker] = {KIND: self._generate}
        self.executor = LocalExecutor(
            table=CatalogJobTable(library.catalog, library.clock),
            workers=workers,
            owner=f"{_place()}:{os.getpid()}",
            pieces=FilePieces(library.staging / "pieces", library.store.has),
            # `work_order` asks first and records the answer, and asks again in the transaction that keeps the take
            at_lease=lambda _job: None,
            at_ingest=lambda _job, _result: None,
        )

    def work_next(self) -> Job | None:
        """The next queued job as it ended; None when none waits."""
        self.executor.table.requeue_expired()
        with self._library.catalog.reader() as queries:
            waiting = queries.jobs(JobState.QUEUED, KIND)
        for job in waiting:
            with suppress(LeaseGone):
                if (ended := self._work(job.id)) is not None:
                    return ended
        return None

    def _work(self, job: str) -> Job | None:
        try:
            ended = self.executor.work_one(job)
        except Exception:  # noqa: BLE001  the executor has recorded the failure; the queue goes on
            _log.exception("%s ended by an internal error", job)
            ended = self.executor.status(job)
        _clear_when_ended(self._library, job)
        return ended

    def _generate(self, shift: Shift) -> bytes:
        from assetlib.flows.generate_shot import work_order
        from generators.api import GeneratorError

        self.stopped_by = None
        try:
            done = work_order(
                self._library,
                shift.job.id,
                json.loads(shift.job.request),
                progress=lambda thousandths: shift.progress(thousandths, 1000),
                canceled=shift.canceled,
            )
        except GeneratorError as error:
            self.stopped_by = error
            raise
        except _FORESEEN as error:
            self.stopped_by = error
            raise (JobRefused if isinstance(error, Denied) else JobError)(str(error)) from error
        return canonical_json(done)


def _release_of_the_dead(library: Library, job: Job) -> None:
    """Give back a job whose owner was a process on this machine that is gone, without waiting for its lease to end."""
    place, _, process = (job.owner or "").rpartition(":")
    if place != _place() or not process.isdecimal() or _lives(int(process)):
        return
    with library.catalog.operations(library.clock()) as operations:
        operations.release(job.id, job.owner or "")


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 asks only
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _place() -> str:
    """Where process ids mean what they say: this host, and on Linux its process namespace."""
    with suppress(OSError):
        return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').readlink()}"
    return f"{socket.gethostname()}/elsewhere"


def _listed(job: Job) -> dict[str, Any]:
    ended = job.state in (JobState.FAILED, JobState.CANCELED)
    return {
        "job": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "progress": f"{job.progress:.0%}",
        "message": _because(job).removeprefix(": ") if ended else job.message,
        "attempts": job.attempts,
    }


def _because(job: Job) -> str:
    """Why a job failed or stopped, as its worker said; '' when it said nothing."""
    if job.state is JobState.DONE or not job.result:
        return ""
    return f": {job.result.decode(errors='replace').splitlines()[0]}"


def _json(data: bytes | None) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return None
