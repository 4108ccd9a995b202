"""Which files a MaterialX document names, without MaterialX: OpenUSD's wheel does not read ``.mtlx``.

The XML is parsed by expat with every document type and entity refused, so that nothing is expanded and
nothing else is opened.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from assetlib.usd.errors import UsdError

_DEEPEST = 200


@dataclass(slots=True)
class _Listing:
    prefixes: list[str] = field(default_factory=lambda: [""])
    found: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.prefixes) > _DEEPEST:
            raise UsdError(f"expected MaterialX nested at most {_DEEPEST} deep")
        self.prefixes.append(self.prefixes[-1] + attributes.get("fileprefix", ""))
        if attributes.get("type") == "filename" and attributes.get("value"):
            self.found.append(self.prefixes[-1] + attributes["value"])
        if tag.rpartition(":")[2] == "include" and attributes.get("href"):
            self.found.append(attributes["href"])

    def end(self, _: str) -> None:
        self.prefixes.pop()


def named_files(document: bytes) -> tuple[str, ...]:
    """Paths of textures and included documents, as written, each once; raises UsdError for what is not MaterialX."""
    listing = _Listing()
    parser = expat.ParserCreate()
    parser.StartElementHandler = listing.start
    parser.EndElementHandler = listing.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise UsdError(f"expected a MaterialX document, found XML that does not parse ({error})") from error
    return tuple(dict.fromkeys(path for path in listing.found if posixpath.normpath(path) != "."))


def _refuse_doctype(*_: Any) -> None:
    raise UsdError("expected MaterialX without a document type; entities are not expanded here")
