"""Where a job's unfinished work lies: inside the library's staging, by job, so that it can be taken up again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assetlib.library import Library


def job_folder(library: Library, job: str) -> Path:
    folder = library.staging / job
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def clear_job_folder(library: Library, job: str) -> None:
    shutil.rmtree(library.staging / job, ignore_errors=True)
