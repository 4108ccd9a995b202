"""The audit as data: what a lawyer asks of a shot or a cut, answered before it is drawn.

A bad shot is an answer, not an exception. The verdict is the worst of all findings: *clear* when every
step holds, *blocked* when any fails. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class AuditVerdict(StrEnum):
    CLEAR = "clear"
    OPEN = "open"
    BLOCKED = "blocked"

    @property
    def rank(self) -> int:
        return (AuditVerdict.CLEAR, AuditVerdict.OPEN, AuditVerdict.BLOCKED).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedGrant:
    """One clause that was relied on, with the paper behind it.

    `start`, `until` and `exploit_until` are instants, '' where the clause sets none; the windows are half-open. Their
    words (`made_from`, `made_until`, `shown_until`) are days as the contract counts them, in its own `timezone`.
    """

    id: str
    license: str
    clause: str
    kind: str
    licensor: str
    facet: str
    start: str
    until: str
    exploit_until: str
    document: str
    document_name: str
    status: str
    signed_by: str
    timezone: str = "UTC"
    made_from: str = ""
    made_until: str = ""
    shown_until: str = ""
    document_state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedReference:
    """An asset version in the closure of a shot, how its bytes and signature stand, and what allows its use."""

    entity: str
    name: str
    kind: str
    version: str
    digest: str
    facets: tuple[str, ...]
    integrity: str
    sentence: str
    grants: tuple[CitedGrant, ...]
    thumbnail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedFile:
    """One media file of a take and the verdict of the pass rule over it."""

    name: str
    digest: str
    verdict: str
    findings: tuple[str, ...]
    signer: str
    ingredients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedTake:
    """A take, its files and what a third party's time stamp says about its signed inventory ('' without one)."""

    code: str
    digest: str
    status: str
    generator: str
    source_type: str
    isolation: str
    seed: str
    decision: str
    permit: str
    made_at: str
    made_by: str
    files: tuple[AuditedFile, ...]
    image: str = ""
    model: str = ""
    stamped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedDecision:
    """A stored decision, found again in the ledger and decided again from the record."""

    id: str
    outcome: str
    asked: str
    decided_at: str
    requester: str
    in_ledger: bool
    replay_equal: bool
    sentences: tuple[str, ...]
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotAudit:
    """`standing` is the code of the take that stands for the shot: the picked one, else the last that may be shown."""

    shot: str
    sequence: str
    frames: str
    verdict: AuditVerdict
    sentence: str
    open_items: tuple[str, ...]
    takes: tuple[AuditedTake, ...]
    references: tuple[AuditedReference, ...]
    decisions: tuple[AuditedDecision, ...]
    obligations: tuple[tuple[str, str], ...]
    envelope: tuple[tuple[str, str], ...]
    standing: str = ""

    @property
    def standing_take(self) -> AuditedTake | None:
        return next((take for take in self.takes if take.code == self.standing), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStanding:
    size: int
    root: str
    verdict: str
    findings: tuple[str, ...]
    stamped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """One shot or a whole cut. `notices` belong on page 1: solo mode, development authority, unconfirmed rules."""

    title: str
    production: str
    use: str
    as_of: str
    verdict: AuditVerdict
    sentence: str
    notices: tuple[str, ...]
    ledger: LedgerStanding
    shots: tuple[ShotAudit, ...]
    exports: tuple[tuple[str, ...], ...]
    evaluator: str
    rulepacks: tuple[str, ...]
    exploit_until: str = ""
    limits: tuple[str, ...] = ()

    @property
    def digests(self) -> tuple[tuple[str, str], ...]:
        """(name, digest) of every asset and of every signed file of every take, each once."""
        named: dict[str, str] = {}
        for shot in self.shots:
            named |= {one.digest: f"{one.kind} {one.name} {one.version}" for one in shot.references}
            for take in shot.takes:
                named |= {file.digest: f"{shot.shot} {take.code}, {file.name}" for file in take.files}
        return tuple((name, digest) for digest, name in named.items())

    def to_json(self) -> dict[str, Any]:
        """``{"verdict", "sentence", "sections": {...}}``; the section names are stable within schema 1."""
        document = asdict(self)
        return {
            "verdict": self.verdict.value,
            "sentence": self.sentence,
            "title": self.title,
            "as_of": self.as_of,
            "sections": {
                "notices": document["notices"],
                "ledger": document["ledger"],
                "shots": document["shots"],
                "exports": document["exports"],
                "rules": {"evaluator": self.evaluator, "rulepacks": document["rulepacks"]},
                "cleared_for": {"production": self.production, "use": self.use},
                "limits": document["limits"],
            },
        }


def worst(verdicts: tuple[AuditVerdict, ...]) -> AuditVerdict:
    """The worst of several verdicts; no verdict at all is open, never clear."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=AuditVerdict.OPEN)
