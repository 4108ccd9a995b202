"""Work that takes long, as values and protocols: who holds a job, how it ends, who may start one.

The table of jobs is the catalog's; a farm or this machine works them. A worker owns a job for the time of
its lease and says regularly that it lives; when it does not, the job goes back to the queue and the next
worker finds by content address what was already made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from assetlib.model.record import Job, JobState
from provenance.digest import Digest


class JobError(Exception):
    """A job cannot go on; the message is for the person who asked for it."""


class LeaseGone(JobError):
    """Somebody else holds the job by now, or nobody; what this worker made is not ingested."""


class JobCanceled(JobError):
    """The job was asked to stop, and stopped."""


class JobRefused(JobError):
    """Rights that held when the job was asked for do not hold any more."""


class JobTable(Protocol):
    """The jobs on record; every call is one transaction at the table's own time. Passes `conformance`."""

    def enqueue(self, kind: str, request: bytes) -> Job: ...

    def job(self, job: str) -> Job: ...

    def lease(self, owner: str, *, seconds: float, kinds: Iterable[str] = (), job: str | None = None) -> Job | None:
        """The oldest queued job (of these kinds, or exactly `job`), now `owner`'s; None when there is none."""

    def start(self, job: str, owner: str) -> Job:
        """Leased becomes running; raises LeaseGone unless `owner` holds it."""

    def heartbeat(self, job: str, owner: str, *, seconds: float, progress: float, message: str = "") -> Job:
        """Extend the lease and say how far the work is (0…1); `cancel` of the answer asks to stop. LeaseGone."""

    def finish(self, job: str, owner: str, result: bytes, *, state: JobState = JobState.DONE) -> Job:
        """End a job as done, failed or canceled; raises LeaseGone unless `owner` holds it."""

    def release(self, job: str, owner: str) -> Job:
        """Give a held job back to the queue; raises LeaseGone unless `owner` holds it."""

    def cancel_job(self, job: str) -> Job:
        """A queued job ends at once; a held one is asked to stop; an ended one stays as it is."""

    def requeue_expired(self) -> tuple[str, ...]:
        """Put back every job whose owner stopped answering; one that was to be canceled ends instead."""


class Executor(Protocol):
    """What flows talk to: this machine (`local`) or a farm."""

    def submit(self, kind: str, request: bytes) -> Job: ...

    def status(self, job: str) -> Job: ...

    def cancel(self, job: str) -> Job: ...


class Pieces(Protocol):
    """Finished pieces of work by the digest of their recipe (request, frame, generator); survives a crash."""

    def find(self, recipe: Digest) -> Digest | None: ...

    def keep(self, recipe: Digest, made: Digest) -> None: ...


class Shift(Protocol):
    """What a worker sees of its job while it works."""

    @property
    def job(self) -> Job: ...

    def progress(self, done: int, total: int) -> None: ...

    def canceled(self) -> bool:
        """Whether to stop: somebody asked, or the lease is gone."""

    def once(self, recipe: Digest, make: Callable[[], Digest]) -> Digest:
        """The digest of the piece, made now or found from an earlier attempt. Raises JobCanceled before making."""


Worker = Callable[[Shift], bytes]
