"""YAML that people write and others rely on, read strictly: every mistake at once, each with its line.

Scalars stay text until a form reads them, so that ``NO`` is Norway, clause 3.10 is not 3.1, and a date needs the
file's zone. Duplicate keys, anchors, aliases and tags are refused, size and depth are bounded.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ValidationError

from provenance.digest import digest_bytes

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
Place = tuple[Hashable, ...]
Lines = dict[Place, int]
FormType = TypeVar("FormType", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: the line (from 1; 0 for the whole file), the key, and what to do."""

    line: int
    where: str
    message: str

    def __str__(self) -> str:
        at = f"line {self.line}: " if self.line else ""
        return f"{at}{self.where + ': ' if self.where else ''}{self.message}"


class FileRefused(ValueError):
    """A file with mistakes; `problems` lists all of them in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.line, p.where, p.message)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_form(form: type[FormType], content: Mapping[str, Any], lines: Lines) -> FormType:
    """`content` as a checked form. Raises FileRefused; a wrong ``timezone`` is told then too, else by the caller."""
    try:
        return form.model_validate(content)
    except ValidationError as error:
        problems = [_problem_of(each, lines) for each in error.errors()]
        raise FileRefused([*problems, *zone_problems(content, lines)]) from error


def parse_strictly(data: bytes, *, first_line: str) -> tuple[dict[str, Any], Lines]:
    """The mapping in `data` with every scalar as text, and the line of each place. Raises FileRefused."""
    if len(data) > MAX_BYTES:
        raise FileRefused([_whole(f"expected at most {MAX_BYTES} bytes, found {len(data)}")])
    try:
        text = data.decode("utf-8")
        _refuse_indirection(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise FileRefused([_whole(f"expected UTF-8 text: {error.reason} at byte {error.start}")]) from error
    except yaml.YAMLError as error:
        message = f"not readable as YAML: {getattr(error, 'problem', None) or error}"
        raise FileRefused([Problem(line=_line_of(error), where="", message=message)]) from error
    problems: list[Problem] = []
    lines: Lines = {}
    content = _content(node, (), lines, problems) if node is not None else None
    if not isinstance(content, dict):
        problems.append(_whole(f"expected a file that starts with {first_line!r}"))
    if problems:
        raise FileRefused(problems)
    assert isinstance(content, dict)
    return content, lines


def _line_of(error: yaml.YAMLError) -> int:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return 0 if mark is None else mark.line + 1


def _refuse_indirection(text: str) -> None:
    """Aliases and tags let one line mean many; a contract says each thing where it stands. Depth is bounded."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise FileRefused([Problem(line=line, where="", message="anchors and aliases are refused")])
        if tag := getattr(event, "tag", None):
            raise FileRefused([Problem(line=line, where="", message=f"the tag {tag} is refused")])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise FileRefused([Problem(line=line, where="", message=f"nested deeper than {MAX_DEPTH}")])


def _content(node: yaml.Node, place: Place, lines: Lines, problems: list[Problem]) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_content(item, (*place, n), lines, problems) for n, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return node.value
    content: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            problems.append(Problem(line=line, where=dotted(place), message="expected a plain key"))
            continue
        name = key.value
        if name in content:
            message = f"duplicate key; it stands already on line {lines[(*place, name)]}"
            problems.append(Problem(line=line, where=dotted((*place, name)), message=message))
            continue
        lines[(*place, name)] = line
        content[name] = _content(value, (*place, name), lines, problems)
    return content


def _problem_of(error: Any, lines: Lines) -> Problem:
    """A pydantic error at its line: its location may end in names of union members, which the file does not have."""
    place = tuple(error["loc"])
    while place and place not in lines:
        place = place[:-1]
    missing = error["type"] == "missing"
    where = dotted(tuple(error["loc"]) if missing else place)
    told = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        told = "unknown key; remove it or correct its spelling"
    elif missing:
        told = "is missing"
    return Problem(line=lines.get(place, 0), where=where, message=told)


def zone_problems(content: Mapping[str, Any], lines: Lines) -> list[Problem]:
    """What is wrong with ``timezone``; that it is missing is told by the form."""
    name = content.get("timezone")
    if name is None:
        return []
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        message = f"expected an IANA zone such as America/Los_Angeles, found {name!r}"
        return [Problem(line=lines.get(("timezone",), 0), where="timezone", message=message)]
    return []


def _whole(message: str) -> Problem:
    """A mistake of the whole file."""
    return Problem(line=0, where="", message=message)


def dotted(place: Place) -> str:
    """``permits[0].media`` for ``("permits", 0, "media")``."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def line_at(place: Place, lines: Lines) -> int:
    """The line of `place`, else of what it stands in."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 0)


def digest_problem(data: bytes, expected: str) -> str:
    """'' when `data` has the sha256 `expected` (with or without its prefix), else both values."""
    found, wanted = digest_bytes(data).removeprefix("sha256:"), expected.removeprefix("sha256:")
    return "" if found == wanted else f"has sha256 {found}, expected {wanted}"
