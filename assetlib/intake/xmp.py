"""Statements about rights in an XMP packet, as hints. The XML is parsed with document types refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

_WORDS = frozenset(
    {
        "attributionName",
        "attributionURL",
        "copyrightNotice",
        "CopyrightOwner",
        "creator",
        "Credit",
        "DataMining",
        "DigitalSourceType",
        "license",
        "LicensorURL",
        "Marked",
        "OtherConstraints",
        "reservation",
        "rights",
        "Source",
        "UsageTerms",
        "WebStatement",
    }
)
_LARGEST = 4 << 20


class _Refused(Exception):
    """The packet declares a document type."""


@dataclass(slots=True)
class _Packet:
    open: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.open.append(_local(tag))
        for name, value in attributes.items():
            word = _local(name)
            if word in _WORDS or (word == "resource" and self.open[-1] in _WORDS):
                self.said.append((self.open[-1] if word == "resource" else word, value.strip()))

    def end(self, _: str) -> None:
        self.open.pop()

    def text(self, data: str) -> None:
        word = next((tag for tag in reversed(self.open) if tag in _WORDS), None)
        if word is not None and data.strip():
            self.said.append((word, data.strip()))


def rights_statements(packet: bytes) -> tuple[tuple[str, str], ...]:
    """Pairs of (property, value) that speak of rights; empty for a packet that does not parse."""
    found = _Packet()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(packet[:_LARGEST].strip(b"\0 \r\n\t"), True)
    except (expat.ExpatError, _Refused):
        return ()
    return tuple(dict.fromkeys(found.said))


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse(*_: Any) -> None:
    raise _Refused
