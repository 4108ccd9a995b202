"""Test cases on disk: Turtle and JSON-LD files, each part looked up by its IRI in the case's file or beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.rights.odrl.graph import FORMATS, OdrlRefused, parse
from assetlib.rights.odrl.nodes import show
from assetlib.rights.odrl.profile import ODRL, RDF
from assetlib.rights.odrl.suite.context import KNOWN_CONTEXTS

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_MAX_BYTES = 8 << 20
_MOST_FILES = 20_000
_PART_NAMES = ("policy", "request", "sotw", "expectedReport")
_PARTS = ("policies", "policy", "requests", "request", "sotw", "states", "reports", "expected")


class Unmapped(Exception):
    """Why a case cannot be said in our vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as found; each part is the graph that describes it, so that no part can lend from another."""

    file: str
    name: str
    title: str
    policy: Node
    request: Node
    policy_graph: Graph
    request_graph: Graph
    world_graph: Graph
    report_graph: Graph
    report: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file or case that could not even be read."""

    file: str
    name: str
    reason: str


def local(node: object) -> str:
    """The last part of an IRI: suites agree on names such as TestCase, not on the namespaces they stand in."""
    return re.split(r"[#/:]", str(node))[-1]


def load_cases(paths: Sequence[Path]) -> Iterator[Case | Unread]:
    """Every case in the given files and folders, in their order.

    Parts that no given file describes are looked for around: in the folder of the file, then in the folders beside it,
    as suites keep policies, requests and states apart from their cases.
    """
    graphs: dict[Path, Graph] = {}
    for path in _files(paths):
        graph = _read(path)
        if isinstance(graph, Unread):
            yield graph
        else:
            graphs[path] = graph
    found = [(path, node) for path, graph in graphs.items() for node in _cases_in(graph)]
    shelf = _Shelf(graphs)
    for folder in _around(paths):
        if not any(shelf.lacks(path, node) for path, node in found):
            break
        for path in _files([folder]):
            if path not in shelf.graphs and not isinstance(graph := _read(path), Unread):
                shelf.put(path, graph)
    for path, node in found:
        try:
            yield shelf.case(path, node)
        except Unmapped as refused:
            yield Unread(file=path.name, name=path.stem, reason=str(refused))


def _read(path: Path) -> Graph | Unread:
    format_ = FORMATS.get(path.suffix.lower(), "")
    try:
        return parse(path.read_bytes(), format_, max_bytes=_MAX_BYTES, known_contexts=KNOWN_CONTEXTS)
    except OdrlRefused as error:
        return Unread(file=path.name, name=path.stem, reason=error.reasons[0])
    except OSError as error:
        return Unread(file=path.name, name=path.stem, reason=f"cannot be read: {error.strerror}")


def _files(paths: Iterable[Path]) -> list[Path]:
    found: set[Path] = set()
    for path in paths:
        inside = path.rglob("*") if path.is_dir() else iter((path,))
        found |= {file for file in inside if not file.is_dir() and (file == path or file.suffix.lower() in FORMATS)}
        if len(found) > _MOST_FILES:
            raise OdrlRefused([f"expected at most {_MOST_FILES} files, found more under {path}"])
    return sorted(found)


def _around(paths: Sequence[Path]) -> list[Path]:
    """Where else parts may lie: beside a file, and in the folders beside a folder of cases."""
    folders = [path.parent for path in paths if not path.is_dir()]
    beside = [path if path.is_dir() else path.parent for path in paths]
    siblings = [folder for path in beside for folder in sorted(path.resolve().parent.iterdir()) if folder.is_dir()]
    return list(dict.fromkeys([*folders, *(folder for folder in siblings if folder.name in _PARTS)]))


def _cases_in(graph: Graph) -> list[Node]:
    from rdflib import URIRef

    typed = graph.subject_objects(URIRef(RDF + "type"))
    return sorted({subject for subject, type_ in typed if local(type_) == "TestCase"}, key=str)


class _Shelf:
    """All files of a suite, and which of them describe a thing."""

    def __init__(self, graphs: dict[Path, Graph]) -> None:
        self.graphs: dict[Path, Graph] = {}
        self.files: dict[Node, list[Path]] = {}
        for path, graph in graphs.items():
            self.put(path, graph)

    def put(self, path: Path, graph: Graph) -> None:
        self.graphs[path] = graph
        for subject in set(graph.subjects()):
            self.files.setdefault(subject, []).append(path)

    def lacks(self, path: Path, case: Node) -> bool:
        """Whether some part of a case is described nowhere yet."""
        graph = self.graphs[path]
        wanted = (value for name, value in graph.predicate_objects(case) if local(name) in _PART_NAMES)
        return any(value not in self.files for value in wanted)

    def case(self, path: Path, node: Node) -> Case:
        graph = self.graphs[path]
        parts: dict[str, list[Node]] = {}
        for predicate, value in graph.predicate_objects(node):
            parts.setdefault(local(predicate), []).append(value)
        policy, request, report = (self._part(parts, name) for name in ("policy", "request", "expectedReport"))
        state = self._part(parts, "sotw") if "sotw" in parts else None
        title = next((str(value) for value in parts.get("title", [])), "")
        return Case(
            file=path.name,
            name=path.stem if len(_cases_in(graph)) == 1 else show(node),
            title=title,
            policy=policy,
            request=request,
            policy_graph=self._describing(policy, path),
            request_graph=self._describing(request, path),
            world_graph=_empty() if state is None else self._state(state, path),
            report_graph=self._describing(report, path),
            report=report,
        )

    def _part(self, parts: dict[str, list[Node]], name: str) -> Node:
        found = parts.get(name, [])
        if len(found) != 1:
            raise Unmapped(f"the case names {len(found)} of {name}, expected one")
        return found[0]

    def _describing(self, node: Node, path: Path) -> Graph:
        """What is said about `node`, from the case's own file, else from the one other file that says it."""
        sources = [path] if path in self.files.get(node, ()) else self.files.get(node, [])
        if not sources:
            raise Unmapped(f"{show(node)} is described in no file of the suite")
        closures = [closure(self.graphs[source], [node]) for source in sources]
        if len(closures) > 1 and any(not _same(closures[0], other) for other in closures[1:]):
            told = ", ".join(source.name for source in sources[:3])
            raise Unmapped(f"{show(node)} is described in several files, and not alike: {told}")
        return closures[0]

    def _state(self, node: Node, path: Path) -> Graph:
        """The state of the world: what its node leads to, and every membership and the clock that its file states."""
        from rdflib import URIRef

        if path not in self.files.get(node, ()) and not self.files.get(node):
            raise Unmapped(f"{show(node)} is described in no file of the suite")
        source = path if path in self.files[node] else self.files[node][0]
        if source != path and len(self.files[node]) > 1:
            self._describing(node, path)
        graph = self.graphs[source]
        found = closure(graph, [node])
        for triple in graph.triples((None, URIRef(ODRL + "partOf"), None)):
            found.add(triple)
        return found


def closure(graph: Graph, roots: Iterable[Node]) -> Graph:
    """All statements reached from `roots` along the direction of the properties."""
    found = _empty()
    waiting, seen = list(roots), set(roots)
    while waiting:
        for triple in graph.triples((waiting.pop(), None, None)):
            found.add(triple)
            if triple[2] not in seen:
                seen.add(triple[2])
                waiting.append(triple[2])
    return found


def _empty() -> Graph:
    from rdflib import Graph

    return Graph()


def _same(one: Graph, other: Graph) -> bool:
    """Equal statements, nameless nodes aside; enough for descriptions that were copied."""
    if len(one) != len(other):
        return False
    return {_flat(t) for t in one} == {_flat(t) for t in other}


def _flat(triple: tuple[Node, Node, Node]) -> tuple[str, ...]:
    from rdflib import BNode

    return tuple("_" if isinstance(node, BNode) else str(node) for node in triple)
