"""A table of jobs in memory: for trying things out and for tests of whatever works jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from assetlib.jobs.executor import JobError, LeaseGone
from assetlib.model.record import Job, JobState

_HELD = (JobState.LEASED, JobState.RUNNING)


class MemoryJobTable:
    """A `JobTable` that forgets; one lock makes every call a transaction. `clock` gives aware UTC times."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._lock = threading.RLock()

    def enqueue(self, kind: str, request: bytes) -> Job:
        with self._lock:
            now = self._clock()
            name = f"JOB-{len(self._jobs) + 1}"
            self._jobs[name] = Job(
                id=name, kind=kind, state=JobState.QUEUED, request=request, created_at=now, updated_at=now
            )
            return self._jobs[name]

    def job(self, job: str) -> Job:
        try:
            return self._jobs[job]
        except KeyError:
            raise JobError(f"no job {job!r}") from None

    def lease(self, owner: str, *, seconds: float, kinds: Iterable[str] = (), job: str | None = None) -> Job | None:
        wanted = tuple(kinds)
        with self._lock:
            for found in self._jobs.values():
                fits = (not wanted or found.kind in wanted) and job in (None, found.id)
                if found.state is JobState.QUEUED and fits:
                    return self._set(
                        found,
                        state=JobState.LEASED,
                        owner=owner,
                        leased_until=self._clock() + timedelta(seconds=seconds),
                        attempts=found.attempts + 1,
                    )
        return None

    def start(self, job: str, owner: str) -> Job:
        return self._hold(job, owner, state=JobState.RUNNING)

    def heartbeat(self, job: str, owner: str, *, seconds: float, progress: float, message: str = "") -> Job:
        until = self._clock() + timedelta(seconds=seconds)
        return self._hold(job, owner, leased_until=until, progress=min(max(progress, 0.0), 1.0), message=message)

    def finish(self, job: str, owner: str, result: bytes, *, state: JobState = JobState.DONE) -> Job:
        if state.is_open:
            raise JobError(f"expected a job to end as done, failed or canceled, found {state.value!r}")
        done = {"progress": 1.0} if state is JobState.DONE else {}
        return self._hold(job, owner, state=state, result=result, owner=None, leased_until=None, **done)

    def release(self, job: str, owner: str) -> Job:
        return self._hold(job, owner, state=JobState.QUEUED, owner=None, leased_until=None)

    def cancel_job(self, job: str) -> Job:
        with self._lock:
            found = self.job(job)
            if found.state is JobState.QUEUED:
                return self._set(found, state=JobState.CANCELED, cancel=True)
            return self._set(found, cancel=True) if found.state.is_open else found

    def requeue_expired(self) -> tuple[str, ...]:
        with self._lock:
            now = self._clock()
            late = [j for j in self._jobs.values() if j.state in _HELD and j.leased_until and j.leased_until <= now]
            for job in late:
                state = JobState.CANCELED if job.cancel else JobState.QUEUED
                self._set(job, state=state, owner=None, leased_until=None)
            return tuple(job.id for job in late)

    def _hold(self, job: str, holder: str, /, **values: Any) -> Job:
        with self._lock:
            found = self.job(job)
            if found.state not in _HELD or found.owner != holder:
                raise LeaseGone(f"{job} is {found.state.value} and held by {found.owner or 'nobody'}, not by {holder}")
            return self._set(found, **values)

    def _set(self, job: Job, **values: Any) -> Job:
        self._jobs[job.id] = replace(job, updated_at=self._clock(), **values)
        return self._jobs[job.id]
