"""A license as one self-contained page to read, print and sign: no script, no request, every value escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from assetlib.audit.page import finalize
from assetlib.documents.explain_license import Paragraph, paragraphs_of
from assetlib.documents.license_file import warnings_of
from assetlib.model.license import License

if TYPE_CHECKING:
    from jinja2 import Template

_STANDING = {
    "active": "In force: signed by a rights-admin.",
    "revoked": "Revoked: nothing may rest on it.",
    "draft": "A draft: it allows nothing until a rights-admin activates it.",
    "proposed": "Proposed from what stands in the files: it allows nothing until a rights-admin activates it.",
}


def license_page(license_: License, shown: Mapping[str, Any], revisions: Sequence[Mapping[str, Any]]) -> str:
    """HTML for `license_`; `shown` says its revision, status, digest, document and signer."""
    opening, *clauses, closing = paragraphs_of(license_)
    return _template().render(
        title=f"{license_.id}: {license_.kind.value.replace('_', ' ')}",
        shown=shown,
        standing=_STANDING.get(str(shown["status"]), str(shown["status"])),
        opening=opening,
        clauses=[(_kind_of(paragraph, license_), paragraph) for paragraph in clauses],
        closing=closing,
        warnings=warnings_of(license_),
        revisions=revisions,
    )


def _kind_of(paragraph: Paragraph, license_: License) -> str:
    """permits or prohibits, for the color of the edge; anything else is neither."""
    clause = paragraph.heading.removeprefix("Clause ")
    if any(grant.clause == clause for grant in license_.grants):
        return "permits"
    return "prohibits" if any(ban.clause == clause for ban in license_.prohibitions) else ""


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("assetlib.audit"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    return environment.get_template("license.html")
