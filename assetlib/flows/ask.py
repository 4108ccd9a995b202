"""Ask a question and record the answer. Every door starts here.

The decision is in the ledger before anything else happens, also when it is a denial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import CapExhausted, RevisionMoved
from assetlib.flows.world import load_world
from assetlib.model.ids import EntityUri
from assetlib.model.production import Production
from assetlib.model.refusals import BadInput, Conflict, Denied
from assetlib.rights.caps import Reservation, reservations
from assetlib.rights.evaluate import evaluate
from assetlib.rights.explain import decision_text
from assetlib.rights.permits import RecordedDecision
from assetlib.rights.vocabulary import PURPOSES
from provenance.decision import PERPETUAL, Decision, Outcome, Question, decision_id
from provenance.digest import Digest, digest_bytes

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_EXIT = {Outcome.ALLOW: 0, Outcome.DENY: 3, Outcome.NEEDS_APPROVAL: 6}
_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A decision in the ledger. `revision` is the state of rights it was made at, `reserved` what it holds of caps."""

    index: int
    decision: Decision
    digest: Digest
    checkpoint: Digest
    revision: int
    reserved: tuple[Reservation, ...] = ()

    @property
    def id(self) -> str:
        return decision_id(self.index)

    @property
    def exit_code(self) -> int:
        return _EXIT[self.decision.outcome]

    @property
    def allowed(self) -> bool:
        return self.decision.outcome is Outcome.ALLOW

    def for_permit(self) -> RecordedDecision:
        return RecordedDecision(id=self.id, decision=self.decision, recorded=self.digest, checkpoint=self.checkpoint)

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, **self.decision.to_json()}

    def text(self) -> str:
        return decision_text(self.decision, decision_id=self.id)

    def demand(self) -> None:
        """Raise Denied unless the answer is allow."""
        if not self.allowed:
            raise Denied(self.decision, self.id, self.text())


def decide(library: Library, question: Question, *, reserve: bool = False) -> Recorded:
    """Evaluate `question` over the present record and append the answer; asked again if rights moved meanwhile.

    `reserve` also takes what the answer uses of limits, in the same transaction: work is about to start on it. Raises
    VerificationFailed when the record was changed behind the ledger: it can answer nothing then.
    """
    library.demand_record()
    for _ in range(_TRIES):
        try:
            return _decide_once(library, question, reserve)
        except (RevisionMoved, CapExhausted):  # somebody else took the last unit: the next answer says so
            continue
    raise Conflict("rights change faster than they can be asked; try again")


def _decide_once(library: Library, question: Question, reserve: bool) -> Recorded:
    with library.catalog.reader() as queries:
        revision = queries.rights_revision()
        world = load_world(library, queries, reference_digests(question.references), now=question.now)
    decision = evaluate(world, question)
    digest = decision.digest()
    reserved = reservations(world, decision) if reserve else ()
    body = {"outcome": decision.outcome.value, "decision": digest, "world": decision.world_digest}

    def write(writer: Any, index: int) -> None:
        writer.record_decision(decision)
        for one in reserved:
            writer.reserve_cap(one.cap, one.of, decision_id(index), limit=one.limit, amount=one.amount)

    done = library.committer.commit("decision", body, write, expected_revision=revision)
    return Recorded(
        index=done.index,
        decision=decision,
        digest=digest,
        checkpoint=digest_bytes(done.checkpoint.encode()),
        revision=revision,
        reserved=reserved,
    )


def reference_digests(references: Sequence[str]) -> tuple[Digest, ...]:
    """The version digests of pinned references; others are left to the evaluator, which refuses them."""
    versions = (EntityUri.parse(reference).version or "" for reference in references)
    return tuple(Digest(version) for version in versions if version.startswith("sha256:"))


def question_for(
    production: Production,
    references: Sequence[str],
    *,
    requester: str,
    now: datetime,
    actions: Sequence[str] = (),
    purpose: str | None = None,
    territories: Sequence[str] = (),
    media: Sequence[str] = (),
    recipient: str = "local",
    exploit_until: str | None = None,
    scenes: Sequence[str] = (),
    content: Sequence[tuple[str, str]] = (),
    shot: str | None = None,
    model: str | None = None,
    seconds: int | None = None,
    prompt: Digest | None = None,
) -> Question:
    """A question with everything unsaid taken from the production. Raises BadInput for an unknown purpose."""
    purpose = purpose or production.purpose
    if not actions and purpose not in PURPOSES:
        raise BadInput(f"expected a purpose of {', '.join(PURPOSES)}, found {purpose!r}")
    return Question(
        actions=tuple(actions) or tuple(PURPOSES[purpose]),
        purpose=purpose,
        production=production.id,
        territories=tuple(territories) or production.territories,
        media=tuple(media) or production.media,
        recipient=recipient,
        references=tuple(references),
        requester=requester,
        now=now,
        exploit_until=production.exploit_until if exploit_until is None else parse_until(exploit_until),
        scenes=tuple(scenes),
        content=tuple(sorted(content)),
        shot=shot,
        model=model,
        seconds=seconds,
        prompt=prompt,
    )


def parse_until(text: str) -> datetime | None:
    """A date or instant (a date means the end of that day, UTC), or ``perpetual`` as None. Raises BadInput."""
    if text == PERPETUAL:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"expected a date such as 2031-03-01, or perpetual; found {text!r}") from None
    if len(text) <= len("2031-03-01"):
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_content(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """``flag=yes`` words as pairs. Raises BadInput for another answer than yes or no."""
    pairs = []
    for word in words:
        flag, _, answer = word.partition("=")
        if answer not in ("yes", "no"):
            raise BadInput(f"expected a content flag such as nudity=no, found {word!r}")
        pairs.append((flag, answer))
    return tuple(sorted(pairs))


def pinned(queries: Queries, references: Sequence[str]) -> tuple[str, ...]:
    """Names, URIs or digests as pinned entity URIs; raises NotFound, Ambiguous or MalformedReference."""
    return tuple(queries.version(reference).pinned for reference in references)


def production_of(queries: Queries, production: str | None) -> Production:
    return queries.default_production() if production is None else queries.production(production)


def check_use(
    library: Library,
    references: Sequence[str],
    *,
    production: str | None = None,
    actions: Sequence[str] = (),
    purpose: str | None = None,
    territories: Sequence[str] = (),
    media: Sequence[str] = (),
    recipient: str = "local",
    exploit_until: str | None = None,
    scenes: Sequence[str] = (),
    content: Sequence[str] = (),
) -> Recorded:
    """`decision check`: ask without doing. The answer is recorded like any other."""
    with library.catalog.reader() as queries:
        chosen = production_of(queries, production)
        pins = pinned(queries, references)
    question = question_for(
        chosen,
        pins,
        requester=library.actor,
        now=library.clock(),
        actions=actions,
        purpose=purpose,
        territories=territories,
        media=media,
        recipient=recipient,
        exploit_until=exploit_until,
        scenes=scenes,
        content=parse_content(content),
    )
    return decide(library, question)
