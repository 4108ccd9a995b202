"""A license file of any form, with its signed paper: YAML as a librarian writes it, or ODRL as another system does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetlib.documents.explain_license import explain_license
from assetlib.documents.license_checks import faults_of
from assetlib.documents.license_file import (
    MAX_BYTES,
    LicenseFileRefused,
    Problem,
    document_name,
    read_license,
    warnings_of,
)
from assetlib.flows.given_files import LARGEST_PAPER, read_given
from assetlib.model.license import License
from assetlib.model.refusals import BadInput

_LARGEST_ODRL = 1 << 20
ODRL_FORMATS = {".jsonld": "json-ld", ".ttl": "turtle"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseFile:
    """What was read: the license, and the paper it rests on as (path, bytes)."""

    license: License
    paper: tuple[Path, bytes] | None


def read_license_file(path: Path, document: Path | None = None) -> LicenseFile:
    """Raises BadInput with every mistake in the file; `document` replaces the paper that the file names."""
    try:
        return _read(path, document)
    except LicenseFileRefused as error:
        raise BadInput(f"{path.name} is not filed:\n{error}") from error


def validate_files(paths: tuple[Path, ...], document: Path | None = None) -> list[dict[str, Any]]:
    """Per file all mistakes with their lines, warnings, and the license in English; nothing is filed."""
    return [_validated(path, document) for path in paths]


def _validated(path: Path, document: Path | None) -> dict[str, Any]:
    result: dict[str, Any] = {"file": str(path), "license": None, "valid": False, "problems": [], "warnings": []}
    try:
        license_ = _read(path, document).license
    except LicenseFileRefused as error:
        problems = [{"line": p.line, "where": p.where, "message": p.message} for p in error.problems]
        return {**result, "problems": problems}
    except BadInput as error:
        return {**result, "problems": [{"line": 0, "where": "", "message": str(error)}]}
    return {
        **result,
        "license": license_.id,
        "valid": True,
        "warnings": list(warnings_of(license_)),
        "english": explain_license(license_),
    }


def _read(path: Path, document: Path | None) -> LicenseFile:
    format_ = ODRL_FORMATS.get(path.suffix.lower())
    data = read_given(path, MAX_BYTES if format_ is None else _LARGEST_ODRL)
    license_ = None if format_ is None else _from_odrl(data, format_)
    named = document_name(data) if license_ is None else license_.document and license_.document.file
    paper = document or _beside(path, named or None)
    content = None if paper is None else read_given(paper, LARGEST_PAPER)
    if license_ is None:
        license_ = read_license(data, document=content)
    else:
        _refuse([*faults_of(license_, content)])
    return LicenseFile(license=license_, paper=None if paper is None or content is None else (paper, content))


def _from_odrl(data: bytes, format_: str) -> License:
    from assetlib.rights.odrl import OdrlRefused, read_odrl

    try:
        return read_odrl(data, format_)
    except OdrlRefused as error:
        _refuse(list(error.reasons))
        raise


def _refuse(reasons: list[str]) -> None:
    if reasons:
        raise LicenseFileRefused([Problem(line=0, where="", message=reason) for reason in reasons])


def _beside(path: Path, named: str | None) -> Path | None:
    """The named paper where it lies in the folder of the file; a name never leads out of it."""
    if not named or "/" in named or "\\" in named:
        return None
    try:
        return path.parent / named if (path.parent / named).exists() else None
    except (OSError, ValueError):  # no name that this file system can hold
        return None
