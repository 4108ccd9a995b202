"""A license file in YAML, read strictly: every mistake at once, each with its line (see `strict_file`).

Contract dates mean whole days: "until 28 February" ends when that day ends in the file's zone;
`explain_license` prints the instant for sign-off.

    license = read_license(path.read_bytes(), document=pdf_bytes)
"""

from __future__ import annotations

from typing import Any

from assetlib.documents.license_form import LicenseForm
from assetlib.documents.license_value import license_of
from assetlib.documents.strict_file import (
    FileRefused,
    Lines,
    Problem,
    digest_problem,
    dotted,
    line_at,
    parse_strictly,
    read_form,
    zone_problems,
)
from assetlib.model.license import License


class LicenseFileRefused(FileRefused):
    """A license file with mistakes; `problems` lists all of them in the order of the file."""


def read_license(data: bytes, *, document: bytes | None = None) -> License:
    """The license in a YAML file; `document` is the signed document it names. Raises LicenseFileRefused."""
    try:
        content, lines = _parse(data)
        form = read_form(LicenseForm, content, lines)
    except FileRefused as error:
        raise LicenseFileRefused(error.problems) from error
    problems = zone_problems(content, lines) + _document(form, document, lines) + _sense(form, lines)
    if problems:
        raise LicenseFileRefused(problems)
    return license_of(form)


def document_name(data: bytes) -> str | None:
    """The file name of the signed document that a license file names, so that a caller can find it; None if none."""
    try:
        content, _ = _parse(data)
    except FileRefused as error:
        raise LicenseFileRefused(error.problems) from error
    document = content.get("document")
    name = document.get("file") if isinstance(document, dict) else None
    return name if isinstance(name, str) else None


def _parse(data: bytes) -> tuple[dict[str, Any], Lines]:
    return parse_strictly(data, first_line="assetlib_license: 1")


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


def _document(form: LicenseForm, document: bytes | None, lines: Lines) -> list[Problem]:
    line = lines.get(("document",), 0)
    if form.document is None:
        if not form.kind.has_document:
            return []
        message = f"a {form.kind.value} needs the signed document with its sha256"
        return [Problem(line=line, where="document", message=message)]
    if document is None:
        return [Problem(line=line, where="document", message=f"the file {form.document.file!r} was not found")]
    if mismatch := digest_problem(document, form.document.sha256):
        message = f"{form.document.file!r} {mismatch}; file the document that was signed"
        return [Problem(line=lines.get(("document", "sha256"), line), where="document.sha256", message=message)]
    return []


def _sense(form: LicenseForm, lines: Lines) -> list[Problem]:
    """Mistakes that no single key shows."""
    from assetlib.documents.license_sense import nonsense

    return [Problem(line=line_at(place, lines), where=dotted(place), message=told) for place, told in nonsense(form)]
