"""Constraints as alternatives: what a tree of and, or, xone and comparisons leaves of time, place, medium and purpose.

A box is one alternative, a window of time with at most one set in each other dimension. A permission under several
boxes becomes several grants. Times are whole microseconds, so that "after t" is "from t plus one microsecond".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from assetlib.rights import vocabulary
from assetlib.rights.odrl import profile
from assetlib.rights.odrl.nodes import show
from assetlib.rights.odrl.profile import ODRL, XSD
from assetlib.rights.odrl.suite.cases import Unmapped, local
from assetlib.rights.territory import COUNTRIES

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_TICK = timedelta(microseconds=1)
START, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_MOST_BOXES = 2_000
_DEEPEST = 16
_NEGATED = {"eq": "neq", "neq": "eq", "lt": "gteq", "gteq": "lt", "gt": "lteq", "lteq": "gt"}
_ISO = "https://www.iso.org/obp/ui/#iso:code:3166:"


@dataclass(frozen=True, slots=True)
class Box:
    """One alternative; None in a set dimension means any."""

    since: datetime = START
    until: datetime = END
    purposes: frozenset[str] | None = None
    territories: frozenset[str] | None = None
    media: frozenset[str] | None = None

    def meet(self, other: Box) -> Box | None:
        """What both leave; None where that is nothing."""
        met = Box(
            since=max(self.since, other.since),
            until=min(self.until, other.until),
            purposes=_both(self.purposes, other.purposes),
            territories=_both(self.territories, other.territories),
            media=_both(self.media, other.media),
        )
        empty = met.since >= met.until or frozenset() in (met.purposes, met.territories, met.media)
        return None if empty else met


Boxes = tuple[Box, ...]
ANYTHING: Boxes = (Box(),)


def boxes_of(graph: Graph, constraints: list[Node]) -> Boxes:
    """What all `constraints` together leave; raises Unmapped for anything they say that has no dimension here."""
    return _meet([_boxes(graph, node, 0) for node in constraints])


def instant_of(node: Node) -> datetime:
    """An xsd:dateTime with a zone, in whole microseconds; raises Unmapped."""
    from rdflib import Literal

    if not isinstance(node, Literal) or str(node.datatype) != XSD + "dateTime":
        raise Unmapped(f"{show(node)} is no xsd:dateTime")
    text = str(node)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unmapped(f"{text!r} is no date and time: {error}") from error
    fraction = text.partition(".")[2].rstrip("Z").partition("+")[0].partition("-")[0]
    if moment.tzinfo is None or len(fraction.rstrip("0")) > 6:
        raise Unmapped(f"{text!r} has no zone, or is finer than a microsecond")
    if not START < moment < END - timedelta(days=1):
        raise Unmapped(f"{text!r} lies outside the years 1 to 9998")
    return moment.astimezone(UTC)


def _boxes(graph: Graph, node: Node, depth: int) -> Boxes:
    if depth > _DEEPEST:
        raise Unmapped("constraints nest too deep")
    stated = {str(predicate) for predicate in graph.predicates(node)}
    logical = [name for name in ("and", "or", "xone", "andSequence") if ODRL + name in stated]
    if not logical:
        return _comparison(graph, node)
    if len(logical) > 1 or ODRL + "leftOperand" in stated:
        raise Unmapped(f"{show(node)} is several kinds of constraint at once")
    operands = _operands(graph, node, logical[0])
    match logical[0]:
        case "and":
            return _meet([_boxes(graph, one, depth + 1) for one in operands])
        case "or":
            return _join([_boxes(graph, one, depth + 1) for one in operands])
        case "xone":
            return _join([_alone(graph, one, operands, depth) for one in operands])
    raise Unmapped("odrl:andSequence asks for an order of events, which no dimension here has")


def _operands(graph: Graph, node: Node, name: str) -> list[Node]:
    from rdflib import URIRef
    from rdflib.collection import Collection

    found = list(graph.objects(node, URIRef(ODRL + name)))
    if len(found) == 1 and (found[0], URIRef(profile.RDF + "first"), None) in graph:
        return list(Collection(graph, found[0]))
    if len(found) < 1:
        raise Unmapped(f"odrl:{name} without operands")
    return sorted(found, key=str)


def _alone(graph: Graph, chosen: Node, operands: list[Node], depth: int) -> Boxes:
    """`chosen` holds and none of the others does."""
    others = [_comparison(graph, one, negated=True) for one in operands if one != chosen]
    return _meet([_boxes(graph, chosen, depth + 1), *others])


def _meet(parts: list[Boxes]) -> Boxes:
    left: Boxes = ANYTHING
    for part in parts:
        left = tuple(met for one in left for other in part if (met := one.meet(other)) is not None)
        _bounded(left)
    return left


def _join(parts: list[Boxes]) -> Boxes:
    return _bounded(tuple(dict.fromkeys(box for part in parts for box in part)))


def _bounded(boxes: Boxes) -> Boxes:
    if len(boxes) > _MOST_BOXES:
        raise Unmapped(f"the constraints leave more than {_MOST_BOXES} alternatives")
    return boxes


def _comparison(graph: Graph, node: Node, *, negated: bool = False) -> Boxes:
    """One operand, operator and value. Only a comparison of times can be turned around."""
    left, operator, values = (_said(graph, node, name) for name in ("leftOperand", "operator", "rightOperand"))
    _nothing_else(graph, node)
    if len(left) != 1 or len(operator) != 1 or not values:
        raise Unmapped(f"{show(node)} is no constraint of one operand, one operator and a value")
    operand, sign = str(left[0]), _odrl_word(operator[0])
    if operand == ODRL + "dateTime":
        if len(values) != 1 or sign not in _NEGATED:
            raise Unmapped(f"odrl:dateTime {sign} is no comparison with one instant")
        return _window(_NEGATED[sign] if negated else sign, instant_of(values[0]))
    if negated:
        raise Unmapped(f"the contrary of {show(operand)} {sign} cannot be said")
    reader = _SETS.get(operand)
    if reader is None:
        raise Unmapped(f"the left operand {show(operand)} has no dimension here")
    if sign not in ("eq", "isAnyOf") or (sign == "eq" and len(values) != 1):
        raise Unmapped(f"{show(operand)} {sign} cannot be said as a set of values")
    return (reader(values),)


def _window(sign: str, moment: datetime) -> Boxes:
    after = moment + _TICK
    match sign:
        case "lt":
            return (Box(until=moment),)
        case "lteq":
            return (Box(until=after),)
        case "gt":
            return (Box(since=after),)
        case "gteq":
            return (Box(since=moment),)
        case "eq":
            return (Box(since=moment, until=after),)
    return (Box(until=moment), Box(since=after))


def _said(graph: Graph, node: Node, name: str) -> list[Node]:
    from rdflib import URIRef
    from rdflib.collection import Collection

    found = list(graph.objects(node, URIRef(ODRL + name)))
    if len(found) == 1 and (found[0], URIRef(profile.RDF + "first"), None) in graph:
        return list(Collection(graph, found[0]))
    return found


def _nothing_else(graph: Graph, node: Node) -> None:
    """A unit, a status or a reference to a value elsewhere would change what the comparison means."""
    read = {ODRL + name for name in ("leftOperand", "operator", "rightOperand", "dataType", "uid")}
    for predicate in graph.predicates(node):
        if str(predicate).startswith(ODRL) and str(predicate) not in read:
            raise Unmapped(f"{show(predicate)} of a constraint has no meaning here")


def _odrl_word(node: Node) -> str:
    if not str(node).startswith(ODRL):
        raise Unmapped(f"the operator {show(node)} is not one of ODRL")
    return local(node)


def _words(values: list[Node], family: str, known: frozenset[str]) -> frozenset[str]:
    found = {profile.word_in(family, str(value)) or str(value) for value in values}
    if foreign := sorted(found - known):
        raise Unmapped(f"{show(foreign[0])} is no {family} of our vocabulary")
    return frozenset(found)


def _places(values: list[Node]) -> frozenset[str]:
    found = {(profile.word_in("territory", str(value)) or str(value)).removeprefix(_ISO) for value in values}
    if foreign := sorted(found - set(COUNTRIES)):
        raise Unmapped(f"{show(foreign[0])} is no ISO 3166 country code")
    return frozenset(found)


_SETS: dict[str, Callable[[list[Node]], Box]] = {
    ODRL + "purpose": lambda values: replace(Box(), purposes=_words(values, "purpose", frozenset(vocabulary.PURPOSES))),
    ODRL + "media": lambda values: replace(Box(), media=_words(values, "medium", frozenset(vocabulary.MEDIA))),
    ODRL + "spatial": lambda values: replace(Box(), territories=_places(values)),
}


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
