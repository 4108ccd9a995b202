"""Reading a graph so that nothing in it is overlooked: what was read is ticked off, the rest is reported.

All mistakes are collected; a reader goes on after one with a harmless value, since a document with any mistake is
refused as a whole.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from datetime import UTC, date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from assetlib.rights.odrl import profile
from assetlib.rights.odrl.profile import ODRL, OURS, RDF, XSD
from provenance.decision import parse_instant
from provenance.digest import Digest, parse_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import Graph
    from rdflib.term import Node

_LONGEST_LIST = 10_000
_FIRST, _REST, _NIL = RDF + "first", RDF + "rest", RDF + "nil"


class Document:
    """A graph with a tick against every statement that was read, and the mistakes met so far."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.problems: list[str] = []
        self._read: set[tuple[Node, Node, Node]] = set()

    def subjects_of(self, type_: str) -> list[Node]:
        from rdflib import URIRef

        return sorted(self.graph.subjects(URIRef(RDF + "type"), URIRef(type_)), key=str)

    def values(self, node: Node, predicate: str) -> list[Node]:
        """Every value of one property, ticked off, in a fixed order."""
        from rdflib import URIRef

        found = list(self.graph.triples((node, URIRef(predicate), None)))
        self._read.update(found)
        return sorted((triple[2] for triple in found), key=_order)

    def unread(self) -> Iterator[str]:
        for subject, predicate, object_ in sorted(set(self.graph) - self._read, key=lambda t: tuple(map(_order, t))):
            yield f"{show(predicate)} {show(object_)} on {show(subject)} is not a term of the profile here"

    def wrong(self, node: Node, told: str) -> None:
        self.problems.append(f"{show(node)}: {told}")

    # -- one property ------------------------------------------------------------------------------------------

    def one(self, node: Node, predicate: str) -> Node | None:
        """The only value; None, and a mistake, where there are none or several."""
        found = self.values(node, predicate)
        if len(found) != 1:
            self.wrong(node, f"expected one {show(predicate)}, found {len(found)}")
            return None
        return found[0]

    def at_most_one(self, node: Node, predicate: str) -> Node | None:
        return self.one(node, predicate) if self.values(node, predicate) else None

    def expect(self, node: Node, predicate: str, iri: str) -> None:
        found = self.values(node, predicate)
        if [str(value) for value in found] != [iri] or not is_iri(found[0]):
            told = ", ".join(show(value) for value in found) or "nothing"
            self.wrong(node, f"expected {show(predicate)} {show(iri)}, found {told}")

    def id(self, node: Node, predicate: str, family: str) -> str:
        """The id inside the one IRI that `predicate` holds."""
        found = self.one(node, predicate)
        return "" if found is None else self.id_of(found, family)

    def id_of(self, node: Node, family: str) -> str:
        id_ = profile.id_in(family, str(node)) if is_iri(node) else None
        if not id_:
            self.wrong(node, f"expected an IRI such as {profile.iri(family, 'id')}")
        return id_ or ""

    def number(self, node: Node, predicate: str) -> int:
        found = self.one(node, predicate)
        return 0 if found is None else self.scalar(found, int, node)

    # -- lists -------------------------------------------------------------------------------------------------

    def is_list(self, node: Node) -> bool:
        from rdflib import URIRef

        return str(node) == _NIL or (node, URIRef(_FIRST), None) in self.graph

    def items(self, node: Node) -> list[Node]:
        """The members of an RDF list; a list that branches, ends nowhere or turns back on itself is a mistake."""
        found: list[Node] = []
        seen: set[Node] = set()
        while str(node) != _NIL:
            first, rest = self.values(node, _FIRST), self.values(node, _REST)
            if len(first) != 1 or len(rest) != 1 or node in seen or len(seen) > _LONGEST_LIST:
                self.wrong(node, "expected a list with an end")
                break
            seen.add(node)
            found.append(first[0])
            node = rest[0]
        return found

    # -- values by their Python type ---------------------------------------------------------------------------

    def scalar(self, node: Node, hint: Any, where: Node) -> Any:
        """A literal or a word of the profile as the Python type `hint`; a mistake gives a value of that type."""
        try:
            return _scalar(node, hint)
        except (ValueError, OverflowError) as error:
            self.wrong(where, str(error))
            return _harmless(hint)

    def fields(self, kind: Any, node: Node, said: frozenset[str], given: dict[str, Any]) -> Any:
        """The dataclass `kind`: `given` fields as they are, every other one from the property of its name."""
        hints = typing.get_type_hints(kind)
        read = dict(given)
        for field in dataclasses.fields(kind):
            if field.init and field.name not in said and field.name not in read:
                read[field.name] = self._field(hints[field.name], node, profile.term(field.name))
        return kind(**read)

    def _field(self, hint: Any, node: Node, predicate: str) -> Any:
        optional = [a for a in typing.get_args(hint) if a is not types.NoneType]
        if typing.get_origin(hint) in (types.UnionType, typing.Union):
            return self._field(optional[0], node, predicate) if self.values(node, predicate) else None
        found = self.one(node, predicate)
        return _harmless(hint) if found is None else self._value(hint, found, node)

    def _value(self, hint: Any, found: Node, where: Node) -> Any:
        if typing.get_origin(hint) is tuple:
            if not self.is_list(found):
                self.wrong(where, f"expected a list, found {show(found)}")
                return ()
            return tuple(self._value(typing.get_args(hint)[0], item, where) for item in self.items(found))
        if dataclasses.is_dataclass(hint):
            assert isinstance(hint, type)
            self.expect(found, RDF + "type", OURS + hint.__name__)
            return self.fields(hint, found, frozenset(), {})
        return self.scalar(found, hint, where)


def is_iri(node: Node) -> bool:
    from rdflib import URIRef

    return isinstance(node, URIRef)


def sort_key(node: Node) -> str:
    """The order in which `writer` puts the values of a set."""
    return json.dumps({"@id": str(node)}) if is_iri(node) else json.dumps(str(node))


def show(node: object) -> str:
    """A node as a person reads it: short prefixes, nameless nodes said so, at most 120 characters."""
    from rdflib import BNode

    if isinstance(node, BNode):
        return "a nameless node"
    text = str(node)
    for prefix, namespace in (*profile.CONTEXT.items(), ("rdf", RDF)):
        if text.startswith(namespace):
            text = f"{prefix}:{text.removeprefix(namespace)}"
    return text if len(text) <= 120 else text[:117] + "…"


def _order(node: Node) -> tuple[str, str]:
    return type(node).__name__, str(node)


def _scalar(node: Node, hint: Any) -> Any:
    from rdflib import Literal

    if isinstance(hint, type) and issubclass(hint, Enum):
        words = {profile.value(hint.__name__, str(word.value)): word for word in hint}
        if not is_iri(node) or str(node) not in words:
            raise ValueError(f"expected one of {', '.join(map(show, words))}, found {show(node)}")
        return words[str(node)]
    if not isinstance(node, Literal) or node.language is not None:
        raise ValueError(f"expected a plain value, found {show(node)}")
    datatype, text = str(node.datatype or XSD + "string"), str(node)
    expected = {bool: "boolean", int: "integer", datetime: "dateTime", date: "date"}.get(hint, "string")
    if datatype != XSD + expected:
        raise ValueError(f"expected a value of type xsd:{expected}, found {show(text)!r} of type {show(datatype)}")
    return _read_text(hint, text)


def _read_text(hint: Any, text: str) -> Any:
    if hint is bool:
        if text not in ("true", "false"):
            raise ValueError(f"expected true or false, found {text!r}")
        return text == "true"
    if hint is int:
        if len(text) > 18:
            raise ValueError(f"expected a number of at most 18 digits, found {text[:20]}…")
        return int(text)
    if hint is datetime:
        return parse_instant(text)
    if hint is date:
        return date.fromisoformat(text)
    return parse_digest(text) if hint is Digest else text


def _harmless(hint: Any) -> Any:
    """A value to go on reading with after a mistake; the document is refused in the end."""
    if typing.get_origin(hint) is tuple:
        return ()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)
        hints = typing.get_type_hints(hint)
        return hint(**{f.name: _harmless(hints[f.name]) for f in dataclasses.fields(hint) if f.init})
    return {bool: False, int: 0, datetime: datetime(1, 1, 1, tzinfo=UTC), date: date(1, 1, 1)}.get(hint, "")


def ids(nodes: Iterable[Node]) -> list[str]:
    return [str(node) for node in nodes]


def word(predicate: str) -> str:
    """The last part of a term: ``isAnyOf`` of ``odrl:isAnyOf``; the term itself where it is nobody's we know."""
    for namespace in (ODRL, OURS):
        if predicate.startswith(namespace):
            return predicate.removeprefix(namespace)
    return predicate
