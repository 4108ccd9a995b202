"""Screenplays: Fountain (fountain.io/syntax) and Final Draft (FDX). Only scenes and who speaks in them are read.

What a script says between its headings stays in the file. FDX is XML from outside: a document type, an entity or
deep nesting is refused before anything is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from assetlib.model.script import Script, ScriptScene

LARGEST = 16 << 20
_MOST_SCENES = 5_000
_LONGEST = 500
_DEEPEST = 32
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]{0,15}")

_BONEYARD = re.compile(r"/\*.*?\*/", re.DOTALL)
_NOTE = re.compile(r"\[\[.*?\]\]", re.DOTALL)
_HEADING = re.compile(r"(?:INT\./EXT|INT/EXT|I/E|INT|EXT|EST)[. ].*", re.IGNORECASE)
_FORCED_HEADING = re.compile(r"\.(?=[^.\s]).*")
_NUMBERED = re.compile(r"^(?P<heading>.*?)\s*#(?P<number>[^#\n]+)#\s*$")
_EXTENSION = re.compile(r"\s*\([^()]*\)")
_TITLE = re.compile(r"(?P<key>[A-Za-z][A-Za-z ]*):\s*(?P<value>.*)")
_EMPHASIS = re.compile(r"[*_]{1,3}")


class ScriptRefused(ValueError):
    """A file that is no script, or one whose scenes cannot be told apart; the message says where."""


@dataclass(slots=True)
class _Reading:
    """What has been met so far, in the order of the file."""

    title: str = ""
    scenes: list[tuple[str | None, str, int]] = field(default_factory=list)
    speakers: list[list[str]] = field(default_factory=list)

    def heading(self, number: str | None, text: str, line: int) -> None:
        if len(self.scenes) >= _MOST_SCENES:
            raise ScriptRefused(f"the script has more than {_MOST_SCENES} scenes")
        if number is not None and not _NUMBER.fullmatch(number):
            raise ScriptRefused(f"line {line}: expected a scene number such as 12 or 12A, found {number[:40]!r}")
        self.scenes.append((number, _tidy(text), line))
        self.speakers.append([])

    def speaks(self, name: str) -> None:
        cleaned = _tidy(_EXTENSION.sub("", name).rstrip("^ "))
        if cleaned and self.speakers and cleaned not in self.speakers[-1]:
            self.speakers[-1].append(cleaned)


def read_script(data: bytes, suffix: str) -> Script:
    """The script in a ``.fountain`` (also .txt, .md) or ``.fdx`` file; raises ScriptRefused."""
    if len(data) > LARGEST:
        raise ScriptRefused(f"the script has {len(data)} bytes, more than {LARGEST}")
    readers: dict[str, Callable[[bytes], _Reading]] = {".fountain": _fountain, ".fdx": _fdx}
    if suffix.lower() not in readers:
        raise ScriptRefused(f"expected a script that ends in .fountain or .fdx, found {suffix or 'no suffix'}")
    return _script(readers[suffix.lower()](data))


def _script(reading: _Reading) -> Script:
    """Numbers as written, or by order where none is; some numbers and some not would name scenes wrongly."""
    if not reading.scenes:
        raise ScriptRefused("no scene heading was found (INT., EXT. …), so there is nothing to import")
    bare = [(heading, line) for number, heading, line in reading.scenes if number is None]
    if bare and len(bare) < len(reading.scenes):
        told = "; ".join(f"line {line}: {heading}" for heading, line in bare[:5])
        raise ScriptRefused(f"{len(bare)} scenes have no number while others have; number them all: {told}")
    numbers = [number or str(place) for place, (number, _, _) in enumerate(reading.scenes, start=1)]
    if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
        raise ScriptRefused(f"scene {twice[0]} stands twice; a contract that names it would mean both")
    scenes = (
        ScriptScene(number=number, heading=heading, characters=tuple(speakers), line=line)
        for number, (_, heading, line), speakers in zip(numbers, reading.scenes, reading.speakers, strict=True)
    )
    return Script(title=reading.title, scenes=tuple(scenes), numbered=not bare)


# -- Fountain --------------------------------------------------------------------------------------------------


def _fountain(data: bytes) -> _Reading:
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ScriptRefused(f"expected UTF-8 text, found a byte that is none at {error.start}") from None
    for hidden in (_BONEYARD, _NOTE):
        text = hidden.sub(lambda found: "\n" * found[0].count("\n"), text)  # lines keep their numbers
    lines = text.split("\n")
    reading = _Reading()
    start = _title_page(lines, reading)
    for place in range(start, len(lines)):
        before = lines[place - 1].strip() if place else ""
        after = lines[place + 1].strip() if place + 1 < len(lines) else ""
        _fountain_line(lines[place].strip(), before, after, place + 1, reading)
    return reading


def _title_page(lines: list[str], reading: _Reading) -> int:
    """The line after the title page; a script need not have one."""
    if not lines or not _TITLE.fullmatch(lines[0].strip()) or _HEADING.fullmatch(lines[0].strip()):
        return 0
    for place, line in enumerate(lines):
        if not line.strip():
            return place
        if (found := _TITLE.fullmatch(line.strip())) and found["key"].lower() == "title":
            following = lines[place + 1].strip() if place + 1 < len(lines) else ""
            reading.title = _tidy(found["value"] or following)
    return len(lines)


def _fountain_line(line: str, before: str, after: str, number: int, reading: _Reading) -> None:
    if not line or before:
        return  # headings and characters stand after an empty line
    if _FORCED_HEADING.fullmatch(line) or _HEADING.fullmatch(line):
        text = line.removeprefix(".")
        found = _NUMBERED.match(text)
        reading.heading(found["number"].strip() if found else None, found["heading"] if found else text, number)
    elif after and _is_character(line):
        reading.speaks(line.removeprefix("@"))


def _is_character(line: str) -> bool:
    """Upper case before dialogue; ``@`` forces any spelling. Actions, transitions and sections begin otherwise."""
    if line.startswith("@"):
        return True
    if line.startswith(("!", ">", "#", "=", "~", ".")) or line.endswith("TO:"):
        return False
    name = _EXTENSION.sub("", line).rstrip("^ ")
    return any(letter.isalpha() for letter in name) and name == name.upper()


# -- Final Draft -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Paragraph:
    kind: str
    number: str | None
    line: int
    text: list[str] = field(default_factory=list)


class _FinalDraft:
    """Paragraphs of the script itself; title page, headers and notes have paragraphs too, and are passed over."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.reading = _Reading()
        self._parser = parser
        self._path: list[str] = []
        self._open: list[_Paragraph] = []
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = _refuse_declaration
        parser.EntityDeclHandler = _refuse_declaration

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise ScriptRefused(f"nested deeper than {_DEEPEST} elements")
        if self._path[0] != "FinalDraft":
            raise ScriptRefused(f"expected a Final Draft document, found an XML document <{self._path[0][:40]}>")
        if name == "Paragraph" and self._path[1:2] == ["Content"]:
            number = attributes.get("Number") or None
            line = self._parser.CurrentLineNumber
            self._open.append(_Paragraph(attributes.get("Type", ""), number, line))

    def _data(self, text: str) -> None:
        if self._open and self._path[-1] == "Text":
            self._open[-1].text.append(text)

    def _end(self, name: str) -> None:
        self._path.pop()
        if name != "Paragraph" or not self._open:
            return
        done = self._open.pop()
        text = "".join(done.text).strip()
        if done.kind == "Scene Heading" and text:
            self.reading.heading(done.number, text, done.line)
        elif done.kind == "Character":
            self.reading.speaks(text)


def _fdx(data: bytes) -> _Reading:
    parser = expat.ParserCreate()
    document = _FinalDraft(parser)
    try:
        parser.Parse(data, True)
    except ScriptRefused:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # the two others for encodings nobody knows
        raise ScriptRefused(f"not readable as XML: {error}") from None
    return document.reading


def _refuse_declaration(*_: object) -> None:
    raise ScriptRefused("a document type or entity is refused; Final Draft writes none")


def _tidy(text: str) -> str:
    return " ".join(_EMPHASIS.sub("", text).split())[:_LONGEST]
