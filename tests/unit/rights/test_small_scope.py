"""Every world of a small scope, none left out: two assets, two values in each of eight dimensions, an edge, a ban.

The expected answer is worked out here from the values alone. ``make test`` asks each choice of one asset's grant
against the other's with at most one dimension wrong; the nightly run asks all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from assetlib.model.asset import Facet
from assetlib.model.license import Territories
from assetlib.model.world import World
from assetlib.rights.evaluate import evaluate
from provenance.decision import Outcome
from tests.unit.rights.worlds import DAY, NOW, ban, edge, facts, filed, grant, question, version
from tests.unit.rights.worlds import world as cleared_world

A, B = version("a", Facet.LOCATION), version("b", Facet.LOCATION)
# By dimension: the value that covers the question, and the one that does not.
DIMENSIONS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"actions": ("generate.final",)}, {"actions": ("upscale",)}),
    ({"purposes": ("final_shot",)}, {"purposes": ("previs",)}),
    ({"productions": ("HOUSE",)}, {"productions": ("OTHER",)}),
    ({"territories": Territories(included=("US",))}, {"territories": Territories(included=("DE",))}),
    ({"media": ("svod",)}, {"media": ("avod",)}),
    ({"recipients": ("local",)}, {"recipients": ("luma",)}),
    ({"generate_until": NOW + DAY}, {"generate_until": NOW}),
    ({"exploit_until": None}, {"exploit_until": NOW + DAY}),
)
GOOD = (0,) * len(DIMENSIONS)
Choice = tuple[int, ...]
CHOICES: tuple[Choice, ...] = tuple(product((0, 1), repeat=len(DIMENSIONS)))
ONE_WRONG = tuple(choice for choice in CHOICES if sum(choice) <= 1)
ASKED = {refs: question(*assets) for refs, assets in (("a", (A,)), ("b", (B,)), ("ab", (A, B)))}


def license_of(name: str, choice: Choice) -> Any:
    changes: dict[str, Any] = {}
    for values, chosen in zip(DIMENSIONS, choice, strict=True):
        changes |= values[chosen]
    return filed(f"L-{name}", grant(f"L-{name}#1", name, facets=(Facet.LOCATION,), **changes))


LICENSES = {(name, choice): license_of(name, choice) for name in "ab" for choice in CHOICES}
BAN = filed("BAN", bans=(ban("BAN#1", "a", territories=Territories(included=("US",))),))


def world_of(a: Choice, b: Choice, derived: bool, banned: bool) -> World:
    """`b` is made from `a` where `derived`; everything is prohibited with `a` in the US where `banned`."""
    return replace(
        cleared_world(LICENSES["a", a], LICENSES["b", b], *((BAN,) if banned else ())),
        assets=(facts(A), facts(B)),
        derivations=(edge(A, B),) if derived else (),
    )


def disagreements(choices: Iterable[tuple[Choice, Choice]]) -> list[object]:
    """The questions that the product answers otherwise than their values do."""
    found: list[object] = []
    for (a, b), derived, banned in product(choices, (False, True), (False, True)):
        world = world_of(a, b, derived, banned)
        for refs, asked in ASKED.items():
            involved = set(refs) | ({"a"} if derived and "b" in refs else set())
            covered = all(choice == GOOD for name, choice in (("a", a), ("b", b)) if name in involved)
            expected = Outcome.ALLOW if covered and not (banned and "a" in involved) else Outcome.DENY
            if evaluate(world, asked).outcome is not expected:
                found.append((a, b, derived, banned, refs))
    return found


def test_every_choice_of_one_asset_against_at_most_one_mistake_in_the_other() -> None:
    assert disagreements((a, b) for a in ONE_WRONG for b in ONE_WRONG) == []
    assert disagreements((a, GOOD) for a in CHOICES) == disagreements((GOOD, b) for b in CHOICES) == []


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", ONE_WRONG)
def test_every_world_of_the_scope(first: Choice) -> None:
    """All 65,536 pairs in nine parts: the choices of `a` that agree with `first` in the dimensions it gets wrong."""
    mine = [a for a in CHOICES if (next((n for n, wrong in enumerate(a) if wrong), None)) == _first(first)]
    assert disagreements(product(mine, CHOICES)) == []


def _first(choice: Choice) -> int | None:
    return next((n for n, wrong in enumerate(choice) if wrong), None)
