"""Foreign RDF as a graph: bounded before it is parsed, and nothing is fetched for it.

JSON-LD is walked as plain JSON first. A context must stand in the document as an object of prefixes; one that is
named by address, imports another or nests deeper is refused, so the parser behind never has a reason to look
anywhere. Bounds on size, depth and context keep a small document from unfolding into a large one.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rdflib import Graph

JSON_LD = "json-ld"
TURTLE = "turtle"
FORMATS = {".jsonld": JSON_LD, ".json": JSON_LD, ".ttl": TURTLE}

MAX_BYTES = 1 << 20
MAX_TRIPLES = 50_000
_DEEPEST = 48
_MOST_PREFIXES = 64
_LONGEST_PREFIX = 512
_MOST_REASONS = 200
NO_CONTEXTS: Mapping[str, Any] = MappingProxyType({})
_CONTEXT_WORDS = {"@vocab", "@base", "@version", "@language"}


class OdrlRefused(ValueError):
    """A document that is not taken; `reasons` lists all that is wrong with it."""

    def __init__(self, reasons: Iterable[str]) -> None:
        told = list(dict.fromkeys(reasons))
        more = [f"and {len(told) - _MOST_REASONS} more"] if len(told) > _MOST_REASONS else []
        self.reasons = (*told[:_MOST_REASONS], *more)
        super().__init__("\n".join(self.reasons))


def parse(
    data: bytes, format_: str, *, max_bytes: int = MAX_BYTES, known_contexts: Mapping[str, Any] = NO_CONTEXTS
) -> Graph:
    """The graph of a JSON-LD or Turtle document; raises OdrlRefused.

    A context named by an address in `known_contexts` is replaced by what stands there.
    """
    if len(data) > max_bytes:
        raise OdrlRefused([f"expected at most {max_bytes} bytes, found {len(data)}"])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OdrlRefused([f"expected UTF-8 text: {error.reason} at byte {error.start}"]) from error
    if format_ == JSON_LD:
        text = _checked_json_ld(text, known_contexts)
    elif format_ != TURTLE:  # its parser gives up by itself where brackets nest too deep
        raise OdrlRefused([f"expected JSON-LD (.jsonld) or Turtle (.ttl), found {format_!r}"])
    graph = _parsed(text, format_)
    if len(graph) > MAX_TRIPLES:
        raise OdrlRefused([f"expected at most {MAX_TRIPLES} statements, found {len(graph)}"])
    return graph


def _parsed(text: str, format_: str) -> Graph:
    from rdflib import Dataset, Graph

    graph = Graph()
    quiet = logging.getLogger("rdflib")
    before, quiet.disabled = quiet.disabled, True  # it warns of every odd literal; the reader judges those
    try:
        if format_ == TURTLE:
            graph.parse(data=text, format=TURTLE, publicID="urn:assetlib:document:")
            return graph
        # As a dataset, so that what stands in a named graph is seen: it is refused and not overlooked.
        held = Dataset()
        held.parse(data=text, format=JSON_LD, base="urn:assetlib:document:")
        for subject, predicate, object_, name in held.quads((None, None, None, None)):
            if name is not None and str(name) != "urn:x-rdflib:default":
                raise OdrlRefused([f"a named graph ({name}) is refused; a policy is said in one piece"])
            graph.add((subject, predicate, object_))
    except OdrlRefused:
        raise
    except Exception as error:  # noqa: BLE001  rdflib raises whatever its parsers meet in a broken document
        told = " ".join(str(error).split())[:300]
        raise OdrlRefused([f"not readable as {format_}: {type(error).__name__}: {told}"]) from None
    finally:
        quiet.disabled = before
    return graph


def _checked_json_ld(text: str, known: Mapping[str, Any]) -> str:
    depth = _deepest(text)
    if depth > _DEEPEST:
        raise OdrlRefused([f"nested {depth} levels deep, more than {_DEEPEST}"])
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_no_float)
        json.dumps(document, ensure_ascii=False).encode()  # half a character, written as an escape, is no text
    except ValueError as error:
        raise OdrlRefused([f"not readable as JSON: {error}"]) from None
    if not isinstance(document, dict | list):
        raise OdrlRefused([f"expected a JSON object, found {type(document).__name__}"])
    reasons = list(dict.fromkeys(_context_faults(document, known)))
    if reasons:
        raise OdrlRefused(reasons)
    return json.dumps(_written_out(document, known)) if known else text


def _written_out(node: Any, known: Mapping[str, Any]) -> Any:
    """The document with every known context in the place of its address."""
    if isinstance(node, list):
        return [_written_out(item, known) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _context_of(held, known) if key == "@context" else _written_out(held, known) for key, held in node.items()
    }


def _context_of(context: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(context, list):
        return [_context_of(one, known) for one in context]
    return known.get(context, context) if isinstance(context, str) else context


def _context_faults(node: Any, known: Mapping[str, Any]) -> Iterable[str]:
    if isinstance(node, list):
        for item in node:
            yield from _context_faults(item, known)
    elif isinstance(node, dict):
        for key, held in node.items():
            if key == "@context":
                yield from _faults_of(held, known)
            else:
                yield from _context_faults(held, known)


def _faults_of(context: Any, known: Mapping[str, Any]) -> Iterable[str]:
    """Why a context is not an object that only names prefixes and terms by IRI."""
    if context is None or (isinstance(context, str) and context in known):
        return
    if isinstance(context, str):
        yield f"the context {context!r} would have to be fetched; write it into the document"
        return
    if isinstance(context, list):
        for one in context:
            yield from _faults_of(one, known)
        return
    if not isinstance(context, dict):
        yield f"expected a context object, found {type(context).__name__}"
        return
    if len(context) > _MOST_PREFIXES:
        yield f"the context has {len(context)} entries, more than {_MOST_PREFIXES}"
    for name, meant in context.items():
        if name.startswith("@") and name not in _CONTEXT_WORDS:
            yield f"{name} in a context is refused"
        if isinstance(meant, dict):
            yield from _term_faults(name, meant)
        elif meant is not None and not isinstance(meant, str) and name != "@version":
            yield f"the context entry {name!r} is no IRI"
        if len(name) > _LONGEST_PREFIX or (isinstance(meant, str) and len(meant) > _LONGEST_PREFIX):
            yield f"the context entry {name[:40]!r} is longer than {_LONGEST_PREFIX} characters"


def _term_faults(name: str, meant: dict[str, Any]) -> Iterable[str]:
    if unknown := sorted(meant.keys() - {"@id", "@type", "@container"}):
        yield f"the context entry {name!r} has {', '.join(unknown)}, which is refused"
    if any(not isinstance(held, str) or len(held) > _LONGEST_PREFIX for held in meant.values()):
        yield f"the context entry {name!r} must map to short strings"


def _deepest(text: str) -> int:
    """The deepest nesting, brackets inside of strings not counted."""
    depth = deepest = 0
    quoted = escaped = False
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate key {next(name for name in names if names.count(name) > 1)!r}")
    return held


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def _no_float(text: str) -> Any:
    raise ValueError(f"expected whole numbers only, found {text}")
