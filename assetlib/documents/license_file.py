"""A license file in YAML, read strictly: every mistake at once, each with its line.

Scalars stay text until the form reads them, so that ``NO`` is Norway, clause 3.10 is not 3.1, and a date
needs the file's zone. Duplicate keys, aliases and tags are refused. Contract dates mean whole days: "until 28
February" ends when that day ends in the file's zone; `explain_license` prints the instant for sign-off.

    license = read_license(path.read_bytes(), document=pdf_bytes)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ValidationError

from assetlib.documents.license_form import DocumentForm, LicenseForm, form_keys
from assetlib.documents.license_value import license_of
from assetlib.documents.license_wording import worded
from assetlib.model.license import License, LicenseKind
from provenance.digest import digest_bytes

MAX_BYTES = 1 << 18
MAX_DEPTH = 16
_MOST_SAID = 40
_LONGEST_SAID = 400
Place = tuple[Hashable, ...]
SensePlace = tuple[str | int, ...]
Moved = Callable[[SensePlace], SensePlace]


def _as_it_stands(place: SensePlace) -> SensePlace:
    return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: the line (from 1; 0 for the whole file), the key, and what to do."""

    line: int
    where: str
    message: str

    def __str__(self) -> str:
        at = f"line {self.line}: " if self.line else ""
        where = f"{_shortened(self.where)}: " if self.where else ""
        return f"{at}{where}{_shortened(self.message)}"


class LicenseFileRefused(ValueError):
    """A license or agreement file with mistakes; `problems` lists all of them in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.line, p.where, p.message)))
        said = [str(problem) for problem in self.problems[:_MOST_SAID]]
        left = len(self.problems) - len(said)
        super().__init__("\n".join([*said, *([f"and {left} more"] if left else [])]))


def read_license(data: bytes, *, document: bytes | None = None) -> License:
    """The license in a YAML file; `document` is the signed document it names. Raises LicenseFileRefused."""
    content, lines = parse_yaml(data)
    try:
        form = LicenseForm.model_validate(content)
    except ValidationError as error:
        raise LicenseFileRefused(_all_problems(content, lines, error, document)) from error
    problems = zone_problems(content, lines) + _document(form.kind, form.document, document, lines)
    problems += _sense(form, lines)
    if problems:
        raise LicenseFileRefused(problems)
    return license_of(form)


def _all_problems(
    content: dict[str, Any], lines: dict[Place, int], error: ValidationError, document: bytes | None
) -> list[Problem]:
    """The form's mistakes, and those that can be seen in spite of them, so that one reading is enough."""
    from assetlib.documents.partial_form import partial_form

    problems = zone_problems(content, lines) + problems_of(error, LicenseForm, lines)
    form, moved = partial_form(content)
    if isinstance(content.get("document"), dict) and form.document is not None:
        problems += _document(form.kind, form.document, document, lines)
    told = {problem.where for problem in problems}
    seen = [p for p in _sense(form, lines, moved) if p.where not in told and not _below(p.where, told)]
    return problems + seen


def _below(where: str, told: set[str]) -> bool:
    return any(where.startswith((f"{other}.", f"{other}[")) or other.startswith(f"{where}.") for other in told)


def document_name(data: bytes) -> str | None:
    """The file name of the signed document that a license file names, so that a caller can find it; None if none."""
    content, _ = parse_yaml(data)
    document = content.get("document")
    name = document.get("file") if isinstance(document, dict) else None
    return name if isinstance(name, str) else None


def warnings_of(license_: License) -> tuple[str, ...]:
    """What deserves a second look but is no error: a license that prohibits what it grants, or grants nothing."""
    from assetlib.rights.vocabulary import actions_granted, actions_prohibited

    found = []
    for ban in license_.prohibitions:
        limited = ban.content or ban.scenes or ban.territories.included or ban.media or ban.productions
        if limited or ban.purposes or ban.recipients or ban.from_ or ban.until:
            continue
        for grant in license_.grants:
            both = actions_granted(grant.actions) & actions_prohibited(ban.actions)
            if both and (not ban.facets or set(ban.facets) & set(grant.facets)):
                found.append(f"clause {ban.clause} prohibits {', '.join(sorted(both))}, which {grant.clause} grants")
    if not license_.grants and license_.kind.grants:
        found.append("the license permits nothing: it has no clause under 'permits'")
    return tuple(found)


def parse_yaml(data: bytes, *, opening: str = "assetlib_license: 1") -> tuple[dict[str, Any], dict[Place, int]]:
    """Content as text, and the line of every place in it; `opening` names the kind of file in a refusal."""
    if len(data) > MAX_BYTES:
        raise LicenseFileRefused([_whole(f"expected at most {MAX_BYTES} bytes, found {len(data)}")])
    try:
        text = data.decode("utf-8")
        _refuse_indirection(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise LicenseFileRefused([_whole(f"expected UTF-8 text: {error.reason} at byte {error.start}")]) from error
    except yaml.YAMLError as error:
        message = f"not readable as YAML: {getattr(error, 'problem', None) or error}"
        raise LicenseFileRefused([Problem(line=_line_of(error), where="", message=message)]) from error
    problems: list[Problem] = []
    lines: dict[Place, int] = {}
    content = _content(node, (), lines, problems) if node is not None else None
    if not isinstance(content, dict):
        problems.append(_whole(f"expected a file that starts with '{opening}'"))
    if problems:
        raise LicenseFileRefused(problems)
    assert isinstance(content, dict)
    return content, lines


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SAID else f"{text[:_LONGEST_SAID]}…"


def _line_of(error: yaml.YAMLError) -> int:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return 0 if mark is None else mark.line + 1


def _refuse_indirection(text: str) -> None:
    """Aliases and tags let one line mean many; a contract says each thing where it stands. Depth is bounded."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise LicenseFileRefused([Problem(line=line, where="", message="anchors and aliases are refused")])
        if tag := getattr(event, "tag", None):
            raise LicenseFileRefused([Problem(line=line, where="", message=f"the tag {tag} is refused")])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise LicenseFileRefused([Problem(line=line, where="", message=f"nested deeper than {MAX_DEPTH}")])


def _content(node: yaml.Node, place: Place, lines: dict[Place, int], problems: list[Problem]) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_content(item, (*place, n), lines, problems) for n, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return node.value
    content: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            problems.append(Problem(line=line, where=_dotted(place), message="expected a plain key"))
            continue
        name = key.value
        if name in content:
            message = f"duplicate key; it stands already on line {lines[(*place, name)]}"
            problems.append(Problem(line=line, where=_dotted((*place, name)), message=message))
            continue
        lines[(*place, name)] = line
        content[name] = _content(value, (*place, name), lines, problems)
    return content


def problems_of(error: ValidationError, form: type[BaseModel], lines: dict[Place, int]) -> list[Problem]:
    """A form's mistakes in a librarian's words, each at the line of the nearest place that stands in the file."""
    problems = []
    for place, told in worded(error.errors(), form_keys(form)):
        known: Place = place
        while known and known not in lines:
            known = known[:-1]
        problems.append(Problem(line=lines.get(known, 0), where=_dotted(place), message=told))
    return problems


def zone_problems(content: dict[str, Any], lines: dict[Place, int]) -> list[Problem]:
    name = content.get("timezone")
    if name is None:
        return []  # reported as missing by the form
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        message = f"expected an IANA zone such as America/Los_Angeles, found {name!r}"
        return [Problem(line=lines.get(("timezone",), 0), where="timezone", message=message)]
    return []


def _document(
    kind: LicenseKind, named: DocumentForm | None, document: bytes | None, lines: dict[Place, int]
) -> list[Problem]:
    line = lines.get(("document",), 0)
    if named is None:
        if not kind.has_document:
            return []
        message = (
            f"a {kind.value} needs the signed document; "
            "write 'document: {file: NAME.pdf, sha256: …}' with what 'sha256sum NAME.pdf' prints"
        )
        return [Problem(line=line, where="document", message=message)]
    if document is None:
        message = f"the file {named.file!r} was not found; lay it beside this file, or name it with --document"
        return [Problem(line=line, where="document", message=message)]
    found = digest_bytes(document).removeprefix("sha256:")
    expected = named.sha256.removeprefix("sha256:")
    if found == expected:
        return []
    message = f"{named.file!r} has sha256 {found}, expected {expected}; file the document that was signed"
    return [Problem(line=lines.get(("document", "sha256"), line), where="document.sha256", message=message)]


def _sense(form: LicenseForm, lines: dict[Place, int], moved: Moved = _as_it_stands) -> list[Problem]:
    """Mistakes that no single key shows; `moved` says where the clauses of a partial form stand in the file."""
    from assetlib.documents.license_sense import nonsense

    found = []
    for found_at, message in nonsense(form):
        place = moved(found_at)
        known = place
        while known and known not in lines:
            known = known[:-1]
        found.append(Problem(line=lines.get(known, 0), where=_dotted(place), message=message))
    return found


def _whole(message: str) -> Problem:
    return Problem(line=0, where="", message=message)


def _dotted(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")
