"""A take of a shot is made; a job whose process dies is taken up again, to the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assetlib.flows.generate_shot import generate_shot
from assetlib.flows.work_jobs import resume_job
from assetlib.library import Library
from assetlib.model.record import Job, JobState
from assetlib.model.shot import TakeStatus
from tests.flows import studio
from tests.flows.studio import ALONE, Studio, rows
from tests.stories.checks import damage, left_after_sweep


def build(folder: Path) -> None:
    studio.build(folder)


def live(folder: Path) -> None:
    library = Studio(folder=folder).open()
    generate_shot(library, ALONE)
    library.close()


def environ(folder: Path) -> dict[str, str]:
    return Studio(folder=folder).environ


def command(folder: Path) -> list[str]:
    place = Studio(folder=folder)
    named = ["-L", str(place.directory), "--passphrase-file", str(place.passphrase_file), "--as", "lee-park"]
    return [*named, "shot", "generate", ALONE]


def outcome(folder: Path) -> list[list[str]]:
    library = Studio(folder=folder).open()
    made = pictures(library)
    library.close()
    return made


def pictures(library: Library) -> list[list[str]]:
    """Path and digest of every picture of the one take, and of the inventory that lists them."""
    files = rows(library, lambda q: q.take_files(ALONE, 1))
    return [[file.path, file.digest] for file in files if file.path.endswith((".png", ".exr", "frames.json"))]


def examine(folder: Path, expected: list[list[str]]) -> tuple[list[str], list[str]]:
    library = Studio(folder=folder).open()
    faults = damage(library)
    takes = rows(library, lambda q: q.takes(ALONE))
    faults += unlike(library, expected) if takes else []
    told = finish(library)
    takes = rows(library, lambda q: q.takes(ALONE))
    if [take.status for take in takes] != [TakeStatus.CURRENT]:
        faults.append(f"expected one current take, found {[(take.code, take.status) for take in takes]}")
    faults += unlike(library, expected)
    faults += [f"again: {fault}" for fault in damage(library)]
    faults += left_after_sweep(library)
    library.close()
    return faults, told


def finish(library: Library) -> list[str]:
    """Take up the job that was left open; order the take when no job was on record, or it was ended with a reason."""
    jobs: tuple[Job, ...] = rows(library, lambda q: q.jobs())
    if not jobs or jobs[-1].state is JobState.FAILED:
        generate_shot(library, ALONE)
        return ["ordered anew"]
    (job,) = jobs
    if job.state is JobState.DONE:
        return []
    resume_job(library, job.id)
    return [f"resumed {job.id}"]


def unlike(library: Library, expected: list[list[str]]) -> list[str]:
    found = pictures(library)
    return [] if found == expected else [f"expected the bytes {expected}, found {found}"]


def after_two(folder: Path, expected: list[list[str]], ends: list[list[Any]]) -> list[str]:
    """Two takes, or one and a conflict; the pictures of both are the same, for both were asked for alike."""
    library = Studio(folder=folder).open()
    codes = sorted(code for code, _ in ends)
    takes = rows(library, lambda q: q.takes(ALONE))
    faults = damage(library) + unlike(library, expected)
    faults += [] if (codes, len(takes)) in (([0, 0], 2), ([0, 7], 1)) else [f"ended with {codes}, {len(takes)} takes"]
    faults += [f"in staging: {p.name}" for p in library.staging.iterdir() if p.name != "pieces"]
    library.close()
    return faults
