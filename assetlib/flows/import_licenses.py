"""File many licenses from a sheet: an answer for each, every conflict listed, a rerun changes nothing.

Each license is a commit of its own, so an interrupted import goes on where it stopped: what is on file in the same
words is known. Other words under an id that is on file are a conflict and never a silent revision; `license amend`
is for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.documents.license_file import warnings_of
from assetlib.documents.license_json import license_digest
from assetlib.documents.license_sheet import SheetLicense, license_template, read_license_sheet
from assetlib.documents.sheet_lines import SheetRefused
from assetlib.flows.add_license import next_revision, read_stored, store_license
from assetlib.flows.delivery import refuse_occupied
from assetlib.flows.given_files import LARGEST_PAPER, read_given
from assetlib.flows.read_license import LicenseFile
from assetlib.intake.answers import IntakeError
from assetlib.intake.sheet import intake_lines
from assetlib.model.license import Grant, License, Prohibition
from assetlib.model.refusals import BadInput
from assetlib.rights.overlap import overlapping
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.library import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLicense:
    """`result` is new, known, would file, conflict or failed; `detail` why; `notes` what deserves a second look."""

    license: str
    rows: tuple[int, ...]
    result: str
    detail: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLicenses:
    licenses: tuple[ImportedLicense, ...]

    @property
    def exit_code(self) -> int:
        """1 where a row cannot be read, else 7 where one contradicts what is on file."""
        results = {one.result for one in self.licenses}
        return 1 if "failed" in results else 7 if "conflict" in results else 0

    def to_json(self) -> dict[str, Any]:
        return {
            "licenses": [
                {
                    "license": one.license,
                    "rows": list(one.rows),
                    "result": one.result,
                    "detail": one.detail,
                    "notes": list(one.notes),
                }
                for one in self.licenses
            ]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the library holds: licenses by id, and the names that a license may speak of."""

    licenses: dict[str, License]
    digests: dict[str, Digest]
    names: frozenset[str]
    entities: frozenset[str]
    collections: frozenset[str]
    productions: frozenset[str]


def import_licenses(library: Library, sheet: Path, *, dry_run: bool = False) -> ImportedLicenses:
    """Raises BadInput for a sheet that cannot be read; a bad row or a conflict is an answer."""
    found = _read(sheet)
    known = _known(library)
    together = [one.license for one in found if one.license is not None]
    return ImportedLicenses(
        licenses=tuple(_one(library, one, known, together, sheet.parent, dry_run=dry_run) for one in found)
    )


def write_license_template(path: Path) -> None:
    """An empty sheet. Raises Conflict rather than replace a file, BadInput for another suffix."""
    refuse_occupied(path, folder=False)
    try:
        path.write_bytes(license_template(path.suffix))
    except SheetRefused as error:
        raise BadInput(str(error)) from error


def _read(sheet: Path) -> tuple[SheetLicense, ...]:
    root = sheet.resolve().parent

    def paper(name: str) -> bytes | None:
        path = (root / name).resolve()
        return read_given(path, LARGEST_PAPER) if path.is_relative_to(root) and path.is_file() else None

    if not sheet.is_file():
        raise BadInput(f"expected a sheet at {sheet}, found no plain file")
    try:
        return read_license_sheet(intake_lines(sheet), paper)
    except (IntakeError, SheetRefused) as error:
        raise BadInput(str(error)) from error


def _known(library: Library) -> _Known:
    with library.catalog.reader() as queries:
        rows = queries.licenses()
        assets = queries.assets()
        names = {party.id for party in queries.parties()} | {person.id for person in queries.people()}
        recipients = {recipient.id for recipient in queries.recipients()}
        productions = frozenset(production.id for production in queries.productions())
    return _Known(
        licenses={row.id: read_stored(row) for row in rows},
        digests={row.id: row.digest for row in rows},
        names=frozenset(names | recipients | {"local", "*"}),
        entities=frozenset(version.entity for version in assets),
        collections=frozenset(name for version in assets for name in version.collections),
        productions=productions | {"*"},
    )


def _one(
    library: Library, found: SheetLicense, known: _Known, together: list[License], folder: Path, *, dry_run: bool
) -> ImportedLicense:
    if found.license is None:
        return ImportedLicense(license=found.id, rows=found.rows, result="failed", detail="; ".join(found.problems))
    license_ = found.license
    filed = known.digests.get(license_.id)
    if filed == license_digest(license_):
        return ImportedLicense(license=license_.id, rows=found.rows, result="known", detail="nothing changed")
    if filed is not None:
        detail = f"{license_.id} is on file with other words; use 'assetlib license amend'"
        return ImportedLicense(license=license_.id, rows=found.rows, result="conflict", detail=detail)
    notes = (*warnings_of(license_), *_unknown(license_, known), *_overlaps(license_, known, together))
    if dry_run:
        return ImportedLicense(license=license_.id, rows=found.rows, result="would file", notes=notes)
    row = next_revision(library, license_)
    assert row is not None
    paper = None if found.paper is None else (folder / found.paper[0], found.paper[1])
    store_license(library, row, LicenseFile(license=license_, paper=paper))
    return ImportedLicense(license=license_.id, rows=found.rows, result="new", detail=row.status, notes=notes)


def _unknown(license_: License, known: _Known) -> Iterator[str]:
    """Names that nobody here has heard of: usually a typing error."""
    for party in (license_.licensor.party, license_.licensee):
        if party not in known.names:
            yield f"the party {party} is not on file"
    rules: tuple[Grant | Prohibition, ...] = (*license_.grants, *license_.prohibitions)
    for what, names, held in (
        ("asset", (e.partition("?")[0] for rule in rules for e in rule.selector.entities), known.entities),
        ("collection", (name for rule in rules for name in rule.selector.collections), known.collections),
        ("production", (name for rule in rules for name in rule.productions), known.productions),
        ("recipient", (name for rule in rules for name in rule.recipients), known.names),
        (
            "party",
            (duty.by for grant in license_.grants for duty in grant.duties if duty.by),
            known.names | {"counsel"},
        ),
    ):
        yield from (f"the {what} {name} is not on file" for name in sorted(set(names) - held))


def _overlaps(license_: License, known: _Known, together: Iterable[License]) -> Iterator[str]:
    others = {other.id: other for other in (*together, *known.licenses.values())}
    for mine, theirs in overlapping(license_, others.values()):
        yield f"clause {mine.clause} grants some of what {theirs.id.replace('#', ' cl. ')} grants already"
