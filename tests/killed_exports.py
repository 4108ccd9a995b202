"""Take something out of a library in a process that ends itself by SIGKILL on the way.

    python -m tests.killed_exports

reads one JSON line a request, ``{"library", "state", "way", "out", "moment"}``, and answers each with its end.
Each request lives in a fork of this process, which has no threads; the test's own process might have some.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assetlib.flows import leaving
from assetlib.flows.assemble_cut import assemble_cut
from assetlib.flows.checkout_asset import checkout_asset
from assetlib.flows.export_cut import export_cut
from assetlib.flows.export_shot import export_shot
from assetlib.library import Library
from tests.flows.small_library import SHOTS, Place
from tests.kills import in_a_child

WAYS: dict[str, Callable[[Library, Path], Any]] = {
    "cut export": lambda library, out: export_cut(
        library, None, purpose="delivery", recipient="aurora-stream", out=out
    ),
    "asset checkout": lambda library, out: checkout_asset(library, "hero", out, recipient=None),
    "shot export": lambda library, out: export_shot(library, SHOTS[0], out=out),
    "cut assemble": lambda library, out: assemble_cut(library, None, out),
}


def die(*given: Any, **named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before_the_move(out: Path) -> None:
    real = leaving._rename
    leaving._rename = lambda source, target: (die if target == out else real)(source, target)


def after_the_move(out: Path) -> None:
    leaving._record = die


def while_it_is_copied(out: Path) -> None:
    real = leaving.sync_tree
    leaving.sync_tree = lambda path: (die if path.name.endswith(".part") else real)(path)


MOMENTS = {moment.__name__: moment for moment in (before_the_move, after_the_move, while_it_is_copied)}


def live(request: dict[str, str]) -> None:
    place = Place(directory=Path(request["library"]), environ={"XDG_STATE_HOME": request["state"]})
    out = Path(request["out"])
    MOMENTS[request["moment"]](out)
    WAYS[request["way"]](place.open(person="lee-park"), out)


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        status, _ = in_a_child(lambda request=request: live(request))
        print(json.dumps(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
