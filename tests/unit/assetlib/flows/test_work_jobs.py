"""Jobs as people see them: what stopped one is said, a dead worker's job is taken up at once, the queue goes on."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from assetlib.catalog.refusals import NotFound
from assetlib.flows.job_folder import job_folder
from assetlib.flows.job_table import CatalogJobTable
from assetlib.flows.work_jobs import _place, cancel_job, list_jobs, resume_job, show_job, submit_and_work, work_all
from assetlib.model.refusals import Conflict
from provenance.digest import canonical_json

ORDER = {
    "shot": "sq010_sh0010",
    "generator": "render",
    "seed": 0,
    "width": 64,
    "height": 36,
    "handles": False,
    "stand_in": None,
    "model": None,
    "person": "ada",
}


@pytest.fixture
def table(library):
    return CatalogJobTable(library.catalog, library.clock)


def test_what_stopped_the_work_reaches_the_person_who_asked(library):
    with pytest.raises(NotFound, match="sq010_sh0010"):
        submit_and_work(library, ORDER, lambda _: None)


def test_a_failed_job_stays_on_record_with_its_reason(library):
    with pytest.raises(NotFound):
        submit_and_work(library, ORDER, lambda _: None)
    (job,) = list_jobs(library)
    assert (job["job"], job["state"]) == ("JOB-1", "failed")
    assert "sq010_sh0010" in job["message"]
    assert show_job(library, "JOB-1")["order"]["shot"] == "sq010_sh0010"


def test_a_job_that_ended_is_not_taken_up_again(library):
    with pytest.raises(NotFound):
        submit_and_work(library, ORDER, lambda _: None)
    with pytest.raises(Conflict, match="ended: failed"):
        resume_job(library, "JOB-1")


def test_a_job_of_a_worker_that_is_gone_is_taken_up_before_its_lease_ends(library, table):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    table.enqueue("generate", canonical_json(ORDER))
    table.lease(f"{_place()}:{gone.pid}", seconds=3600)
    with pytest.raises(NotFound, match="sq010_sh0010"):
        resume_job(library, "JOB-1")
    assert show_job(library, "JOB-1")["attempts"] == 2


def test_a_job_that_somebody_works_is_left_alone(library, table):
    table.enqueue("generate", canonical_json(ORDER))
    table.lease(f"{_place()}:{os.getpid()}", seconds=3600)
    with pytest.raises(Conflict, match="held by"):
        resume_job(library, "JOB-1")


def test_a_job_of_another_machine_waits_for_its_lease(library, table):
    table.enqueue("generate", canonical_json(ORDER))
    table.lease("farm-7/pid:[1]:1", seconds=3600)
    with pytest.raises(Conflict, match="farm-7"):
        resume_job(library, "JOB-1")


def test_a_waiting_job_is_canceled_at_once_and_its_folder_goes(library, table):
    job = table.enqueue("generate", canonical_json(ORDER)).id
    folder = job_folder(library, job)
    assert cancel_job(library, job)["state"] == "canceled"
    assert not folder.exists()


def test_a_running_job_is_asked_to_stop(library, table):
    job = table.enqueue("generate", canonical_json(ORDER)).id
    table.lease("elsewhere", seconds=3600)
    assert "asked to stop" in cancel_job(library, job)["sentence"]


def test_the_queue_is_worked_to_its_end_past_jobs_that_fail_or_cannot_be_read(library, table):
    table.enqueue("generate", b"{not json")
    table.enqueue("generate", canonical_json({"unknown": 1}))
    table.enqueue("generate", canonical_json(ORDER))
    assert [(job["job"], job["state"]) for job in work_all(library)] == [
        ("JOB-1", "failed"),
        ("JOB-2", "failed"),
        ("JOB-3", "failed"),
    ]
    assert work_all(library) == []


def test_an_expired_lease_is_worked_by_whoever_works_the_queue(library, table):
    table.enqueue("generate", canonical_json(ORDER))
    table.lease("farm-7/pid:[1]:1", seconds=1)
    now = library.wall_clock
    library.wall_clock = lambda: now() + timedelta(seconds=5)
    assert [job["state"] for job in work_all(library)] == ["failed"]


def test_a_job_that_is_not_there_is_not_found(library):
    for act in (show_job, cancel_job, resume_job):
        with pytest.raises(NotFound, match="JOB-9"):
            act(library, "JOB-9")
