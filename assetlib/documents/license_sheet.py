"""Licenses as a sheet: one row a clause, rows of one id one license. Each row becomes the form of a license file.

Days are calendar days in the row's zone, as in a file; several values in one cell are separated by ';' or '|'. The
paper lies beside the sheet; its digest is computed, or compared where the sheet gives it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from assetlib.documents.license_file import zone_problems
from assetlib.documents.license_form import LicenseForm, form_keys
from assetlib.documents.license_sense import nonsense
from assetlib.documents.license_value import license_of
from assetlib.documents.license_wording import worded
from assetlib.documents.sheet_lines import SheetRefused, sheet_of
from assetlib.model.license import License
from provenance.digest import digest_bytes, hex_of

# Per license; where several rows have the same id, they must say the same here or nothing.
_WHOLE = (
    "id",
    "kind",
    "timezone",
    "from",
    "capacity",
    "represented_by",
    "to",
    "document",
    "sha256",
    "signed",
    "governing_law",
    "note",
)
# Per clause.
_CLAUSE = (
    "clause",
    "character",
    "asset",
    "collection",
    "asset_kind",
    "facets",
    "actions",
    "purposes",
    "productions",
    "territories",
    "media",
    "recipients",
    "scenes",
    "generate_from",
    "generate_until",
    "use_until",
    "survival",
    "shots",
    "approval_by",
    "credit",
    "use_description",
    "prohibits_actions",
    "prohibits_content",
)
COLUMNS = (*_WHOLE, *_CLAUSE)
_REQUIRED = ("id", "kind", "timezone", "from", "to", "clause")
_DAYS = ("signed", "generate_from", "generate_until", "use_until")
_LONGEST_CELL = 4_000
_EXAMPLE = {
    "id": "LIC-2026-0042",
    "kind": "license",
    "timezone": "America/Los_Angeles",
    "from": "jane-doe",
    "capacity": "owner",
    "to": "northlight",
    "document": "contract.pdf",
    "signed": "2026-07-14",
    "clause": "3.1",
    "character": "captain-rhea",
    "facets": "character_ip",
    "actions": "view; generate.previs; generate.final; export.delivery",
    "purposes": "previs; final_shot; delivery",
    "productions": "house-s2",
    "territories": "WW",
    "media": "svod; avod",
    "recipients": "local",
    "generate_from": "2026-08-01",
    "generate_until": "2027-02-28",
    "use_until": "perpetual",
    "survival": "perpetual",
    "prohibits_actions": "train; mine",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLicense:
    """One license of a sheet: its rows, and either the license with its paper or everything that is wrong."""

    id: str
    rows: tuple[int, ...]
    license: License | None = None
    paper: tuple[str, bytes] | None = None
    problems: tuple[str, ...] = ()


def read_license_sheet(
    lines: Iterable[Sequence[str]], paper: Callable[[str], bytes | None]
) -> tuple[SheetLicense, ...]:
    """Every license in the lines of a sheet; `paper` gives the bytes of a named document, None where there is none.

    Raises SheetRefused where the sheet has no such columns; a bad row is an answer.
    """
    below = iter(lines)
    columns = _columns(next(below, ()))
    groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for number, line in enumerate(below, start=2):
        if any(cell.strip() for cell in line):
            cells = _cells(number, columns, line)
            groups.setdefault(cells.get("id", ""), []).append((number, cells))
    return tuple(_license(id_, rows, paper) for id_, rows in groups.items())


def license_template(suffix: str) -> bytes:
    """An empty sheet with one line that shows how a row reads; raises SheetRefused for another suffix."""
    return sheet_of([COLUMNS, [_EXAMPLE.get(name, "") for name in COLUMNS]], suffix)


def _columns(header: Sequence[str]) -> tuple[str, ...]:
    names = tuple(re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in header)
    if unknown := [name for name in names if name and name not in COLUMNS]:
        raise SheetRefused(f"unknown column {unknown[0]!r}; known are {', '.join(COLUMNS)}")
    if twice := [name for name in names if name and names.count(name) > 1]:
        raise SheetRefused(f"the column {twice[0]!r} is there twice")
    if missing := [name for name in _REQUIRED if name not in names]:
        raise SheetRefused(f"the first line needs the columns {', '.join(missing)}; --template writes an empty sheet")
    return names


def _cells(number: int, columns: Sequence[str], line: Sequence[str]) -> dict[str, str]:
    if beyond := [cell for cell in line[len(columns) :] if cell.strip()]:
        raise SheetRefused(f"row {number} has more cells than the first line has columns: {beyond[0][:60]!r}")
    cells = {name: cell.strip() for name, cell in zip(columns, line, strict=False) if name and cell.strip()}
    if long := [name for name, cell in cells.items() if len(cell) > _LONGEST_CELL]:
        raise SheetRefused(f"row {number}: the cell {long[0]!r} is longer than {_LONGEST_CELL} characters")
    return cells


def _license(id_: str, rows: list[tuple[int, dict[str, str]]], paper: Callable[[str], bytes | None]) -> SheetLicense:
    numbers = tuple(number for number, _ in rows)
    whole, problems = _whole(rows)
    document, content = None, None
    if name := whole.get("document"):
        content = paper(name)
        document, told = _document(name, content, whole.get("sha256", ""))
        problems += [f"row {numbers[0]}: document: {sentence}" for sentence in told]
    form, told = _form(whole, rows, document)
    problems += told
    if problems or form is None:
        return SheetLicense(id=id_, rows=numbers, problems=tuple(dict.fromkeys(problems)))
    if document is None and form.kind.has_document:
        problem = f"row {numbers[0]}: document: a {form.kind.value} needs the signed document, beside the sheet"
        return SheetLicense(id=id_, rows=numbers, problems=(problem,))
    held = None if content is None else (whole["document"], content)
    return SheetLicense(id=id_, rows=numbers, license=license_of(form), paper=held)


def _whole(rows: list[tuple[int, dict[str, str]]]) -> tuple[dict[str, str], list[str]]:
    """What the rows say about the whole license; a row that says something else is a mistake."""
    whole: dict[str, str] = {}
    problems = []
    for number, cells in rows:
        for name in _WHOLE:
            if name in cells and whole.setdefault(name, cells[name]) != cells[name]:
                problems.append(f"row {number}: {name}: says {cells[name]!r}, while a row above says {whole[name]!r}")
        for name in _DAYS:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ].+", cells.get(name, "")):
                problems.append(
                    f"row {number}: {name}: expected a calendar day, which is read in the row's zone; "
                    f"found the instant {cells[name]!r}"
                )
    return whole, problems


def _document(name: str, content: bytes | None, sha256: str) -> tuple[dict[str, str] | None, list[str]]:
    if content is None:
        return None, [f"the file {name!r} was not found beside the sheet"]
    found = hex_of(digest_bytes(content))
    if sha256 and sha256.removeprefix("sha256:") != found:
        return None, [f"{name!r} has sha256 {found}, the sheet says {sha256}"]
    return {"file": name, "sha256": found}, []


def _form(
    whole: Mapping[str, str], rows: list[tuple[int, dict[str, str]]], document: dict[str, str] | None
) -> tuple[LicenseForm | None, list[str]]:
    content = _content(whole, rows, document)
    by_place = {("permits", place): number for place, (number, _) in enumerate(rows)}
    bans = [number for number, cells in rows for _ in _bans(cells)]
    by_place |= {("prohibits", place): number for place, number in enumerate(bans)}
    problems = [f"row {rows[0][0]}: {problem.where}: {problem.message}" for problem in zone_problems(content, {})]
    try:
        form = LicenseForm.model_validate(content)
    except ValidationError as error:
        told = worded(error.errors(), form_keys(LicenseForm))
        return None, problems + [_at(place, sentence, by_place, rows[0][0]) for place, sentence in told]
    if problems:
        return None, problems
    return form, [_at(place, sentence, by_place, rows[0][0]) for place, sentence in nonsense(form)]


def _at(place: Sequence[str | int], sentence: str, rows: Mapping[tuple[str, int], int], first: int) -> str:
    """``row 4: media: …``: the row of a clause and the column that holds what the form calls otherwise."""
    clause = len(place) > 1 and place[0] in ("permits", "prohibits") and isinstance(place[1], int)
    row = rows.get((str(place[0]), int(place[1])), first) if clause else first
    inside = [str(part) for part in (place[2:] if clause else place) if not isinstance(part, int)]
    dotted = ".".join(inside)
    return f"row {row}: {_COLUMN_OF.get(dotted, inside[0] if inside else 'clause')}: {sentence}"


_COLUMN_OF = {
    "from.party": "from",
    "from.capacity": "capacity",
    "generate.from": "generate_from",
    "generate.until": "generate_until",
    "limits.shots": "shots",
    "covers.kind": "asset_kind",
    "covers.facets": "facets",
    "covers.character": "character",
    "covers.asset": "asset",
}


def _content(
    whole: Mapping[str, str], rows: list[tuple[int, dict[str, str]]], document: dict[str, str] | None
) -> dict[str, Any]:
    """What a license file of the same words would hold."""
    clauses = [cells for _, cells in rows]
    content: dict[str, Any] = {
        "assetlib_license": "1",
        "from": {"party": whole.get("from", "")}
        | {name: whole[name] for name in ("capacity", "represented_by") if name in whole},
        "covers": _covers(clauses[0]),
        "permits": [_permit(cells) for cells in clauses],
        "prohibits": [ban for cells in clauses for ban in _bans(cells)],
    }
    content |= {n: whole[n] for n in ("id", "kind", "timezone", "to", "signed", "governing_law", "note") if n in whole}
    return content if document is None else {**content, "document": document}


def _permit(cells: Mapping[str, str]) -> dict[str, Any]:
    permit: dict[str, Any] = {
        "clause": cells.get("clause", ""),
        "covers": _covers(cells),
        **{name: _several(cells.get(name, "")) for name in ("actions", "purposes", "productions", "media")},
        "recipients": _several(cells.get("recipients", "")),
        "territories": _territories(cells.get("territories", "")),
        "scenes": _several(cells.get("scenes", "")),
        "use_until": cells.get("use_until", ""),
        "use_description": cells.get("use_description", ""),
        "survival": _survival(cells.get("survival", "none")),
    }
    window = {key: cells[f"generate_{key}"] for key in ("from", "until") if f"generate_{key}" in cells}
    permit |= {"generate": window} if window else {}
    permit |= {"limits": {"shots": cells["shots"]}} if "shots" in cells else {}
    permit |= (
        {"before": [{"approval": f"by {cells['approval_by']}", "each": "batch"}]} if "approval_by" in cells else {}
    )
    permit |= {"after": [{"credit": cells["credit"]}]} if "credit" in cells else {}
    return permit


def _bans(cells: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    clause = cells.get("clause", "")
    for name, key in (("actions", "prohibits_actions"), ("content", "prohibits_content")):
        if key in cells:
            yield {"clause": f"{clause}-{name}", "covers": _covers(cells), name: _several(cells[key])}


def _covers(cells: Mapping[str, str]) -> dict[str, Any]:
    columns = {"character": "character", "asset": "asset", "collection": "collection", "kind": "asset_kind"}
    covers = {key: _several(cells[column]) for key, column in columns.items() if column in cells}
    return covers | ({"facets": _several(cells["facets"])} if "facets" in cells else {})


def _survival(text: str) -> Any:
    """``perpetual``, ``none``, ``until 2027-02-28`` or ``sell off 90``."""
    if found := re.fullmatch(r"until (\S+)", text):
        return {"until": found[1]}
    if found := re.fullmatch(r"sell[ _]off (\d+)( days)?", text):
        return {"sell_off_days": found[1]}
    return text


def _territories(cell: str) -> list[str]:
    """``WW minus CN; RU`` is one answer, ``US; GB`` are two."""
    return [cell.replace(";", " ").replace("|", " ")] if cell.startswith("WW minus") else _several(cell)


def _several(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;|]", cell) if part.strip()]
