"""Permits: minted from a recorded allow-decision and nothing else, for exact bytes, for sixty seconds.

A pass made after the decision gets in only if everything it was made from was decided upon. The flow redeems
the permit once, before the work starts; whoever opens a door checks it with the public key alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance.decision import Decision, DecisionKind, Outcome, Permit, PermitRefused, instant
from provenance.digest import Digest

LIFETIME = timedelta(seconds=60)
FRESH = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """A decision and its place in the ledger after COMMIT: its id, the digest recorded there, the checkpoint."""

    id: str
    decision: Decision
    recorded: Digest
    checkpoint: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearedFile:
    """A file the work may read, and the asset versions it was made from: a reference its own, a pass all it shows."""

    digest: Digest
    lineage: tuple[Digest, ...]


def mint(
    recorded: RecordedDecision,
    files: Iterable[ClearedFile],
    key: Ed25519PrivateKey,
    *,
    key_id: str,
    permit_id: str,
    generator: str,
    request: Digest,
    actor: str,
    nonce: str,
    now: datetime,
) -> Permit:
    """A signed permit for `files` and `request`; raises PermitRefused unless the decision carries every one of them."""
    _check_decision(recorded, now)
    held = tuple(files)
    _check_lineage(recorded, held)
    permit = Permit(
        id=permit_id,
        decision=recorded.id,
        decision_digest=recorded.recorded,
        recipient=recorded.decision.question.recipient,
        generator=generator,
        request=request,
        digests=tuple(sorted({file.digest for file in held})),
        actor=actor,
        issued_at=now,
        expires_at=now + LIFETIME,
        nonce=nonce,
        checkpoint=recorded.checkpoint,
        key_id=key_id,
    )
    return replace(permit, signature=key.sign(permit.payload()))


def _check_decision(recorded: RecordedDecision, now: datetime) -> None:
    decision = recorded.decision
    if decision.kind is not DecisionKind.DECIDE:
        raise PermitRefused(f"{recorded.id} ratifies {decision.ratifies}; ask again, a ratification opens no door")
    if decision.outcome is not Outcome.ALLOW or decision.findings:
        raise PermitRefused(f"{recorded.id} is {decision.outcome.value}; only an allow-decision opens a door")
    if decision.digest() != recorded.recorded:
        raise PermitRefused(f"{recorded.id}: the decision is not the one that was recorded; ask again")
    if not decision.decided_at <= now < decision.decided_at + FRESH:
        raise PermitRefused(
            f"{recorded.id} was decided at {instant(decision.decided_at)}, now is {instant(now)}; ask again"
        )


def _check_lineage(recorded: RecordedDecision, files: tuple[ClearedFile, ...]) -> None:
    subjects = frozenset(recorded.decision.closure)
    for file in files:
        if not file.lineage:
            raise PermitRefused(f"nobody can say what {file.digest} was made from")
        if undecided := sorted(set(file.lineage) - subjects):
            raise PermitRefused(
                f"{file.digest} was made from {', '.join(undecided)}, which {recorded.id} did not decide upon; "
                "ask again with these references"
            )
