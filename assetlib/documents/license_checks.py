"""Mistakes in a license that came ready-made (from ODRL): what the form of a file asks for, asked of the value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from assetlib.model.license import DutyWhen, Grant, License, LicenseKind, SurvivalKind
from provenance.digest import digest_bytes

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")


def faults_of(license_: License, document: bytes | None) -> Iterator[str]:
    """Sentences; none when a file of these words would be filed. `document` is the signed paper it names."""
    if not _ID.fullmatch(license_.id):
        yield f"expected an id such as LIC-2026-0042 (letters, digits, '.', '_' and '-'), found {license_.id!r}"
    if license_.grants and not license_.kind.grants and license_.kind is not LicenseKind.COUNSEL_OVERRIDE:
        yield f"a {license_.kind.value} can only prohibit"
    if license_.kind is LicenseKind.OPEN_LICENSE and not license_.spdx:
        yield "an open_license needs its spdx id"
    yield from _document(license_, document)
    for grant in license_.grants:
        yield from _grant(grant)
    for ban in license_.prohibitions:
        yield from _window(ban.clause, ban.from_, ban.until)


def _document(license_: License, document: bytes | None) -> Iterator[str]:
    named = license_.document
    if named is None:
        if license_.kind.has_document:
            yield f"a {license_.kind.value} needs the signed document with its sha256"
    elif document is None:
        yield f"the document {named.file!r} was not found; lay it beside the file, or name it with --document"
    elif digest_bytes(document) != named.digest:
        yield f"{named.file!r} is {digest_bytes(document)}, expected {named.digest}; give the document that was signed"


def _grant(grant: Grant) -> Iterator[str]:
    yield from _window(grant.clause, grant.generate_from, grant.generate_until)
    for name in ("facets", "actions", "purposes", "productions", "media", "recipients"):
        if not getattr(grant, name):
            yield f"clause {grant.clause}: names no {name}, so it permits nothing"
    if not grant.territories.included:
        yield f"clause {grant.clause}: names no territories, so it permits nothing"
    if not (grant.selector.entities or grant.selector.collections or grant.selector.kinds):
        yield f"clause {grant.clause}: names no assets, so it permits nothing"
    for duty in grant.duties:
        if duty.when is DutyWhen.PRE and duty.kind.can_still_be_given and not duty.by:
            yield f"clause {grant.clause}: says not who gives the {duty.kind.value}"
    if grant.survival.kind is SurvivalKind.UNTIL and grant.survival.until is None:
        yield f"clause {grant.clause}: says not until when results survive"


def _window(clause: str, start: datetime | None, end: datetime | None) -> Iterator[str]:
    if start is not None and end is not None and end <= start:
        yield f"clause {clause}: ends at {end}, before it starts at {start}"
