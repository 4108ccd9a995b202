"""License statements found in readmes, license files and credit strings of incoming assets.

What is found is *proposed*, never active. Statements that contradict each other are all shown and read
together: every restriction that any of them makes counts, so the result is never the milder reading.

>>> proposal = propose([("README.md", "Released as CC-NC-BY-SA. Textures are CC BY-SA 4.0.")])
>>> proposal.spdx, proposal.contradictory
('LicenseRef-CC-BY-NC-SA', True)
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assetlib.documents.open_licenses import OpenTerms, UnknownOpenLicense, open_terms

_URL = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<elements>by(?:-nc)?(?:-nd|-sa)?)/(?P<version>\d\.\d)"
    r"|publicdomain/(?P<zero>zero))",
    re.IGNORECASE,
)
_ID = re.compile(r"SPDX-License-Identifier:\s*(?P<id>[A-Za-z0-9.+\-]+)")
_ZERO = re.compile(r"\bCC[\s\-]?(?:0|Zero)\b(?:[\s\-]?1\.0)?|Creative Commons Zero", re.IGNORECASE)
_SHORT = re.compile(
    r"\bCC[\s\-]+(?P<elements>(?:BY|NC|SA|ND)(?:[\s\-]+(?:BY|NC|SA|ND))*)\b(?:[\s\-]+v?(?P<version>\d\.\d))?"
)
_LONG = re.compile(
    r"Attribution(?P<elements>(?:[\s\-]+(?:Non-?Commercial|No-?Deriv(?:ative)?s?|Share-?Alike))*)"
    r"(?:[\s\-]+v?(?P<version>\d\.\d))?(?P<scope>[\s\-]+(?:International|Unported))?",
    re.IGNORECASE,
)
_PROSE = (
    (re.compile(r"\bnon-?\s?commercial\b|\bno commercial use\b|\bnot for commercial\b", re.IGNORECASE), "NC"),
    (re.compile(r"\bno[\s\-]derivatives?\b|\bdo not modify\b", re.IGNORECASE), "ND"),
    (re.compile(r"\bshare[\s\-]?alike\b", re.IGNORECASE), "SA"),
)
_CLOSED = re.compile(
    r"\ball rights reserved\b|\bproprietary\b|\beditorial use only\b|\bGNU (?:Lesser |Affero )?General Public License\b"
    r"|\bApache License\b|\bMIT License\b|\bpersonal use only\b",
    re.IGNORECASE,
)
_PUBLIC = re.compile(r"\bpublic domain\b", re.IGNORECASE)
_WORDS = (("noncommercial", "NC"), ("noderiv", "ND"), ("sharealike", "SA"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseStatement:
    """One statement as found: where, its words, and its terms; None where no open license can be read from it."""

    source: str
    text: str
    terms: OpenTerms | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """All statements about an asset, read together. `spdx` is None when nothing usable is stated: that stays denied."""

    statements: tuple[LicenseStatement, ...]
    terms: OpenTerms | None
    contradictory: bool
    warnings: tuple[str, ...]

    @property
    def spdx(self) -> str | None:
        return None if self.terms is None else self.terms.spdx

    @property
    def needs_counsel(self) -> bool:
        """Whether a lawyer has to read the statements before anybody activates the proposal."""
        return self.contradictory or self.terms is None or not self.terms.version


def propose(texts: Iterable[tuple[str, str]]) -> Proposal:
    """The proposal from (source, text) pairs: readmes, license files, credit strings."""
    statements = tuple(dict.fromkeys(found for source, text in texts for found in statements_in(source, text)))
    readable = [statement.terms for statement in statements if statement.terms is not None]
    unreadable = [statement for statement in statements if statement.terms is None]
    families = {terms.elements for terms in readable}
    versions = {terms.version for terms in readable if terms.version}
    contradictory = len(families) > 1 or len(versions) > 1 or bool(readable and unreadable)
    terms = None if unreadable or not readable else _strictest(readable)
    return Proposal(
        statements=statements,
        terms=terms,
        contradictory=contradictory,
        warnings=tuple(_warnings(statements, terms, contradictory)),
    )


def statements_in(source: str, text: str) -> Iterator[LicenseStatement]:
    """Every license statement in `text`, each with the line it stands on."""
    for line in text.splitlines():
        words = _plain(line)
        for terms in _terms_in(line):
            yield LicenseStatement(source=source, text=words, terms=terms)


def _terms_in(line: str) -> Iterator[OpenTerms | None]:
    """Precise forms first; what they matched is cut out, so that prose is read only in the rest."""
    for match in _ID.finditer(line):
        try:
            yield open_terms(match["id"])
        except UnknownOpenLicense:
            yield None
    line = _ID.sub(" ", line)
    for match in _URL.finditer(line):
        yield _zero() if match["zero"] else _of(match["elements"].upper().split("-"), match["version"])
    line = _URL.sub(" ", line)
    if _ZERO.search(line):
        yield _zero()
    line = _ZERO.sub(" CC0 ", line)
    for match in _SHORT.finditer(line):
        yield _of(re.split(r"[\s\-]+", match["elements"]), match["version"])
    line = _SHORT.sub(" ", line)
    for match in _LONG.finditer(line):
        if match["elements"] or match["version"] or match["scope"] or "creative commons" in line.lower():
            said = re.sub(r"[\s\-]", "", match["elements"].lower())
            yield _of(["BY", *(element for word, element in _WORDS if word in said)], match["version"])
    line = _LONG.sub(" ", line)
    yield from (_of([element], None) for pattern, element in _PROSE if pattern.search(line))
    if _CLOSED.search(line) or (_PUBLIC.search(line) and "CC0" not in line):
        yield None


def _strictest(readable: list[OpenTerms]) -> OpenTerms:
    """All restrictions together; a version only where one statement makes exactly these and all versions agree."""
    elements = frozenset[str]().union(*(terms.elements for terms in readable))
    versions = {terms.version for terms in readable if terms.version and terms.elements == elements}
    version = versions.pop() if len(versions) == 1 else ""
    return OpenTerms(elements=elements | ({"BY"} if elements else frozenset()), version=version)


def _warnings(statements: tuple[LicenseStatement, ...], terms: OpenTerms | None, contradictory: bool) -> Iterator[str]:
    if not statements:
        yield "no license is stated; the rights are unknown, and unknown is denied"
        return
    if contradictory:
        told = "; ".join(f"{s.source}: {s.text!r}" for s in statements)
        yield f"the statements contradict each other, counsel has to read them: {told}"
    if terms is None:
        yield "no open license can be read from what is stated; file a license of its own"
    elif not terms.version:
        yield f"no statement names a version of {terms.spdx.removeprefix('LicenseRef-')}; counsel has to settle it"
    if terms is not None and {"ND", "SA"} <= terms.elements:
        yield "no-derivatives and share-alike exclude each other; counsel has to settle it"


def _of(elements: Iterable[str], version: str | None) -> OpenTerms:
    return OpenTerms(elements=frozenset(elements) | {"BY"}, version=version or "")


def _zero() -> OpenTerms:
    return OpenTerms(elements=frozenset(), version="1.0")


def _plain(line: str) -> str:
    """A line without its markdown: what a person reads, at most 300 characters."""
    for link in (r"!\[([^\]]*)\]\([^)]*\)", r"\[([^\]]*)\]\([^)]*\)"):  # a badge is a picture inside a link
        line = re.sub(link, r"\1", line)
    return textwrap.shorten(line.strip().strip("#>*_ "), 300, placeholder=" …")
