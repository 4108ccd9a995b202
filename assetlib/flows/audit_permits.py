"""Whether a take came in by the door: under a permit that this library minted, for this shot, from this decision.

A take's bytes and signatures can be in order and its decision proven, and it may still have been put on record by
hand, under a decision about something else. What the door leaves behind cannot be had without going through it: a
permit signed with the permit key, redeemed, bound to the digest of the very request that the take's account names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature

from assetlib.catalog.refusals import NotFound
from assetlib.flows.audit_rights import decision_of
from assetlib.flows.audit_takes import Examined, TakeFiles, account_of
from assetlib.flows.stand_in import STAND_IN_LABEL
from assetlib.model.asset import AssetFile
from assetlib.model.record import StoredDecision, StoredPermit
from assetlib.model.refusals import VerificationFailed
from assetlib.model.shot import Take, TakeStatus
from provenance.decision import Outcome
from provenance.digest import hex_of
from provenance.verdict import OURS

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library


def door_doubts(library: Library, queries: Queries, held: TakeFiles) -> Iterator[str]:
    """A sentence for everything that says this take did not come from the work that its decision allowed."""
    take = held.take
    stored = queries.decision(take.decision)
    decision = decision_of(stored)
    if decision.outcome is not Outcome.ALLOW:
        yield f"it was made under {take.decision}, which says {decision.outcome.value}"
    if decision.question.shot != take.shot:
        yield f"it was made under {take.decision}, which is about {decision.question.shot or 'no shot'}"
    burned_in = held.account.get("parameters", {}).get("burn_in")
    if burned_in == STAND_IN_LABEL and take.status not in (TakeStatus.STAND_IN, TakeStatus.QUARANTINED):
        yield f"it holds a stand-in and is recorded as {take.status.value}"
    made_from = {edge.parent for edge in queries.closure([take.digest])[1] if edge.child == take.digest}
    if made_from != set(decision.closure):
        yield f"it is recorded as made from other versions than {take.decision} decided upon"
    yield from _claim_doubts(held, stored)
    try:
        permit = queries.permit(take.permit)
    except NotFound:
        yield f"no permit {take.permit!r} was issued for it"
        return
    yield from _permit_doubts(library, permit, held, stored)


def demand_doors(library: Library, taken: Iterable[tuple[Take, tuple[AssetFile, ...]]]) -> None:
    """Raise VerificationFailed for a take that came in by no door; what is signed in its files the audit reads."""
    with library.catalog.reader() as queries:
        for take, files in taken:
            held = TakeFiles(take=take, files=files, examined=(), account=account_of(library, files))
            for doubt in door_doubts(library, queries, held):
                raise VerificationFailed(
                    f"{take.shot} {take.code} does not leave: {doubt}; see 'assetlib shot audit {take.shot}'"
                )


def _permit_doubts(library: Library, permit: StoredPermit, held: TakeFiles, stored: StoredDecision) -> Iterator[str]:
    try:
        library.permit_public_key.verify(permit.signature, permit.payload)
    except InvalidSignature:
        yield f"{permit.id} does not carry the signature of the library's permit key"
        return
    said = json.loads(permit.payload)
    if (said["id"], said["decision"], said["decision_digest"]) != (held.take.permit, stored.id, stored.digest):
        yield f"{permit.id} was issued under {said['decision']}, not under {stored.id}"
    if permit.redeemed_at is None:
        yield f"{permit.id} was never used"
    signed = {_claim(one).get("params_sha256") for one in held.examined if one.reading.active_manifest is not None}
    accounts = (held.account.get("permit"), held.account.get("request"))
    if accounts != (permit.id, said["request"]) or signed - {hex_of(said["request"])}:
        yield f"{permit.id} was issued for other work than this take's signed claim and account tell of"


def _claim_doubts(held: TakeFiles, stored: StoredDecision) -> Iterator[str]:
    """The signed generation claim of every file names the decision that the record names."""
    expected = {"id": stored.id, "sha256": hex_of(stored.digest)}
    for one in held.examined:
        if one.reading.active_manifest is None:
            continue  # said already: it has no signature to speak for it
        decision = _claim(one).get("decision")
        named = {name: decision.get(name) for name in expected} if isinstance(decision, dict) else {}
        if named != expected:
            yield f"{one.shown} is signed under {named.get('id', 'no decision')}, not under {stored.id}"


def _claim(one: Examined) -> dict[str, Any]:
    """What the signed file says of its generation; empty when it says nothing."""
    manifest = one.reading.active_manifest
    claimed: Any = None if manifest is None else manifest.data_of(f"{OURS}generation")
    return claimed if isinstance(claimed, dict) else {}
