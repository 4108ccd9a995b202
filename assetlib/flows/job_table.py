"""The catalog's jobs as the table that a `LocalExecutor` works: every call is one transaction at the library's time.

`jobs` knows no catalog and the catalog knows no workers; a flow puts one into the hands of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from assetlib.catalog.refusals import Conflict, LeaseLost, NotFound
from assetlib.jobs.executor import JobError, LeaseGone
from assetlib.model.record import Job, JobState

if TYPE_CHECKING:
    from assetlib.catalog.catalog import Catalog
    from assetlib.catalog.operations import Operations

T = TypeVar("T")


class CatalogJobTable:
    """A `JobTable` over the catalog; `clock` gives aware UTC times. A busy or absent database stays its own error."""

    def __init__(self, catalog: Catalog, clock: Callable[[], datetime]) -> None:
        self._catalog = catalog
        self._clock = clock

    def enqueue(self, kind: str, request: bytes) -> Job:
        return self._do(lambda operations: operations.enqueue(kind, request))

    def job(self, job: str) -> Job:
        try:
            with self._catalog.reader() as queries:
                return queries.job(job)
        except NotFound as error:
            raise JobError(str(error)) from error

    def lease(self, owner: str, *, seconds: float, kinds: Iterable[str] = (), job: str | None = None) -> Job | None:
        return self._do(lambda operations: operations.lease(owner, seconds=seconds, kinds=kinds, job=job))

    def start(self, job: str, owner: str) -> Job:
        return self._do(lambda operations: operations.start(job, owner))

    def heartbeat(self, job: str, owner: str, *, seconds: float, progress: float, message: str = "") -> Job:
        return self._do(
            lambda operations: operations.heartbeat(job, owner, seconds=seconds, progress=progress, message=message)
        )

    def finish(self, job: str, owner: str, result: bytes, *, state: JobState = JobState.DONE) -> Job:
        return self._do(lambda operations: operations.finish(job, owner, result, state=state))

    def release(self, job: str, owner: str) -> Job:
        return self._do(lambda operations: operations.release(job, owner))

    def cancel_job(self, job: str) -> Job:
        return self._do(lambda operations: operations.cancel_job(job))

    def requeue_expired(self) -> tuple[str, ...]:
        return self._do(lambda operations: operations.requeue_expired())

    def _do(self, act: Callable[[Operations], T]) -> T:
        """`act` in one transaction, with the refusals of the catalog in the words of `jobs`."""
        try:
            with self._catalog.operations(self._clock()) as operations:
                return act(operations)
        except LeaseLost as error:
            raise LeaseGone(str(error)) from error
        except (Conflict, NotFound) as error:
            raise JobError(str(error)) from error
