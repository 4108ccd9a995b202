"""Inside the sandbox: lock the door, then load the generator and let it work.

Started as a script by `generators.sandbox` with one argument, the job folder, and nothing in the
environment. Up to the lock this process imports the standard library and `generators.lockdown` alone;
the generator's code, and any library it needs, is imported behind it. Messages to the parent are JSON
lines on the pipe whose number the specification gives; one byte on standard input means cancel.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import sys
from pathlib import Path
from typing import Any


def main(folder: Path) -> int:
    """Work the job in `folder`; the exit code is 0 also for a refusal, which is a message."""
    spec = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
    sys.path[:0] = spec["path"]
    outlet = os.fdopen(spec["outlet"], "w", buffering=1, encoding="utf-8")
    level = _lock(spec)
    _say(outlet, level=level)
    if spec["required"] and not (level["landlock"] and (level["namespace"] or level["filter"])):
        return 0
    if spec["generator"]:
        _say(outlet, **_work(spec, folder, outlet))
    return 0


def _lock(spec: dict[str, Any]) -> dict[str, Any]:
    lockdown = importlib.import_module("generators.lockdown")
    lockdown.limit_resources(**spec["limits"])
    steps = spec["steps"]
    level: dict[str, Any] = {"landlock": 0, "namespace": False, "filter": False}
    if "namespace" in steps:
        level["namespace"] = lockdown.leave_network()
    if "landlock" in steps:
        level["landlock"] = lockdown.restrict_files(*([Path(p) for p in spec[kind]] for kind in ("read", "write")))
    lockdown.no_new_privileges()
    if steps:
        lockdown.drop_capabilities()
    if "filter" in steps:
        level["filter"] = lockdown.filter_calls()
    return level


def _work(spec: dict[str, Any], folder: Path, outlet: Any) -> dict[str, Any]:
    from generators.api import GeneratorError
    from generators.job_folder import FolderJob
    from generators.request import GenerationRequest
    from provenance.decision import PermitRefused
    from provenance.digest import Digest

    def progress(done: int, total: int) -> None:
        _say(outlet, progress=[done, total])

    job = FolderJob(folder, frozenset(Digest(d) for d in spec["named"]), progress=progress, canceled=_canceled)
    try:
        generator = _load(spec["generator"])
        produced = generator.generate(GenerationRequest.from_json(spec["request"]), job)
    except (GeneratorError, PermitRefused) as error:
        return {"error": [type(error).__name__, str(error)]}
    return {"produced": produced.to_json()}


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)()


def _canceled() -> bool:
    return bool(select.select([0], [], [], 0)[0])


def _say(outlet: Any, **message: Any) -> None:
    outlet.write(json.dumps(message) + "\n")
    outlet.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
