"""Amend a license: a next revision with a reason, and a difference that a lawyer can read. Nothing is overwritten.

An amendment is a draft until a rights-admin signs it. Until then neither the old words nor the new ones allow
anything: two texts of one license must never be in force at once. `activate` signs in the same step, without a gap.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.documents.license_diff import differences
from assetlib.documents.license_file import warnings_of
from assetlib.flows.activate_license import activate_license
from assetlib.flows.add_license import next_revision, read_stored, store_license
from assetlib.flows.read_license import read_license_file
from assetlib.model.license import LicenseStatus
from assetlib.model.record import LicenseRow, Statement, StatementKind
from assetlib.model.refusals import BadInput, Conflict
from provenance.digest import canonical_json

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library


def amend_license(
    library: Library,
    license_id: str,
    path: Path,
    *,
    reason: str,
    document: Path | None = None,
    activate: bool = False,
    dry_run: bool = False,
) -> dict[str, Any]:
    """File the words of `path` as the next revision. Raises NotFound, BadInput, Conflict for a revoked license."""
    if not reason.strip():
        raise BadInput("say why the license is amended")
    with library.catalog.reader() as queries:
        known = queries.license(license_id)
    if known.status == LicenseStatus.REVOKED.value:
        raise Conflict(f"{license_id} was revoked; file the words as a license of its own")
    read = read_license_file(path, document)
    if read.license.id != license_id:
        raise BadInput(f"{path.name} is {read.license.id}, expected {license_id}; an amendment keeps the id")
    row = next_revision(library, read.license)
    if row is None:
        return _amended(known, [], ["the same words are on file already; nothing changed"])
    changes = differences(read_stored(known), read.license)
    warnings = list(warnings_of(read.license))
    if not dry_run:
        note = _note(library, known, row, reason, changes)
        store_license(library, row, read, kind="license.amended", beside=lambda write: write.add_statement(note))
        if activate:
            done = activate_license(library, license_id)
            return {**_amended(row, changes, [*warnings, *done["warnings"]]), "status": done["status"]}
        if known.status == LicenseStatus.ACTIVE.value:
            warnings.append(f"{license_id} allows nothing until a rights-admin activates revision {row.revision}")
    return _amended(row, changes, warnings)


def revisions_of(queries: Queries, license_id: str) -> list[dict[str, Any]]:
    """Every revision, oldest first: when it was filed, its last status and signer, who amended it, why, and what."""
    notes = {body["revision"]: (note.by, body) for note, body in _notes(queries, license_id)}
    states: dict[int, list[LicenseRow]] = {}
    for row in queries.license_history(license_id):
        states.setdefault(row.revision, []).append(row)
    found = []
    for revision, rows in sorted(states.items()):
        by, body = notes.get(revision, ("", {"reason": "", "changes": []}))
        found.append(
            {
                "revision": revision,
                "status": rows[-1].status,
                "digest": rows[-1].digest,
                "recorded_at": rows[0].recorded_at and rows[0].recorded_at.isoformat(),
                "superseded_at": rows[-1].superseded_at and rows[-1].superseded_at.isoformat(),
                "signer": rows[-1].signer,
                "by": by,
                "reason": body["reason"],
                "changes": body["changes"],
            }
        )
    return found


def revision_of(queries: Queries, license_id: str, revision: int) -> LicenseRow:
    """A revision as it was last; raises NotFound through `queries`, BadInput for a number it never had."""
    queries.license(license_id)
    rows = [row for row in queries.license_history(license_id) if row.revision == revision]
    if not rows:
        raise BadInput(f"{license_id} has no revision {revision}; 'assetlib license show {license_id}' lists them")
    return rows[-1]


def _note(library: Library, known: LicenseRow, row: LicenseRow, reason: str, changes: tuple[str, ...]) -> Statement:
    body = {
        "amends": row.id,
        "revision": row.revision,
        "from": known.digest,
        "to": row.digest,
        "reason": reason,
        "changes": list(changes),
    }
    return Statement(
        kind=StatementKind.NOTE,
        id=f"amendment-{row.id}-{row.revision}",
        subject=row.id,
        body=canonical_json(body),
        by=library.actor,
    )


def _notes(queries: Queries, license_id: str) -> list[tuple[Statement, dict[str, Any]]]:
    found = []
    for note in queries.statements(StatementKind.NOTE, license_id):
        body = json.loads(note.body) if note.body[:1] == b"{" else {}
        if body.get("amends") == license_id:
            found.append((note, body))
    return found


def _amended(row: LicenseRow, changes: list[str] | tuple[str, ...], warnings: list[str]) -> dict[str, Any]:
    return {
        "license": row.id,
        "revision": row.revision,
        "status": row.status,
        "changes": list(changes),
        "warnings": warnings,
    }
