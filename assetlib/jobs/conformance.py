"""What every table of jobs has to do; a test runs `CHECKS` over its own table.

@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_table_conforms(check):
    clock = Clock(start)
    check(make_table(clock), clock)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from assetlib.jobs.executor import JobTable, LeaseGone
from assetlib.model.record import JobState


@dataclass
class Clock:
    """A clock that tests turn."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def a_job_travels_from_queued_to_done(table: JobTable, _clock: Clock) -> None:
    job = table.enqueue("generate", b"request")
    assert (job.state, job.request, job.attempts) == (JobState.QUEUED, b"request", 0)
    leased = table.lease("a", seconds=10)
    assert leased is not None
    assert (leased.id, leased.state, leased.owner, leased.attempts) == (job.id, JobState.LEASED, "a", 1)
    assert table.start(job.id, "a").state is JobState.RUNNING
    assert table.heartbeat(job.id, "a", seconds=10, progress=0.5, message="half").progress == 0.5
    assert table.finish(job.id, "a", b"result").state is JobState.DONE
    ended = table.job(job.id)
    assert (ended.result, ended.owner, ended.progress) == (b"result", None, 1.0)


def the_oldest_job_of_the_asked_kind_is_leased(table: JobTable, _clock: Clock) -> None:
    first, second, third = (table.enqueue(kind, b"") for kind in ("x", "y", "y"))
    assert _leased(table, kinds=("y",)) == second.id
    assert _leased(table, job=third.id) == third.id
    assert _leased(table, kinds=("y",)) is None
    assert _leased(table) == first.id
    assert _leased(table) is None


def _leased(table: JobTable, kinds: tuple[str, ...] = (), job: str | None = None) -> str | None:
    found = table.lease("a", seconds=10, kinds=kinds, job=job)
    return None if found is None else found.id


def only_the_holder_acts(table: JobTable, _clock: Clock) -> None:
    job = table.enqueue("x", b"").id
    table.lease("a", seconds=10)
    for act in _acts(table, job, "b"):
        _refused(act)
    table.finish(job, "a", b"")
    for act in _acts(table, job, "a"):
        _refused(act)


def an_expired_lease_goes_to_the_next(table: JobTable, clock: Clock) -> None:
    job = table.enqueue("x", b"").id
    table.lease("a", seconds=10)
    table.start(job, "a")
    clock.turn(9)
    table.heartbeat(job, "a", seconds=10, progress=0.1)
    clock.turn(9)
    assert table.requeue_expired() == ()
    clock.turn(2)
    assert table.requeue_expired() == (job,)
    again = table.lease("b", seconds=10)
    assert again is not None
    assert again.attempts == 2
    _refused(lambda: table.finish(job, "a", b"late"))
    assert table.finish(job, "b", b"mine").result == b"mine"


def a_cancel_ends_what_waits_and_asks_what_runs(table: JobTable, clock: Clock) -> None:
    waiting = table.enqueue("x", b"").id
    assert table.cancel_job(waiting).state is JobState.CANCELED
    running = table.enqueue("x", b"").id
    table.lease("a", seconds=10)
    assert table.cancel_job(running).state is JobState.LEASED
    assert table.heartbeat(running, "a", seconds=10, progress=0).cancel
    clock.turn(11)
    table.requeue_expired()
    assert table.job(running).state is JobState.CANCELED
    assert table.cancel_job(running).state is JobState.CANCELED


def a_released_job_waits_again(table: JobTable, _clock: Clock) -> None:
    job = table.enqueue("x", b"").id
    table.lease("a", seconds=10)
    assert table.release(job, "a").state is JobState.QUEUED
    assert _leased(table) == job


def of_many_workers_exactly_one_gets_a_job(table: JobTable, _clock: Clock) -> None:
    table.enqueue("x", b"")
    got: list[str] = []

    def take(name: str) -> None:
        if table.lease(name, seconds=10) is not None:
            got.append(name)

    threads = [threading.Thread(target=take, args=(f"w{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def _acts(table: JobTable, job: str, owner: str) -> tuple[Callable[[], object], ...]:
    return (
        lambda: table.start(job, owner),
        lambda: table.heartbeat(job, owner, seconds=1, progress=0),
        lambda: table.finish(job, owner, b""),
        lambda: table.release(job, owner),
    )


def _refused(act: Callable[[], object]) -> None:
    try:
        act()
    except LeaseGone:
        return
    raise AssertionError("expected LeaseGone: somebody who does not hold the job changed it")


CHECKS: tuple[Callable[[JobTable, Clock], None], ...] = (
    a_job_travels_from_queued_to_done,
    the_oldest_job_of_the_asked_kind_is_leased,
    only_the_holder_acts,
    an_expired_lease_goes_to_the_next,
    a_cancel_ends_what_waits_and_asks_what_runs,
    a_released_job_waits_again,
    of_many_workers_exactly_one_gets_a_job,
)
