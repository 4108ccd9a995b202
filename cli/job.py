"""`assetlib job` and `assetlib work`: long work, its progress, and its resumption."""

from __future__ import annotations

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Jobs: list, show, cancel, resume."""


@click.group()
def verbs() -> None:
    """Verbs without a noun."""


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Every job and how far it is."""
    from assetlib.flows.work_jobs import list_jobs
    from cli import render

    render.listing("jobs", list_jobs(session.library()), ("job", "kind", "state", "progress", "message"))


@command(group, reads=True)
@click.argument("job")
def show(session: Session, job: str) -> None:
    """One job in full."""
    from assetlib.flows.work_jobs import show_job
    from cli import render

    shown = show_job(session.library(), job)
    if session.json:
        render.document(shown)
        return
    render.say(*(f"{name}: {value}" for name, value in shown.items()))


@command(group)
@click.argument("job")
def cancel(session: Session, job: str) -> None:
    """Stop a job at its next step."""
    from assetlib.flows.work_jobs import cancel_job
    from cli import render

    done = cancel_job(session.library(), job)
    if session.json:
        render.document(done)
        return
    render.say(done["sentence"])


@command(group, reads=True)
@click.argument("job")
def resume(session: Session, job: str) -> None:
    """Take up a job that was interrupted; finished frames are not made again."""
    from assetlib.flows.work_jobs import resume_job, show_job
    from cli import render

    if session.dry_run:
        shown = show_job(session.library(), job)
        render.say(f"would take up {shown['job']}: {shown['state']}, {shown['progress']}")
        return
    with render.progress(f"Resuming {job}", 1000, quiet=session.quiet or session.json) as advance:
        done = resume_job(session.library(), job, progress=advance)
    if session.json:
        render.document(done)
        return
    render.say(f"{job}: {done['state']}")


@command(verbs, reads=True)
def work(session: Session) -> None:
    """Work off queued jobs until none is left."""
    from assetlib.flows.work_jobs import list_jobs, work_all
    from cli import render

    if session.dry_run:
        waiting = [job for job in list_jobs(session.library()) if job["state"] == "queued"]
        render.listing("waiting", waiting, ("job", "kind", "state", "progress", "message"))
        return
    done = work_all(session.library())
    if session.json:
        render.documents("worked", done)
        return
    render.say(*(f"{job['job']}: {job['state']}" for job in done) if done else ("no job is waiting",))
