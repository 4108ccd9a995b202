"""Audit a shot or a cut: verify every byte and signature, prove and replay every decision, walk the lineage, report.

A bad shot is an answer, not an exception. A shot is *clear* only when the take that stands for it passes, its decision
is proven and replays equal, and its question, asked at this moment, is still answered with allow. Nothing is recorded
and no key is opened, except for a page: the pictures on it are viewed, and that is on record first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.approvals.roles import SOLO, is_solo
from assetlib.audit.report import (
    AuditedDecision,
    AuditedReference,
    AuditedTake,
    AuditReport,
    AuditVerdict,
    CitedGrant,
    LedgerStanding,
    ShotAudit,
    worst,
)
from assetlib.flows.audit_limits import LIMITS
from assetlib.flows.audit_permits import door_doubts
from assetlib.flows.audit_pictures import best_picture, write_page
from assetlib.flows.audit_rights import (
    ReferenceAudit,
    asked_now,
    audited_decision,
    consents_after,
    consents_undated,
    decision_of,
    ending_soon,
    missing_papers,
    open_licenses,
    papers_missing,
)
from assetlib.flows.audit_stamps import DOUBT, export_stamp, ledger_stamp, take_stamp
from assetlib.flows.audit_takes import TakeFiles, examine_takes, judged_take, sentences_of_failure
from assetlib.flows.known_files import known_to
from assetlib.flows.pick_take import best_take
from assetlib.flows.show_shots import shots_of
from assetlib.flows.verify_ledger import verify_ledger
from assetlib.flows.world import load_world
from assetlib.model.production import Production
from assetlib.model.refusals import NotFound
from assetlib.model.shot import Shot, Take, TakeStatus
from assetlib.model.world import World
from assetlib.rights import wording
from provenance.decision import Decision, Outcome, Question, instant
from provenance.digest import Digest
from provenance.verdict import Catalog

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library


def audit_shot(library: Library, shot: str, *, html: Path | None) -> AuditReport:
    """The audit of one shot, and its page at `html`. Raises NotFound."""
    with library.catalog.reader() as queries:
        shots = (queries.shot(shot),)
        report = _audit(library, queries, shots, title=f"Audit of {shot}")
    if html is not None:
        write_page(library, report, shots, html)
    return report


def audit_cut(library: Library, cut: str | None, *, html: Path | None) -> AuditReport:
    """The audit of every shot of a cut (the last imported unless named). Raises NotFound."""
    with library.catalog.reader() as queries:
        shots = shots_of(queries, cut)
        if not shots:
            raise NotFound("there is no shot to audit; import a cut first: assetlib cut import FILE")
        named = queries.cut(cut) if cut is not None else queries.last_cut()
        title = "Audit of every shot" if named is None else f"Audit of the cut {named.name}"
        report = _audit(library, queries, shots, title=title)
    if html is not None:
        write_page(library, report, shots, html)
    return report


@dataclass(slots=True, kw_only=True)
class _Evidence:
    """What one shot's audit works with. `best` stands for the shot; `blocking` and `waiting` become its verdict."""

    shot: Shot
    takes: tuple[TakeFiles, ...]
    best: Take | None
    made_under: Decision | None
    now: Decision | None
    blocking: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)


def _audit(library: Library, queries: Queries, shots: Sequence[Shot], *, title: str) -> AuditReport:
    production = queries.production(shots[0].production)
    ledger = _standing(library, queries)
    taken = {shot.code: queries.takes(shot.code) for shot in shots}
    examined = examine_takes(
        library, [(t, queries.take_files(t.shot, t.number)) for takes in taken.values() for t in takes]
    )
    lineage = {take.digest for takes in taken.values() for take in takes}
    world = load_world(library, queries, lineage | {p.digest for s in shots for p in s.pins}, now=library.clock())
    versions = [facts.version for facts in world.assets]
    catalog = known_to(queries, versions, [(production.id, held.take, held.files) for held in examined])
    references = ReferenceAudit(library, queries, world, catalog)
    evidence = [_gather(library, queries, world, shot, production, examined) for shot in shots]
    audits = tuple(_audit_shot(library, queries, world, references, catalog, one) for one in evidence)
    return _report(library, queries, production, ledger, evidence, audits, title)


def _standing(library: Library, queries: Queries) -> LedgerStanding:
    found = verify_ledger(library)
    stamped = ledger_stamp(library, queries)
    return LedgerStanding(**{**found, "findings": tuple(found["findings"])}, stamped=stamped)


def _gather(
    library: Library,
    queries: Queries,
    world: World,
    shot: Shot,
    production: Production,
    examined: Sequence[TakeFiles],
) -> _Evidence:
    mine = tuple(held for held in examined if held.take.shot == shot.code)
    best = best_take(tuple(held.take for held in mine))
    made_under = None if best is None else decision_of(queries.decision(best.decision))
    stands = best is not None and best.status is not TakeStatus.STAND_IN
    now = asked_now(library, world, shot, production, made_under if stands else None) if stands or shot.pins else None
    return _Evidence(shot=shot, takes=mine, best=best, made_under=made_under, now=now)


def _audit_shot(
    library: Library,
    queries: Queries,
    world: World,
    references: ReferenceAudit,
    catalog: Catalog,
    one: _Evidence,
) -> ShotAudit:
    takes = tuple(_taken(library, queries, catalog, held) for held in one.takes)
    decisions = tuple(audited_decision(library, queries, stored) for stored in queries.decisions(one.shot.code))
    relied = one.made_under or one.now
    cited = () if relied is None else relied.cited
    closure: tuple[Digest, ...] = () if relied is None else relied.closure
    found = references.references(closure, cited)
    grants = [grant for reference in found for grant in reference.grants]
    _weigh_take(one, takes, decisions)
    _weigh_doors(library, queries, one)
    _weigh_rights(library, one, world, found, grants)
    verdict = AuditVerdict.BLOCKED if one.blocking else AuditVerdict.OPEN if one.waiting else AuditVerdict.CLEAR
    return ShotAudit(
        shot=one.shot.code,
        sequence=one.shot.sequence,
        frames=f"{one.shot.cut_in}–{one.shot.cut_out}",
        verdict=verdict,
        sentence=_sentence(one, found, grants),
        open_items=(*one.blocking, *one.waiting, *one.noted),
        takes=takes,
        references=found,
        decisions=decisions,
        obligations=() if one.now is None else one.now.obligations,
        envelope=() if one.now is None else one.now.envelope or (),
        standing="" if one.best is None else one.best.code,
    )


def _taken(library: Library, queries: Queries, catalog: Catalog, held: TakeFiles) -> AuditedTake:
    take = judged_take(library, catalog, held, image=best_picture(held.files))
    return replace(take, stamped=take_stamp(library, queries, held))


def _weigh_take(one: _Evidence, takes: Sequence[AuditedTake], decisions: Sequence[AuditedDecision]) -> None:
    """Bytes, signatures and the recorded decision of the take that stands for the shot."""
    if one.best is None:
        one.waiting.append("no take that may be shown has been made")
    elif one.best.status is TakeStatus.STAND_IN:
        one.waiting.append(f"only {one.best.code} is there, which holds a stand-in and may not be delivered")
    for take in takes:
        failures = [f"{take.code}: {sentence}" for sentence in sentences_of_failure(take.files)]
        stands = one.best is not None and take.code == one.best.code
        (one.blocking if stands else one.noted).extend(failures)
        if stands and take.stamped.startswith(DOUBT):
            one.noted.append(f"{take.code}: {take.stamped}")
        if take.status == TakeStatus.QUARANTINED.value:
            one.noted.append(f"{take.code} is quarantined: rights changed while it was made")
    for decision in decisions:
        stands = one.best is not None and decision.id == one.best.decision
        (one.blocking if stands else one.noted).extend(_doubts(decision))


def _weigh_doors(library: Library, queries: Queries, one: _Evidence) -> None:
    """How each take came in."""
    for held in one.takes:
        doubts = [f"{held.take.code}: {doubt}" for doubt in door_doubts(library, queries, held)]
        (one.blocking if held.take == one.best else one.noted).extend(doubts)


def _doubts(decision: AuditedDecision) -> Iterator[str]:
    if not decision.in_ledger:
        yield f"{decision.id} is not proven to be in the ledger"
    if not decision.replay_equal:
        yield f"{decision.id}, decided again from the record of its time, gives another answer"


def _weigh_rights(
    library: Library,
    one: _Evidence,
    world: World,
    references: Sequence[AuditedReference],
    grants: Sequence[CitedGrant],
) -> None:
    """The question asked at this moment, the assets' own standing, and what will need attention."""
    if one.now is None:
        one.waiting.append("nothing is in this shot yet; block it first")
    else:
        sentences = [finding.sentence for finding in one.now.findings]
        match one.now.outcome:
            case Outcome.DENY:
                one.blocking.extend(sentences)
            case Outcome.NEEDS_APPROVAL:
                one.waiting.extend(sentences)
            case Outcome.ALLOW:
                pass
    broken = [f"{r.name} {r.version}: {r.sentence}" for r in references if r.integrity != "pass"]
    one.blocking.extend(sentence for sentence in broken if sentence not in one.blocking)
    digests = {reference.digest for reference in references}
    versions = [facts.version for facts in world.assets if facts.version.digest in digests]
    one.blocking.extend(missing_papers(grants))
    one.noted.extend(open_licenses(world, versions))
    one.noted.extend(ending_soon(grants, library.clock()))
    one.noted.extend(papers_missing(grants))
    one.noted.extend(consents_undated(grants, world))
    if one.takes:
        first = min(held.take.created_at for held in one.takes)
        one.blocking.extend(consents_after(grants, world, first))


def _sentence(one: _Evidence, references: Sequence[AuditedReference], grants: Sequence[CitedGrant]) -> str:
    if one.blocking:
        return one.blocking[0]
    if one.waiting:
        return one.waiting[0]
    assert one.best is not None, "a clear shot has a take"
    clauses = len({grant.id for grant in grants})
    return (
        f"{one.best.code} is signed and unchanged, was allowed by {one.best.decision} and still is: "
        f"{_count(len(references), 'asset')} under {_count(clauses, 'clause')}"
    )


def _report(
    library: Library,
    queries: Queries,
    production: Production,
    ledger: LedgerStanding,
    evidence: Sequence[_Evidence],
    audits: tuple[ShotAudit, ...],
    title: str,
) -> AuditReport:
    decisions = [one.now for one in evidence if one.now is not None]
    asked = [decision.question for decision in decisions]
    ends = [question.exploit_until for question in asked if question.exploit_until is not None]
    use = _use(production, asked)
    verdict = worst(tuple(shot.verdict for shot in audits))
    if ledger.verdict != "pass":
        verdict = AuditVerdict.BLOCKED
    digests = {digest for one in evidence if (known := one.made_under or one.now) for digest in known.closure}
    return AuditReport(
        title=title,
        production=production.name,
        use=use,
        as_of=instant(library.clock()),
        verdict=verdict,
        sentence=_verdict_line(use, ledger, audits, verdict),
        notices=tuple(_notices(library, queries, decisions, digests)),
        ledger=ledger,
        shots=audits,
        exports=tuple(_exports(library, queries, digests)),
        evaluator=decisions[0].evaluator if decisions else "",
        rulepacks=tuple(sorted({pack for decision in decisions for pack in decision.rulepacks})),
        exploit_until=instant(min(ends)) if ends else "",
        limits=LIMITS,
    )


def _use(production: Production, asked: Sequence[Question]) -> str:
    """What the shots' own questions asked for; the production's defaults stand in where nothing was asked."""
    if not asked:
        words = (production.purpose, production.territories, production.media, production.exploit_until)
        return f"{_use_words(*words)} (nothing was asked)"
    uses = {_use_words(q.purpose, q.territories, q.media, q.exploit_until): None for q in asked}
    return "; ".join(uses)


def _use_words(purpose: str, territories: Sequence[str], media: Sequence[str], end: datetime | None) -> str:
    return f"{purpose} in {', '.join(territories)} on {', '.join(media)}, {wording.until(end)}"


def _verdict_line(use: str, ledger: LedgerStanding, shots: Sequence[ShotAudit], verdict: AuditVerdict) -> str:
    """What a lawyer reads first: cleared for what, on how much, and what is open."""
    if ledger.verdict != "pass":
        return f"the ledger does not hold: {ledger.findings[0]}"
    references = {r.digest for shot in shots for r in shot.references}
    grants = {g.id: g for shot in shots for r in shot.references for g in r.grants}
    consents = sum(1 for g in grants.values() if g.kind == "performer_consent")
    items = sum(len(shot.open_items) for shot in shots)
    basis = (
        f"{_count(len(references), 'asset')}, {_count(len(grants), 'clause')}"
        f" ({_count(consents, 'consent')}), {_count(items, 'open item')}"
    )
    if verdict is AuditVerdict.CLEAR:
        return f"cleared for {use}: {_count(len(shots), 'shot')}, {basis}"
    bad = [shot for shot in shots if shot.verdict is not AuditVerdict.CLEAR]
    clear = len(shots) - len(bad)
    first = bad[0] if bad else shots[0]
    return f"{clear} of {_count(len(shots), 'shot')} clear; {first.shot}: {first.sentence} ({basis})"


def _notices(library: Library, queries: Queries, decisions: Sequence[Decision], digests: set[Digest]) -> Iterator[str]:
    if is_solo(queries.people(), library.clock()):
        yield SOLO
    if library.authority.development:
        yield "signed under a development authority: it proves that bytes are unchanged, not who the studio is"
    unconfirmed = sorted({name for decision in decisions for name in decision.unconfirmed})
    if unconfirmed:
        yield f"not confirmed by a lawyer yet: {', '.join(unconfirmed)}"
    yield from _refused(queries, digests)


def _refused(queries: Queries, digests: set[Digest]) -> Iterator[str]:
    """Requests about these assets, outside any shot, that were refused: an export, a training run."""
    refused: dict[str, list[str]] = {}
    for stored in queries.decisions(outcome=Outcome.DENY.value):
        if stored.shot is None and not digests.isdisjoint((decision := decision_of(stored)).closure):
            asked = decision.question
            what = f"refused {asked.purpose} to {asked.recipient}, asked by {asked.requester}"
            refused.setdefault(what, []).append(stored.id)
    for what, names in refused.items():
        earlier = f" (and {_count(len(names) - 1, 'time')} before)" if len(names) > 1 else ""
        yield f"{names[-1]} {what}{earlier}"


def _exports(library: Library, queries: Queries, digests: set[Digest]) -> Iterator[tuple[str, ...]]:
    for export in queries.exports():
        decision = decision_of(queries.decision(export.decision))
        if not digests.isdisjoint(decision.closure):
            stamped, asked_by = export_stamp(library, queries, export), decision.question.requester
            yield export.id, export.purpose, export.recipient, export.decision, stamped, asked_by


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
