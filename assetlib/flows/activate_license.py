"""Sign a license into force, or withdraw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assetlib.approvals.roles import SOLO, Act, is_solo
from assetlib.flows.add_license import read_stored
from assetlib.flows.enroll_person import sign_act
from assetlib.flows.revocation_tasks import revocation_tasks
from assetlib.model.license import LicenseStatus
from assetlib.model.refusals import Conflict
from provenance.digest import canonical_json

if TYPE_CHECKING:
    from assetlib.library import Library


def activate_license(library: Library, license_id: str) -> dict[str, Any]:
    """A rights-admin signs the license's digest. Raises NotFound, Conflict when revoked, ApprovalRefused."""
    with library.catalog.reader() as queries:
        row = queries.license(license_id)
        solo = is_solo(queries.people(), library.clock())
    if row.status == LicenseStatus.ACTIVE.value:
        return _done(license_id, row.status, row.signer or "", ["it was active already; nothing changed"])
    if row.status == LicenseStatus.REVOKED.value:
        raise Conflict(f"{license_id} was revoked; file the words again as a new license")
    statement = sign_act(library, Act.ACTIVATE_LICENSE, license_id, row.digest)
    signature = canonical_json(statement.to_json())
    body = {"license": license_id, "revision": row.revision, "digest": row.digest, "signer": statement.person}
    library.committer.commit(
        "license.activated",
        body,
        lambda write, _: write.set_license_status(
            license_id, LicenseStatus.ACTIVE.value, signature=signature, signer=statement.person
        ),
    )
    warnings = [SOLO] if solo else []
    if read_stored(row).document is None:
        warnings.append("no document is filed with it: an audit will show the words without paper")
    return _done(license_id, LicenseStatus.ACTIVE.value, statement.person, warnings)


def revoke_license(library: Library, license_id: str, *, reason: str) -> dict[str, Any]:
    """Withdraw a license from this moment; shots that rest on it are named. Raises NotFound, ApprovalRefused."""
    with library.catalog.reader() as queries:
        row = queries.license(license_id)
        shots = queries.shots_under(license_id)
    statement = sign_act(library, Act.REVOKE_LICENSE, license_id, row.digest, reason=reason)
    signature = canonical_json(statement.to_json())
    body = {"license": license_id, "revision": row.revision, "signer": statement.person}
    library.committer.commit(
        "license.revoked",
        body,
        lambda write, _: write.set_license_status(
            license_id, LicenseStatus.REVOKED.value, signature=signature, signer=statement.person
        ),
    )
    impact = [f"shot {shot} rests on it: its export is asked again" for shot in shots]
    with library.catalog.reader() as queries:
        tasks = [task for task in revocation_tasks(library, queries) if task.clause == license_id]
    impact += [f"{task.id} {task.kind}: {task.what}" for task in tasks]
    return {**_done(license_id, LicenseStatus.REVOKED.value, statement.person, []), "impact": impact}


def _done(license_id: str, status: str, signer: str, warnings: list[str]) -> dict[str, Any]:
    return {"license": license_id, "status": status, "signed_by": signer, "warnings": warnings}
