"""Questions, decisions and permits: the values that open or close every door.

A `Decision` is the recorded answer to one `Question`. A `Permit` follows from a recorded
allow-decision, is signed with the permit key, names the recipient and the digest of every
file, and bounds the start of the work to 60 seconds. Whoever holds the public key can check
it; only `assetlib.rights.permits` mints one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from provenance.digest import Digest, canonical_json, digest_bytes

PERPETUAL: Literal["perpetual"] = "perpetual"


class Outcome(StrEnum):
    """The three answers, worst last in `rank`."""

    ALLOW = "allow"
    NEEDS_APPROVAL = "needs_approval"
    DENY = "deny"

    @property
    def rank(self) -> int:
        return (Outcome.ALLOW, Outcome.NEEDS_APPROVAL, Outcome.DENY).index(self)


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC with a trailing Z; refuses naive times, which have lost their zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """The aware UTC time written by `instant`; raises ValueError for a time without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {text!r}")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody wants to do, with which exact asset versions, for whom, where and until when.

    `references` are entity URIs pinned by digest (``assetlib:///characters/rhea?version=sha256:…``).
    `exploit_until` None means in perpetuity. `now` is the moment asked about, an argument and never
    read from a clock here. `seconds` is how long the work is, for limits that count seconds; `prompt` is the
    digest of the words that steer a model.
    """

    actions: tuple[str, ...]
    purpose: str
    production: str
    territories: tuple[str, ...]
    media: tuple[str, ...]
    recipient: str
    references: tuple[str, ...]
    requester: str
    now: datetime
    exploit_until: datetime | None = None
    scenes: tuple[str, ...] = ()
    content: tuple[tuple[str, str], ...] = ()
    shot: str | None = None
    model: str | None = None
    subprocessors: tuple[str, ...] = ()
    seconds: int | None = None
    prompt: Digest | None = None

    def to_json(self) -> dict[str, Any]:
        said = {name: value for name in ("seconds", "prompt") if (value := getattr(self, name)) is not None}
        return {
            **said,
            "actions": list(self.actions),
            "purpose": self.purpose,
            "production": self.production,
            "territories": list(self.territories),
            "media": list(self.media),
            "recipient": self.recipient,
            "exploit_until": PERPETUAL if self.exploit_until is None else instant(self.exploit_until),
            "scenes": list(self.scenes),
            "content": dict(self.content),
            "requester": self.requester,
            "references": list(self.references),
            "shot": self.shot,
            "model": self.model,
            "subprocessors": list(self.subprocessors),
            "now": instant(self.now),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Question:
        until = document["exploit_until"]
        return cls(
            actions=tuple(document["actions"]),
            purpose=document["purpose"],
            production=document["production"],
            territories=tuple(document["territories"]),
            media=tuple(document["media"]),
            recipient=document["recipient"],
            references=tuple(document["references"]),
            requester=document["requester"],
            now=parse_instant(document["now"]),
            exploit_until=None if until == PERPETUAL else parse_instant(until),
            scenes=tuple(document["scenes"]),
            content=tuple(sorted(document["content"].items())),
            shot=document.get("shot"),
            model=document.get("model"),
            subprocessors=tuple(document.get("subprocessors", ())),
            seconds=document.get("seconds"),
            prompt=Digest(document["prompt"]) if "prompt" in document else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason of a decision: which rule, about what, under which words, in a sentence."""

    code: str
    outcome: Outcome
    sentence: str
    asset: str | None = None
    facet: str | None = None
    action: str | None = None
    atom: tuple[tuple[str, str], ...] = ()
    license: str | None = None
    clause: str | None = None
    document: str | None = None
    nearest: tuple[NearestGrant, ...] = ()

    def to_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {"code": self.code, "outcome": self.outcome.value, "sentence": self.sentence}
        for name in ("asset", "facet", "action", "license", "clause", "document"):
            value = getattr(self, name)
            if value is not None:
                document[name] = value
        if self.atom:
            document["atom"] = dict(self.atom)
        if self.nearest:
            document["nearest"] = [{"grant": n.grant, "missing": list(n.missing)} for n in self.nearest]
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Finding:
        named = {name: document.get(name) for name in ("asset", "facet", "action", "license", "clause", "document")}
        nearest = (NearestGrant(grant=n["grant"], missing=tuple(n["missing"])) for n in document.get("nearest", ()))
        return cls(
            code=document["code"],
            outcome=Outcome(document["outcome"]),
            sentence=document["sentence"],
            atom=tuple(document.get("atom", {}).items()),
            nearest=tuple(nearest),
            **named,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestGrant:
    """A grant that almost covers, and the dimensions in which it does not."""

    grant: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What is owed because of a use: from which clause, by whom, and by when, as a moment or in words."""

    kind: str
    what: str
    clause: str = ""
    by: str = ""
    due: str = ""

    def to_json(self) -> dict[str, Any]:
        document = {"kind": self.kind, "what": self.what}
        return document | {name: v for name in ("clause", "by", "due") if (v := getattr(self, name))}


class DecisionKind(StrEnum):
    """A question answered, or counsel's later word on an answer that stands as it was."""

    DECIDE = "decide"
    RATIFY = "ratify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to one question, with every finding and everything it rests on.

    `envelope` lists what all inputs together allow, also beyond what was asked; it informs and is
    never itself the authority. The id (``D-000912``) is the ledger index and is given by the ledger.
    `overrides` are the counsel overrides among `cited`: without them the answer would be another. A `RATIFY`
    decision names the older one it `ratifies` and opens no door.
    """

    outcome: Outcome
    question: Question
    evaluator: str
    world_digest: Digest
    decided_at: datetime
    findings: tuple[Finding, ...] = ()
    repairs: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    owed: tuple[Obligation, ...] = ()
    envelope: tuple[tuple[str, str], ...] | None = None
    added_actions: tuple[tuple[str, str], ...] = ()
    closure: tuple[Digest, ...] = ()
    facet_count: int = 0
    rulepacks: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    kind: DecisionKind = DecisionKind.DECIDE
    ratifies: str = ""
    ratified_by: str = ""

    @property
    def obligations(self) -> tuple[tuple[str, str], ...]:
        """What is owed, as (kind, what)."""
        return tuple((one.kind, one.what) for one in self.owed)

    def to_json(self) -> dict[str, Any]:
        later = {"kind": self.kind.value, "ratifies": self.ratifies, "ratified_by": self.ratified_by}
        return {
            **({} if self.kind is DecisionKind.DECIDE else later),
            **({"overrides": list(self.overrides)} if self.overrides else {}),
            "decision": self.outcome.value,
            "evaluator": self.evaluator,
            "rulepacks": list(self.rulepacks),
            "unconfirmed": list(self.unconfirmed),
            "decided_at": instant(self.decided_at),
            "world_digest": self.world_digest,
            "question": self.question.to_json(),
            "added_actions": [{"action": a, "because": why} for a, why in self.added_actions],
            "closure": {"assets": len(self.closure), "facets": self.facet_count, "digests": list(self.closure)},
            "findings": [finding.to_json() for finding in self.findings],
            "repairs": list(self.repairs),
            "cited": list(self.cited),
            "obligations": [one.to_json() for one in self.owed],
            "envelope": None if self.envelope is None else dict(self.envelope),
        }

    def digest(self) -> Digest:
        return digest_bytes(canonical_json(self.to_json()))

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Decision:
        """The decision that `to_json` wrote; raises KeyError, TypeError or ValueError for anything else."""
        closure = document["closure"]
        envelope = document["envelope"]
        return cls(
            outcome=Outcome(document["decision"]),
            question=Question.from_json(document["question"]),
            evaluator=document["evaluator"],
            world_digest=Digest(document["world_digest"]),
            decided_at=parse_instant(document["decided_at"]),
            findings=tuple(Finding.from_json(finding) for finding in document["findings"]),
            repairs=tuple(document["repairs"]),
            cited=tuple(document["cited"]),
            owed=tuple(Obligation(**one) for one in document["obligations"]),
            envelope=None if envelope is None else tuple(envelope.items()),
            added_actions=tuple((a["action"], a["because"]) for a in document["added_actions"]),
            closure=tuple(Digest(digest) for digest in closure["digests"]),
            facet_count=closure["facets"],
            rulepacks=tuple(document["rulepacks"]),
            unconfirmed=tuple(document["unconfirmed"]),
            overrides=tuple(document.get("overrides", ())),
            kind=DecisionKind(document.get("kind", DecisionKind.DECIDE)),
            ratifies=document.get("ratifies", ""),
            ratified_by=document.get("ratified_by", ""),
        )


def decision_id(ledger_index: int) -> str:
    """``D-000912``: a decision's name is its place in the ledger."""
    return f"D-{ledger_index:06d}"


class PermitRefused(Exception):
    """A door stayed closed: the permit does not cover what was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Leave to start one piece of work with exactly these bytes, for this recipient, once.

    `digests` are sorted. `request` binds the digest of the work's parameters, so that a permit
    cannot be moved to another prompt, seed or shot.
    """

    id: str
    decision: str
    decision_digest: Digest
    recipient: str
    generator: str
    request: Digest
    digests: tuple[Digest, ...]
    actor: str
    issued_at: datetime
    expires_at: datetime
    nonce: str
    checkpoint: Digest
    key_id: str
    signature: bytes = field(default=b"", repr=False)

    def payload(self) -> bytes:
        """The canonical bytes that the permit key signs."""
        return canonical_json(
            {
                "type": "assetlib.permit.v1",
                "id": self.id,
                "decision": self.decision,
                "decision_digest": self.decision_digest,
                "recipient": self.recipient,
                "generator": self.generator,
                "request": self.request,
                "digests": list(self.digests),
                "actor": self.actor,
                "issued_at": instant(self.issued_at),
                "expires_at": instant(self.expires_at),
                "nonce": self.nonce,
                "checkpoint": self.checkpoint,
                "key_id": self.key_id,
            }
        )


def check_permit(
    permit: Permit,
    public_key: Ed25519PublicKey,
    *,
    now: datetime,
    recipient: str,
    generator: str,
    request: Digest,
    digests: Iterable[Digest],
) -> None:
    """Raise PermitRefused unless `permit` is genuine, current and covers recipient, request and every digest."""
    try:
        public_key.verify(permit.signature, permit.payload())
    except InvalidSignature:
        raise PermitRefused(f"permit {permit.id}: the signature is not the library's permit key's") from None
    if not permit.issued_at <= now < permit.expires_at:
        raise PermitRefused(
            f"permit {permit.id}: valid from {instant(permit.issued_at)} until {instant(permit.expires_at)}, "
            f"asked at {instant(now)}; ask again"
        )
    for name, expected, found in (
        ("recipient", permit.recipient, recipient),
        ("generator", permit.generator, generator),
        ("request", permit.request, request),
    ):
        if expected != found:
            raise PermitRefused(f"permit {permit.id}: expected {name} {expected!r}, found {found!r}")
    unnamed = sorted(set(digests) - set(permit.digests))
    if unnamed:
        raise PermitRefused(f"permit {permit.id}: does not name {', '.join(unnamed)}")
