"""Runs the escape attempts that it reads from standard input, in a process that any user may start."""

import json
import os
import sys
from pathlib import Path


def attempt(act: str, target: str, workdir: str, mode: str) -> dict[str, str]:
    """Run the escapee; mode 'locked', 'bare' (same process, no defenses) or 'in-process'."""
    import importlib
    from fractions import Fraction

    from generators import sandbox
    from generators.api import GeneratorError
    from generators.job_folder import FolderJob, make_job_folder
    from generators.request import GenerationRequest, Modality

    request = GenerationRequest(
        shot="s",
        modality=Modality.IMAGE,
        width=1,
        height=1,
        frame_range=(1, 1),
        fps=Fraction(24),
        seed=1,
        settings=(("act", act), ("target", str(os.getpid()) if target == "parent" else target)),
    )
    folder = Path(workdir)
    make_job_folder(folder)
    try:
        if mode == "in-process":
            escapee = importlib.import_module("sandbox_escapee").Escapee()
            escapee.generate(request, FolderJob(folder, frozenset(), progress=lambda *_: None, canceled=lambda: False))
            level = mode
        else:
            _, reached = sandbox.run_sandboxed(
                folder,
                sandbox.Work(generator="sandbox_escapee:Escapee", request=request, named=()),
                limits=sandbox.Limits(wall_seconds=20),
                required=mode.startswith("locked"),
                progress=lambda *_: None,
                canceled=lambda: False,
                unsafe_without=("landlock", "namespace", "filter") if mode == "bare" else mode.split("+")[1:],
            )
            level = str(reached)
    except GeneratorError as error:
        return {"outcome": "blocked", "why": str(error)}
    return {"outcome": "escaped", "why": level}


if __name__ == "__main__":
    sys.stdout.write(json.dumps([attempt(*case) for case in json.loads(sys.stdin.read())]))
