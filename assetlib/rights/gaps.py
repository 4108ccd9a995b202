"""What no grant covers, put together for reading: one gap for everything that is missing for the same reason.

A decision records one finding for each atom (action × territory × medium) of each facet of each asset. A person
wants one sentence for all that the same clause leaves out for the same reason, so the misses are merged into
rectangles of territories and media: every combination a gap names is missing, and none is named twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from assetlib.model.asset import Facet
from assetlib.rights.vocabulary import ACTIONS, medium_order
from provenance.decision import NearestGrant

_FACETS = tuple(facet.value for facet in Facet)
_PLACES = frozenset({"territory", "media"})
_Fixed = tuple[str, str, tuple[str, ...]]  # subject, the nearest grant, what it lacks
_Cell = tuple[frozenset[str], ...]  # assets, facets, actions, territories, media
_MERGED_FIRST = (3, 4, 1, 2, 0)  # what a reader lists together: places, media, facets, then actions and assets


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One atom of one facet of one asset (a pinned URI) that no grant covers, and the grants that come nearest."""

    asset: str
    facet: str
    subject: str
    action: str
    territory: str
    medium: str
    nearest: tuple[NearestGrant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A facet of an asset that `grant` covers once somebody has approved."""

    asset: str
    facet: str
    grant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """All misses with one subject for which `grant` is nearest and has the same reach; '' where no grant is near.

    `where` holds rectangles of (territories, media). `beyond` and `beyond_media` are the territories and media among
    them that the grant does not reach; `missing` are the other dimensions it lacks.
    """

    assets: tuple[str, ...]
    facets: tuple[str, ...]
    subject: str
    actions: tuple[str, ...]
    where: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    grant: str
    missing: tuple[str, ...]
    beyond: tuple[str, ...]
    beyond_media: tuple[str, ...]


def gaps(misses: Iterable[Miss]) -> dict[Miss, Gap]:
    """The gap that each miss belongs to; the misses of one gap share one object."""
    known = list(misses)
    cells = {(_fixed(miss), tuple(frozenset({word}) for word in _atom(miss))) for miss in known}
    for axis in _MERGED_FIRST:
        cells = _merged(cells, axis)
    families: dict[tuple[_Fixed, _Cell], list[_Cell]] = defaultdict(list)
    for fixed, cell in cells:
        families[fixed, cell[:3]].append(cell[3:])
    return _gathered(known, families)


def _gathered(known: list[Miss], families: dict[tuple[_Fixed, _Cell], list[_Cell]]) -> dict[Miss, Gap]:
    """The misses with the gap of their family: all rectangles of one reason for the same assets, facets and actions."""
    family = {
        (key[0], atom): key for key, where in families.items() for spot in where for atom in product(*key[1], *spot)
    }
    held: dict[tuple[_Fixed, _Cell], list[Miss]] = defaultdict(list)
    for miss in known:
        held[family[_fixed(miss), _atom(miss)]].append(miss)
    made = {key: _gap(*key, families[key], members) for key, members in held.items()}
    return {miss: made[key] for key, members in held.items() for miss in members}


def in_order(facets: Iterable[str]) -> tuple[str, ...]:
    """Facets as the vocabulary orders them, each once."""
    return tuple(sorted(set(facets), key=_FACETS.index))


def _merged(cells: set[tuple[_Fixed, _Cell]], axis: int) -> set[tuple[_Fixed, _Cell]]:
    """Cells that differ along one axis only become one."""
    along: dict[tuple[_Fixed, _Cell, _Cell], set[str]] = defaultdict(set)
    for fixed, cell in cells:
        along[fixed, cell[:axis], cell[axis + 1 :]] |= cell[axis]
    return {(fixed, (*before, frozenset(words), *after)) for (fixed, before, after), words in along.items()}


def _fixed(miss: Miss) -> _Fixed:
    if not miss.nearest:
        return miss.subject, "", ()
    near = miss.nearest[0]
    # A grant of another facet is no help whatever else it lacks.
    lacking = ("facet",) if "facet" in near.missing else tuple(name for name in near.missing if name not in _PLACES)
    return miss.subject, near.grant, lacking


def _atom(miss: Miss) -> tuple[str, ...]:
    return miss.asset, miss.facet, miss.action, miss.territory, miss.medium


def _gap(fixed: _Fixed, who: _Cell, where: list[_Cell], held: list[Miss]) -> Gap:
    assets, facets, actions = who
    subject, grant, missing = fixed

    def lacking(dimension: str) -> list[Miss]:
        return [miss for miss in held if miss.nearest and dimension in miss.nearest[0].missing]

    return Gap(
        assets=tuple(sorted(assets)),
        facets=in_order(facets),
        subject=subject,
        actions=tuple(sorted(actions, key=ACTIONS.index)),
        where=tuple(sorted((tuple(sorted(places)), _media(media)) for places, media in where)),
        grant=grant,
        missing=missing,
        beyond=tuple(sorted({miss.territory for miss in lacking("territory")})),
        beyond_media=_media(miss.medium for miss in lacking("media")),
    )


def _media(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words), key=medium_order))
