"""Whether two grants give some of the same thing: a question for whoever files them, never for a decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from assetlib.model.license import Grant, License, Selector
from assetlib.rights.rules import ANY, expand_scenes
from assetlib.rights.territory import mask_of
from assetlib.rights.vocabulary import actions_granted


def overlapping(one: License, others: Iterable[License]) -> Iterator[tuple[Grant, Grant]]:
    """Pairs of a grant of `one` and a grant of another license that both give some use of some asset."""
    for other in others:
        if other.id == one.id:
            continue
        for grant in one.grants:
            yield from ((grant, their) for their in other.grants if overlap(grant, their))


def overlap(one: Grant, other: Grant) -> bool:
    """Whether some use lies in both: every dimension has to meet."""
    return (
        bool(set(one.facets) & set(other.facets))
        and _select_the_same(one.selector, other.selector)
        and bool(actions_granted(one.actions) & actions_granted(other.actions))
        and bool(set(one.purposes) & set(other.purposes))
        and _meet(one.productions, other.productions)
        and bool(mask_of(one.territories) & mask_of(other.territories))
        and bool(set(one.media) & set(other.media))
        and _recipients_meet(one.recipients, other.recipients)
        and _windows_meet(one, other)
        and (not one.scenes or not other.scenes or bool(expand_scenes(one.scenes) & expand_scenes(other.scenes)))
    )


def _select_the_same(one: Selector, other: Selector) -> bool:
    """Named alike; what a collection and a name have in common only the library can tell."""
    return bool(
        {entity.partition("?")[0] for entity in one.entities} & {entity.partition("?")[0] for entity in other.entities}
        or set(one.collections) & set(other.collections)
        or set(one.kinds) & set(other.kinds)
    )


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return bool(set(one) & set(other)) or (bool(one and other) and ANY in (*one, *other))


def _recipients_meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """A recipient covers what is below it: ``bedrock`` meets ``bedrock/api``."""
    below = any(a.startswith(f"{b}/") or b.startswith(f"{a}/") for a in one for b in other)
    return below or _meet(one, other)


def _windows_meet(one: Grant, other: Grant) -> bool:
    return _before(one.generate_from, other.generate_until) and _before(other.generate_from, one.generate_until)


def _before(start: datetime | None, end: datetime | None) -> bool:
    return start is None or end is None or start < end
