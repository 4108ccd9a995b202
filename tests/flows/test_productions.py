"""What a production clears its shots for, and which one commands mean when none is named."""

from __future__ import annotations

from assetlib.flows.add_production import add_production, productions
from assetlib.library import Library


def test_the_list_marks_the_production_that_commands_mean(library: Library) -> None:
    add_production(library, "second")
    before = {row["id"] for row in productions(library) if row["default"]}
    add_production(library, "third", as_default=True)
    assert "second" not in before and len(before) == 1
    assert {row["id"] for row in productions(library) if row["default"]} == {"third"}
