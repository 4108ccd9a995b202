"""A question made ready: its words checked, its dimensions as sets and bits, and what the recipient adds to it.

Sending to a provider asks for `export.provider`; a recipient that trains, or may, asks for `train.gen` as well,
and since training is never implied, default deny does the rest (rights rules, step 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from assetlib.model.license import Answer, ProviderAgreement
from assetlib.model.world import RecipientKind
from assetlib.rights import explain, territory, vocabulary
from assetlib.rights.index import FOREVER, RightsIndex
from provenance.decision import Finding, Outcome, Question
from provenance.digest import Digest

LOCAL = "local"
NO_SCENES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`cover` and `touch` hold the (medium × territory) atoms as bits: to be covered by grants, to be met by a ban."""

    question: Question
    now: float
    actions: tuple[str, ...]
    action_mask: int
    purpose: int
    production: str
    commercial: bool
    territories: tuple[str, ...]
    media: tuple[str, ...]
    cover: int
    touch: int
    recipient: str
    recipient_names: frozenset[str]
    agreement: ProviderAgreement | None
    to_provider: bool
    exploit_until: float
    scenes: frozenset[str]
    content: dict[str, str]
    added: tuple[tuple[str, str], ...]
    references: frozenset[Digest]
    findings: list[Finding] = field(default_factory=list)


def prepare(index: RightsIndex, question: Question) -> Asked:
    """Check every word of `question` and work out what it really asks; unknown words become denials."""
    findings: list[Finding] = []
    actions, added = _actions(question, findings)
    territories = _known("territory", question.territories, territory.cover_mask, findings)
    media = _known("medium", question.media, _medium, findings)
    to_provider, agreement, names, because = _recipient(index, question, findings)
    actions |= dict(because).keys()
    ordered = tuple(a for a in vocabulary.ACTIONS if a in actions)
    production = index.productions.get(question.production)
    if production is None:
        findings.append(_deny("unknown-production", explain.unknown_production(question.production)))
    return Asked(
        question=question,
        now=_aware(question.now).timestamp(),
        actions=ordered,
        action_mask=sum(vocabulary.ACTION_BIT[a] for a in ordered),
        purpose=vocabulary.PURPOSE_BIT.get(question.purpose, 1 << 60),
        production=question.production,
        commercial=production is None or production.commercial,
        territories=territories,
        media=media,
        cover=_atoms(territories, media, territory.cover_mask),
        touch=_atoms(territories, media, territory.touch_mask),
        recipient=question.recipient,
        recipient_names=names,
        agreement=agreement,
        to_provider=to_provider,
        exploit_until=FOREVER if question.exploit_until is None else _aware(question.exploit_until).timestamp(),
        scenes=frozenset(question.scenes) if question.scenes else NO_SCENES,
        content=dict(question.content),
        added=(*added, *because),
        references=_references(index, question, findings),
        findings=findings,
    )


def _actions(question: Question, findings: list[Finding]) -> tuple[set[str], tuple[tuple[str, str], ...]]:
    named = {action for action in question.actions if action in vocabulary.ACTION_BIT}
    for word in sorted(set(question.actions) - named):
        findings.append(_deny("unknown-action", explain.unknown_word("action", word, vocabulary.ACTIONS)))
    implied = vocabulary.PURPOSES.get(question.purpose)
    if implied is None:
        sentence = explain.unknown_word("purpose", question.purpose, tuple(vocabulary.PURPOSES))
        findings.append(_deny("unknown-purpose", sentence))
        return named, ()
    # Always, so that a question cannot ask for marketing under the name of a view.
    missing = [action for action in implied if action not in named]
    return named | set(missing), tuple((action, f"purpose {question.purpose}") for action in missing)


def _known(
    dimension: str, words: Iterable[str], reads: Callable[[str], object], findings: list[Finding]
) -> tuple[str, ...]:
    known: set[str] = set()
    for word in set(words):
        try:
            reads(word)
            known.add(word)
        except ValueError as error:
            findings.append(_deny(f"unknown-{dimension}", explain.sentence(str(error))))
    if not known:
        findings.append(
            _deny(f"no-{dimension}", f"The question names no {dimension}, and no answer covers an open one.")
        )
    return tuple(sorted(known))


def _medium(word: str) -> None:
    vocabulary.check_words("medium", (word,), vocabulary.MEDIA)


def _atoms(territories: tuple[str, ...], media: tuple[str, ...], mask: Callable[[str], int]) -> int:
    wanted = 0
    for word in territories:
        wanted |= mask(word)
    return territory.spread(wanted, media)


def _recipient(
    index: RightsIndex, question: Question, findings: list[Finding]
) -> tuple[bool, ProviderAgreement | None, frozenset[str], tuple[tuple[str, str], ...]]:
    asked = question.recipient
    if asked == LOCAL:
        return False, None, _LOCAL_NAMES, ()
    names = _names(asked)
    person = index.people.get(asked)
    if person is not None and (person.revoked_at is None or question.now < person.revoked_at):
        return False, None, names | _LOCAL_NAMES, ()  # the library's own people are what "local" means
    recipient = next((index.recipients[n] for n in sorted(names, reverse=True) if n in index.recipients), None)
    if recipient is None or (recipient.kind is RecipientKind.PARTY and recipient.id != asked):
        findings.append(_deny("unregistered-recipient", explain.unregistered_recipient(asked)))
        return "/" in asked, None, names, (("export.provider", "unregistered recipient"),)
    if recipient.kind is RecipientKind.PARTY:
        trains = () if recipient.trains is Answer.NO else (("train.gen", f"{asked} trains={recipient.trains.value}"),)
        return False, None, names, trains
    agreement = _agreement(index, question, findings)
    return (
        True,
        agreement,
        names,
        (("export.provider", "external recipient"), *_training(asked, agreement, question.now)),
    )


def _agreement(index: RightsIndex, question: Question, findings: list[Finding]) -> ProviderAgreement | None:
    filed = index.agreements.get(question.recipient, [])
    in_force = [a for a in filed if _in_force(a, question.now)]
    reviewed = [a for a in in_force if a.reviewed_by and a.review_due is not None and question.now < a.review_due]
    if not reviewed:
        findings.append(_deny("no-provider-agreement", explain.no_agreement(question.recipient, filed, in_force)))
        return None
    agreement = max(reviewed, key=lambda a: (a.recorded_at, a.id))
    asked = [("model", m, agreement.models) for m in (question.model,) if m is not None]
    asked += [("sub-processor", s, agreement.subprocessors) for s in sorted(set(question.subprocessors))]
    for what, name, listed in asked:
        if name not in listed:
            findings.append(_deny("no-provider-agreement", explain.not_listed(agreement.id, what, name, listed)))
    return agreement


def _in_force(agreement: ProviderAgreement, now: datetime) -> bool:
    superseded = agreement.superseded_at is not None and agreement.superseded_at <= now
    ended = agreement.valid_until is not None and agreement.valid_until <= now
    return agreement.valid_from <= now and not ended and not superseded


def _training(recipient: str, agreement: ProviderAgreement | None, now: datetime) -> tuple[tuple[str, str], ...]:
    if agreement is None:
        return (("train.gen", f"no terms in force for {recipient}"),)
    attested = agreement.attestation is not None and agreement.attestation.at <= now < agreement.attestation.valid_until
    for name in ("trains_on_inputs", "trains_on_outputs"):
        answer: Answer = getattr(agreement, name)
        if answer is Answer.NO or (answer is Answer.OPT_OUT_SET and attested):
            continue
        return (("train.gen", f"{agreement.id} {name}={answer.value}"),)
    return ()


def _names(recipient: str) -> frozenset[str]:
    """The recipient and every part of it a grant may stop after: ``a/b/c`` is covered by a, a/b and a/b/c."""
    parts = recipient.split("/")
    return frozenset(["*", *("/".join(parts[:n]) for n in range(1, len(parts) + 1))])


def _references(index: RightsIndex, question: Question, findings: list[Finding]) -> frozenset[Digest]:
    found: set[Digest] = set()
    for reference in set(question.references):
        digest = index.by_pin.get(reference) or _pinned(index, reference, findings)
        if digest is not None:
            found.add(digest)
    if not question.references:
        findings.append(_deny("no-references", "The question names no asset, so there is nothing to clear."))
    return frozenset(found)


def _pinned(index: RightsIndex, reference: str, findings: list[Finding]) -> Digest | None:
    """A pin goes by digest, so an asset's older name still finds it."""
    _, _, version = reference.partition("version=")
    digest = Digest(version.partition("&")[0])
    if not digest.startswith("sha256:"):
        findings.append(_deny("unpinned-reference", explain.unpinned(reference), asset=reference))
    elif digest not in index.assets:
        findings.append(_deny("unknown-asset", explain.unknown_asset(reference), asset=reference))
    else:
        return digest
    return None


def _deny(code: str, sentence: str, *, asset: str | None = None) -> Finding:
    return Finding(code=code, outcome=Outcome.DENY, sentence=sentence, asset=asset)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment


_LOCAL_NAMES = _names(LOCAL)
