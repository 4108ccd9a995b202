"""The export door: what every way out of the library for asset bytes has in common.

Order: the decision is on record before the first byte is staged; then stage inside the library → permit over the
outgoing digests → redeem and hash again → signed receipt → rights asked again and the export on record as leaving →
move into the target in one rename → on record as left. A process that dies on the way leaves nothing in the target,
or a whole delivery that is on record; `leaving` settles which.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import RevisionMoved
from assetlib.flows.ask import Recorded
from assetlib.flows.ask_again import ask_again
from assetlib.flows.leaving import RECEIPT, leave, sync_tree
from assetlib.flows.leaving import staged as staged  # a way out needs this module and no other
from assetlib.flows.time_stamps import (
    EXPORT,
    Stamp,
    TimeAuthority,
    ask_for_stamp,
    queue_stamp,
    record_stamps,
    stamp_ledger,
    time_authority,
)
from assetlib.model.asset import AssetVersion
from assetlib.model.record import Departure, Export
from assetlib.model.refusals import Conflict, Unavailable
from assetlib.protection.carriers import delivery_files
from assetlib.rights.permits import ClearedFile, mint
from provenance.claims import signed_document
from provenance.credentials import sign_detached
from provenance.decision import PERPETUAL, Permit, check_permit, instant
from provenance.digest import Digest, canonical_json, digest_bytes, digest_file, hex_of

if TYPE_CHECKING:
    from assetlib.library import Library

SNAPSHOT = "rights.json"
_ABOUT_THE_REST = (RECEIPT, f"{RECEIPT}.c2pa", f"{RECEIPT}.tsr")
_TRIES = 4
_DOOR = "assetlib.export"
_STATEMENT, _PREDICATE = "https://in-toto.io/Statement/v1", "urn:assetlib:export-receipt:v1"
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is about to leave. `lineage` says for each staged path which versions it was made from; what it does not
    name (carriers, timelines) counts as made from everything decided upon. `single` names the one file of a parcel
    that is no folder."""

    export: str
    recorded: Recorded
    stage: Path
    lineage: Mapping[str, tuple[Digest, ...]]
    carriers: tuple[str, ...]
    shots: tuple[str, ...] = ()
    single: str | None = None

    @property
    def policy_question(self) -> Digest:
        """What the permit is bound to besides bytes and recipient: this export and no other."""
        return digest_bytes(canonical_json({"export": self.export, "decision": self.recorded.digest}))


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What left: the export's id and every path in the target; and what was not as it should be."""

    export: str
    files: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def refuse_occupied(target: Path, *, folder: bool = True) -> None:
    """Raise Conflict unless nothing would be overwritten at `target`; an empty folder may take a folder."""
    if target.is_symlink() or (target.exists() and not (folder and target.is_dir() and not any(target.iterdir()))):
        expected = "an empty or absent folder" if folder else "no file yet"
        raise Conflict(f"expected {expected} at {target}, found something; choose another place")


def next_export_id(library: Library) -> str:
    with library.catalog.operations(library.clock()) as operations:
        return operations.next_id("EX")


def write_carriers(library: Library, stage: Path) -> tuple[str, ...]:
    """The files that reserve a whole folder against mining; returns the carriers' names for the receipt."""
    for name, data in delivery_files(library.settings["rights.policy_url"]).items():
        target = stage / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return "tdmrep", "robots"


def write_snapshot(library: Library, recorded: Recorded, stage: Path) -> None:
    """The rights as they stood when this left: dated, with the words relied on, signed beside."""
    ids = sorted({grant.partition("#")[0] for grant in recorded.decision.cited})
    with library.catalog.reader() as queries:
        licenses = [queries.license(license_id) for license_id in ids]
    document = {
        "schema": 1,
        "as_of": instant(library.clock()),
        "decision": recorded.to_json(),
        "licenses": [
            {
                "license": row.id,
                "revision": row.revision,
                "status": row.status,
                "sha256": hex_of(row.digest),
                "document_sha256": None if row.document is None else hex_of(row.document),
                "activated_by": row.signer,
            }
            for row in licenses
        ],
    }
    path = stage / SNAPSHOT
    path.write_bytes(canonical_json(document))
    _sign_beside(library, recorded, path)


def hand_over(library: Library, parcel: Parcel, target: Path) -> HandedOver:
    """Permit, check, receipt, stamp, ask again and record, move, record. Raises Denied, PermitRefused,
    VerificationFailed, Conflict, and Unavailable where a final export gets no time stamp; then nothing is at `target`.
    """
    authority = time_authority(library)
    library.demand_record(afresh=True)
    digests = _digests(parcel.stage)
    permit = _permit(library, parcel, digests)
    with library.catalog.operations(library.clock()) as operations:
        operations.redeem_permit(permit.id)
    check_permit(
        permit,
        library.permit_public_key,
        now=library.clock(),
        recipient=parcel.recorded.decision.question.recipient,
        generator=_DOOR,
        request=parcel.policy_question,
        digests=_digests(parcel.stage).values(),
    )
    body, manifest = _receipt(library, parcel, permit, digests)
    stamps, missing = _stamped(authority, parcel, manifest)
    names = [name for name in _ABOUT_THE_REST if (parcel.stage / name).is_file()] if parcel.single is None else []
    parcel.stage.chmod(0o755)
    sync_tree(parcel.stage)
    leave(library, _begin(library, parcel, body, target, stamps))
    warnings = (queue_stamp(library, EXPORT, parcel.export, missing),) if missing else stamp_ledger(library)
    return HandedOver(export=parcel.export, files=tuple(sorted((*digests, *names))), warnings=warnings)


def _stamped(authority: TimeAuthority | None, parcel: Parcel, manifest: bytes) -> tuple[list[Stamp], str]:
    """The stamp over the signed receipt, put beside it, or why there is none; only a view may leave without."""
    if authority is None:
        return [], ""
    try:
        stamp = ask_for_stamp(authority, EXPORT, parcel.export, manifest)
    except Unavailable as error:
        if set(parcel.recorded.decision.question.actions) - {"view"}:
            raise Unavailable(f"{error}; nothing was handed over, since a final export carries a time stamp") from error
        return [], str(error)
    (parcel.stage / f"{RECEIPT}.tsr").write_bytes(stamp.token)
    return [stamp], ""


def demand_still(library: Library, recorded: Recorded) -> int:
    """Ask again, last of all, so that as little as possible can happen in between; a new answer is recorded.

    Returns the revision of rights at which the answer holds. Raises Denied.
    """
    again = ask_again(library, recorded)
    again.demand()
    return again.revision


def _digests(stage: Path) -> dict[str, Digest]:
    """Path → digest of everything staged, apart from the receipt, which is about these."""
    return {
        path.relative_to(stage).as_posix(): digest_file(path)
        for path in sorted(stage.rglob("*"))
        if path.is_file() and path.relative_to(stage).as_posix() not in _ABOUT_THE_REST
    }


def _permit(library: Library, parcel: Parcel, digests: Mapping[str, Digest]) -> Permit:
    everything = parcel.recorded.decision.closure
    files = [ClearedFile(digest=d, lineage=parcel.lineage.get(name, everything)) for name, d in digests.items()]
    now = library.clock()
    with library.catalog.operations(now) as operations:
        permit = mint(
            parcel.recorded.for_permit(),
            files,
            library.permit_key,
            key_id=library.permit_key_id,
            permit_id=operations.next_id("P"),
            generator=_DOOR,
            request=parcel.policy_question,
            actor=parcel.recorded.decision.question.requester,
            nonce=secrets.token_hex(16),
            now=now,
        )
        operations.issue_permit(permit)
    return permit


def _receipt(library: Library, parcel: Parcel, permit: Permit, digests: Mapping[str, Digest]) -> tuple[bytes, bytes]:
    """Write and sign the receipt among the staged files; what the ledger keeps (statement and signature), and that
    signature's manifest."""
    with library.catalog.reader() as queries:
        versions = queries.by_digest(parcel.recorded.decision.closure)
    statement = _statement(library, parcel, permit, digests, versions)
    path = parcel.stage / RECEIPT
    path.write_bytes(canonical_json(statement))
    manifest = _sign_beside(library, parcel.recorded, path)
    return canonical_json({"statement": statement, "manifest": base64.b64encode(manifest).decode()}), manifest


def _statement(
    library: Library,
    parcel: Parcel,
    permit: Permit,
    digests: Mapping[str, Digest],
    versions: Sequence[AssetVersion],
) -> dict[str, Any]:
    decision = parcel.recorded.decision
    question = decision.question
    return {
        "_type": _STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": hex_of(digest)}} for name, digest in sorted(digests.items())],
        "predicateType": _PREDICATE,
        "predicate": {
            "export": parcel.export,
            "decision": parcel.recorded.id,
            "permit": permit.id,
            "action": list(question.actions),
            "purpose": question.purpose,
            "recipient": question.recipient,
            "license": sorted({grant.partition("#")[0] for grant in decision.cited}),
            "expires": PERPETUAL if question.exploit_until is None else instant(question.exploit_until),
            "source": [{"entity": v.entity, "version": v.version, "sha256": hex_of(v.digest)} for v in versions],
            "shots": list(parcel.shots),
            "carriers": list(parcel.carriers),
            "sent_at": instant(library.clock()),
        },
    }


def _sign_beside(library: Library, recorded: Recorded, path: Path) -> bytes:
    claim = signed_document(
        document=recorded.id, digest=digest_file(path), policy=library.settings["rights.policy_url"]
    )
    manifest = sign_detached(path, _JSON, claim, signer=library.signer, trust=library.trust)
    path.with_name(f"{path.name}.c2pa").write_bytes(manifest)
    return manifest


def _begin(library: Library, parcel: Parcel, body: bytes, target: Path, stamps: Sequence[Stamp]) -> Departure:
    """Put the export on record as leaving, under rights that hold in the very moment of the entry. Raises Denied."""
    departure = _departure(library, parcel, body, target)
    entry = {
        "export": parcel.export,
        "decision": parcel.recorded.id,
        "recipient": departure.export.recipient,
        "permit": json.loads(body)["statement"]["predicate"]["permit"],
        "receipt": departure.export.digest,
    }

    def write(writer: Any, index: int) -> None:
        writer.begin_export(departure)
        record_stamps(writer, stamps, index)

    for _ in range(_TRIES):
        revision = demand_still(library, parcel.recorded)
        with suppress(RevisionMoved):
            library.committer.commit("export", entry, write, expected_revision=revision)
            return departure
    raise Conflict("rights change faster than this can leave; nothing left, try again")


def _departure(library: Library, parcel: Parcel, body: bytes, target: Path) -> Departure:
    question = parcel.recorded.decision.question
    export = Export(
        id=parcel.export,
        decision=parcel.recorded.id,
        recipient=question.recipient,
        purpose=question.purpose,
        body=body,
        digest=digest_bytes(body),
    )
    source = parcel.stage if parcel.single is None else parcel.stage / parcel.single
    stage = source.relative_to(library.staging).as_posix()
    return Departure(export=export, stage=stage, target=str(target.absolute()))
