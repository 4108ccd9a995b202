"""Tell a story by the same command in two processes at the same moment, and look at what came of it.

    python -m tests.two_at_once STORY FOLDER ROUNDS

Each round is one JSON line ``{"ends": [[code, said], [code, said]], "faults"}``; the second process starts a little
later every round, so that they meet at different steps.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any

from tests.full_disk import command
from tests.kills import Child, copied, in_a_child, must, tell

_LATER = 0.05  # seconds; only spreads the meetings, nothing depends on it


def together(story: Any, place: Path, later: float) -> list[list[Any]]:
    """Both ends, of two processes that stood at the line and were let go at once."""
    line, gate = os.pipe()

    def act(number: int) -> list[Any]:
        os.close(gate)
        os.read(line, 1)  # returns when nobody holds the gate any more
        time.sleep(number * later)
        return command(story, place)

    children = [Child(lambda number=number: act(number)) for number in range(2)]
    os.close(gate)
    ends = [child.end() for child in children]
    os.close(line)
    return [answer or [status, "it did not end by itself"] for status, answer in ends]


def main(name: str, folder: Path, rounds: int) -> None:
    story = importlib.import_module(f"tests.stories.{name}")
    built = folder / "built"
    must(in_a_child(lambda: story.build(built))[0], "building the library")
    with copied(built, folder / "whole") as whole:
        must(in_a_child(lambda: story.live(whole))[0], "the story by itself")
        status, expected = in_a_child(lambda: story.outcome(whole))
    must(status, "looking at the outcome")
    for number in range(rounds):
        with copied(built, folder / str(number)) as place:
            ends = together(story, place, number * _LATER)
            examined, faults = in_a_child(lambda place=place, ends=ends: story.after_two(place, expected, ends))
            tell(ends=ends, faults=faults if examined == 0 else [f"examining ended with {examined}"])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve(), int(sys.argv[3]))
