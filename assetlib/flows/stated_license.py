"""Rights that incoming files state: proposed, never active, and only for the version they came with.

The next version may be made of other files; what an older readme said is no proof for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assetlib.catalog.refusals import NotFound
from assetlib.documents.license_json import license_to_json
from assetlib.documents.license_statements import Proposal, propose
from assetlib.documents.open_licenses import UnknownOpenLicense, open_license
from assetlib.documents.training_signals import signal_license, signals_in, warnings_of
from assetlib.model.asset import AssetVersion
from assetlib.model.ids import slug
from assetlib.model.license import LicenseStatus, Selector
from assetlib.model.record import LicenseRow
from provenance.digest import canonical_json, digest_bytes

if TYPE_CHECKING:
    from assetlib.library import Library

_LONGEST_CREDIT = 300


def stated_license(
    library: Library, version: AssetVersion, hints: Sequence[tuple[str, str]]
) -> tuple[LicenseRow | None, tuple[str, ...]]:
    """The license to propose for `version` from (source, text) pairs, and what a person has to know about it.

    None when the texts state nothing that can be used: the rights stay unknown, and unknown is denied.
    """
    proposal = propose(hints)
    if proposal.spdx is None:
        return None, proposal.warnings
    license_id = _free_id(library, version)
    try:
        license_ = open_license(
            proposal.spdx,
            license_id=license_id,
            selector=Selector(entities=(version.pinned,)),
            licensor="stated-in-the-files",
            licensee=library.settings["library.name"],
            credit=_credit(proposal, version),
            source="; ".join(dict.fromkeys(statement.source for statement in proposal.statements)),
        )
    except (UnknownOpenLicense, ValueError) as error:
        return None, (*proposal.warnings, f"stated license not proposed: {error}")
    body = canonical_json(license_to_json(license_))
    row = LicenseRow(
        id=license_id, revision=1, status=LicenseStatus.PROPOSED.value, body=body, digest=digest_bytes(body)
    )
    return row, proposal.warnings


def stated_signals(
    library: Library, version: AssetVersion, hints: Sequence[tuple[str, str]]
) -> tuple[LicenseRow | None, tuple[str, ...]]:
    """The prohibition that training signals in the files make for `version`, and what a person has to know of them.

    It holds at once: whoever wrote the signal need not be asked whether it is meant.
    """
    signals = signals_in(hints)
    license_ = signal_license(
        signals,
        license_id=_free_id(library, version, "SIGNAL"),
        selector=Selector(entities=(version.pinned,)),
        licensee=library.settings["library.name"],
    )
    if license_ is None:
        return None, tuple(warnings_of(signals))
    body = canonical_json(license_to_json(license_))
    row = LicenseRow(
        id=license_.id, revision=1, status=LicenseStatus.PROPOSED.value, body=body, digest=digest_bytes(body)
    )
    return row, tuple(warnings_of(signals))


def _free_id(library: Library, version: AssetVersion, what: str = "PROPOSED") -> str:
    """``LIC-PROPOSED-TEAPOT-V001``; with the kind where another asset of that name has taken it."""
    name = version.entity.rsplit("/", 1)[-1]
    plain = f"LIC-{what}-{slug(name)}-{version.version}".upper()
    with library.catalog.reader() as queries:
        try:
            queries.license(plain)
        except NotFound:
            return plain
    return f"LIC-{what}-{version.kind.value}-{slug(name)}-{version.version}".upper()


def _credit(proposal: Proposal, version: AssetVersion) -> str:
    """The words that state the license are the credit line until a person writes a better one."""
    first = proposal.statements[0].text.strip() if proposal.statements else ""
    return f"{version.name}: {first}"[:_LONGEST_CREDIT]
