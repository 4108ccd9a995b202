"""Work jobs on this machine: lease, ask about rights again, work, ask once more, finish.

A command enqueues its job and works it in the foreground (`work_one(job=…)`); `assetlib work` takes
whatever is queued. Nothing is ingested that was made after its license ended or by a worker that lost its lease.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assetlib.jobs.executor import JobCanceled, JobError, JobRefused, JobTable, LeaseGone, Pieces, Worker
from assetlib.model.record import Job, JobState
from generators.api import Canceled, GeneratorError
from provenance.decision import PermitRefused
from provenance.digest import Digest

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExecutor:
    """This machine as an `Executor`, and as the worker of its jobs.

    `at_lease` and `at_ingest` ask about rights; they raise JobRefused. `ingest` takes a result
    that may be kept, after `at_ingest` agreed and before the job is done. `lease_seconds` bounds how long a dead worker
    keeps a job.
    """

    table: JobTable
    workers: Mapping[str, Worker]
    owner: str
    pieces: Pieces
    at_lease: Callable[[Job], None]
    at_ingest: Callable[[Job, bytes], None]
    ingest: Callable[[Job, bytes], bytes] = lambda _job, result: result
    lease_seconds: float = 60.0

    def submit(self, kind: str, request: bytes) -> Job:
        """Raises JobError for a kind that nobody here works."""
        if kind not in self.workers:
            raise JobError(f"expected a kind of job among {', '.join(sorted(self.workers))}, found {kind!r}")
        return self.table.enqueue(kind, request)

    def status(self, job: str) -> Job:
        return self.table.job(job)

    def cancel(self, job: str) -> Job:
        return self.table.cancel_job(job)

    def work_one(self, job: str | None = None, progress: Callable[[Job], None] = lambda _job: None) -> Job | None:
        """Work the oldest queued job, or exactly `job`, to its end; None when there is none. Returns it as ended.

        A job that failed, was refused or canceled is an answer. An unforeseen exception ends the job as failed
        and goes on to the caller; an interrupt from the keyboard gives it back to the queue.
        """
        self.table.requeue_expired()
        leased = self.table.lease(self.owner, seconds=self.lease_seconds, kinds=tuple(self.workers), job=job)
        if leased is None:
            return None
        try:
            return self._work(leased, progress)
        except LeaseGone as lost:
            _log.warning("%s: %s", leased.id, lost)
            return self.table.job(leased.id)
        except JobCanceled as canceled:
            return self._end(leased, str(canceled), JobState.CANCELED)
        except JobError as error:
            return self._end(leased, str(error), JobState.FAILED)
        except KeyboardInterrupt:
            self.table.release(leased.id, self.owner)
            raise
        except BaseException as error:
            self._end(leased, f"ended by an internal error ({type(error).__name__}); see the log", JobState.FAILED)
            raise

    def _work(self, leased: Job, progress: Callable[[Job], None]) -> Job:
        self.at_lease(leased)
        running = self.table.start(leased.id, self.owner)
        with _Beat(self, running, progress) as shift:
            try:
                result = self.workers[running.kind](shift)
            except Canceled as canceled:
                raise JobCanceled(str(canceled)) from canceled
            except PermitRefused as refusal:
                raise JobRefused(str(refusal)) from refusal
            except GeneratorError as error:
                raise JobError(str(error)) from error
            if shift.canceled():
                raise shift.reason()
            self.at_ingest(shift.job, result)
            kept = self.ingest(shift.job, result)
        return self.table.finish(running.id, self.owner, kept)

    def _end(self, job: Job, why: str, state: JobState) -> Job:
        try:
            return self.table.finish(job.id, self.owner, why.encode(), state=state)
        except LeaseGone as lost:
            _log.warning("%s: %s", job.id, lost)
            return self.table.job(job.id)


class _Beat:
    """A `Shift` that says regularly that it lives, from a thread of its own, until the work ends."""

    def __init__(self, executor: LocalExecutor, job: Job, report: Callable[[Job], None]) -> None:
        self._executor = executor
        self._job = job
        self._report = report
        self._fraction, self._message = job.progress, ""
        self._ended = threading.Event()
        self._lost: LeaseGone | None = None
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat {job.id}", daemon=True)

    def __enter__(self) -> _Beat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def job(self) -> Job:
        return self._job

    def progress(self, done: int, total: int) -> None:
        self._fraction = done / total if total > 0 else 0.0
        self._message = f"{done} of {total}"
        self._say()
        self._report(self._job)

    def canceled(self) -> bool:
        return self._lost is not None or self._job.cancel

    def reason(self) -> JobError:
        return self._lost or JobCanceled(f"{self._job.id} was canceled")

    def once(self, recipe: Digest, make: Callable[[], Digest]) -> Digest:
        found = self._executor.pieces.find(recipe)
        if found is not None:
            return found
        self._say()
        if self.canceled():
            raise self.reason()
        made = make()
        self._executor.pieces.keep(recipe, made)
        return made

    def _beat(self) -> None:
        while not self._ended.wait(self._executor.lease_seconds / 3):
            self._say()

    def _say(self) -> None:
        if self._lost is not None:
            return
        try:
            self._job = self._executor.table.heartbeat(
                self._job.id,
                self._executor.owner,
                seconds=self._executor.lease_seconds,
                progress=self._fraction,
                message=self._message,
            )
        except LeaseGone as lost:
            self._lost = lost
