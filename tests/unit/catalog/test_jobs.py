"""Work that takes long: one owner at a time, and nothing is lost when an owner dies."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from assetlib.catalog import Conflict, LeaseLost, NotFound
from assetlib.model.record import Fingerprint, JobState
from provenance.digest import digest_bytes
from tests.unit.catalog.samples import NOW

LATER = NOW + timedelta(seconds=61)


def do(catalog, work, now=NOW):
    with catalog.operations(now) as operations:
        return work(operations)


def job(catalog, name="JOB-1"):
    with catalog.reader() as queries:
        return queries.job(name)


def test_ids_are_counted_and_given_back_by_a_failure(catalog):
    assert do(catalog, lambda o: [o.next_id("P"), o.next_id("EX"), o.next_id("P")]) == [
        "P-000001",
        "EX-000001",
        "P-000002",
    ]
    with pytest.raises(ZeroDivisionError):
        do(catalog, lambda o: (o.next_id("P"), 1 / 0))
    assert do(catalog, lambda o: o.next_id("P")) == "P-000003"


def test_a_job_runs_from_queue_to_result(catalog):
    queued = do(catalog, lambda o: o.enqueue("render", b'{"shot":"a"}'))
    assert (queued.id, queued.state, queued.request) == ("JOB-1", JobState.QUEUED, b'{"shot":"a"}')
    leased = do(catalog, lambda o: o.lease("worker-1", seconds=60))
    assert (leased.state, leased.owner, leased.attempts) == (JobState.LEASED, "worker-1", 1)
    assert leased.leased_until == NOW + timedelta(seconds=60)
    assert do(catalog, lambda o: o.start("JOB-1", "worker-1")).state is JobState.RUNNING
    beat = do(catalog, lambda o: o.heartbeat("JOB-1", "worker-1", seconds=60, progress=0.254, message="frame 7"), LATER)
    assert (beat.progress, beat.message, beat.leased_until) == (0.254, "frame 7", LATER + timedelta(seconds=60))
    done = do(catalog, lambda o: o.finish("JOB-1", "worker-1", b"{}"))
    assert (done.state, done.result, done.owner, done.progress) == (JobState.DONE, b"{}", None, 1.0)


def test_the_oldest_job_of_the_kind_comes_first(catalog):
    for kind in ("scan", "render", "render"):
        do(catalog, lambda o, k=kind: o.enqueue(k, b"{}"))
    assert do(catalog, lambda o: o.lease("w", seconds=60, kinds=["render"])).id == "JOB-2"
    assert do(catalog, lambda o: o.lease("w", seconds=60, job="JOB-3")).id == "JOB-3"
    assert do(catalog, lambda o: o.lease("w", seconds=60)).id == "JOB-1"
    assert do(catalog, lambda o: o.lease("w", seconds=60)) is None


def test_more_than_nine_jobs_keep_their_order(catalog):
    do(catalog, lambda o: [o.enqueue("render", b"{}") for _ in range(12)])
    leased = [do(catalog, lambda o: o.lease("w", seconds=60)).id for _ in range(12)]
    assert leased == [f"JOB-{n}" for n in range(1, 13)]


def test_eight_workers_never_share_a_job(catalog):
    do(catalog, lambda o: [o.enqueue("render", b"{}") for _ in range(24)])
    taken = []

    def work(name):
        while (leased := do(catalog, lambda o: o.lease(name, seconds=60))) is not None:
            taken.append(leased.id)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"JOB-{n}" for n in range(1, 25))


def test_a_dead_owner_loses_the_job_to_the_next(catalog):
    do(catalog, lambda o: o.enqueue("render", b"{}"))
    do(catalog, lambda o: o.lease("dead", seconds=60))
    assert do(catalog, lambda o: o.requeue_expired()) == ()
    assert do(catalog, lambda o: o.requeue_expired(), LATER) == ("JOB-1",)
    assert do(catalog, lambda o: o.lease("alive", seconds=60), LATER).attempts == 2
    for act in (
        lambda o: o.heartbeat("JOB-1", "dead", seconds=60, progress=1),
        lambda o: o.finish("JOB-1", "dead", b"{}"),
        lambda o: o.start("JOB-1", "dead"),
    ):
        with pytest.raises(LeaseLost, match="alive"):
            do(catalog, act)


def test_a_queued_job_is_canceled_at_once_and_a_held_one_is_asked(catalog):
    do(catalog, lambda o: [o.enqueue("render", b"{}") for _ in range(2)])
    do(catalog, lambda o: o.lease("w", seconds=60))
    assert do(catalog, lambda o: o.cancel_job("JOB-2")).state is JobState.CANCELED
    assert do(catalog, lambda o: o.cancel_job("JOB-1")).state is JobState.LEASED
    assert do(catalog, lambda o: o.heartbeat("JOB-1", "w", seconds=60, progress=0)).cancel
    ended = do(catalog, lambda o: o.finish("JOB-1", "w", b"{}", state=JobState.CANCELED))
    assert do(catalog, lambda o: o.cancel_job("JOB-1")) == ended


def test_a_canceled_job_of_a_dead_owner_ends(catalog):
    do(catalog, lambda o: o.enqueue("render", b"{}"))
    do(catalog, lambda o: (o.lease("dead", seconds=60), o.cancel_job("JOB-1")))
    do(catalog, lambda o: o.requeue_expired(), LATER)
    assert job(catalog).state is JobState.CANCELED


def test_a_job_given_back_is_queued(catalog):
    do(catalog, lambda o: o.enqueue("render", b"{}"))
    do(catalog, lambda o: o.lease("w", seconds=60))
    assert do(catalog, lambda o: o.release("JOB-1", "w")).state is JobState.QUEUED


def test_a_job_does_not_end_as_running(catalog):
    do(catalog, lambda o: o.enqueue("render", b"{}"))
    with pytest.raises(Conflict, match="done, failed or canceled"):
        do(catalog, lambda o: o.finish("JOB-1", "w", b"{}", state=JobState.RUNNING))


def test_an_unknown_job_is_not_found(catalog):
    with pytest.raises(NotFound):
        job(catalog, "JOB-9")
    with pytest.raises(NotFound):
        do(catalog, lambda o: o.cancel_job("JOB-9"))


def test_the_outbox_is_read_by_cursor_until_delivered(catalog):
    assert [do(catalog, lambda o: o.emit("version.publish", b"{}")) for _ in range(3)] == [1, 2, 3]
    do(catalog, lambda o: o.mark_delivery(1, delivered=True))
    do(catalog, lambda o: o.mark_delivery(2, delivered=False))
    with catalog.reader() as queries:
        assert [n.cursor for n in queries.notices(undelivered=True)] == [2, 3]
        assert [(n.cursor, n.attempts) for n in queries.notices(after=1)] == [(2, 1), (3, 0)]
        assert queries.notices()[0].delivered_at == NOW


def test_a_fingerprint_is_replaced_by_a_rebuilt_one(catalog):
    digest = digest_bytes(b"png")
    for quality in (80, 90):
        value = Fingerprint(digest=digest, what="frame:1001", pdq=bytes(32), quality=quality)
        do(catalog, lambda o, v=value: o.put_fingerprint(v))
    with catalog.reader() as queries:
        assert queries.fingerprints(digest) == (value,)
    do(catalog, lambda o: o.forget_fingerprints(digest))
    with catalog.reader() as queries:
        assert queries.fingerprints() == ()
