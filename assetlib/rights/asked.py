"""A question made ready: its words checked, its dimensions as sets and bits, and what the recipient adds to it.

Sending to a provider asks for `export.provider`; a recipient that trains, or may, asks for `train.gen` as well,
and since training is never implied, default deny does the rest (rights rules, step 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from assetlib.model.license import Answer, ProviderAgreement
from assetlib.model.production import Production
from assetlib.model.rulepack import RulePack
from assetlib.model.world import RecipientKind
from assetlib.rights import agreements, explain, packs, territory, vocabulary
from assetlib.rights.authority import FOREVER
from assetlib.rights.index import RightsIndex
from assetlib.rights.packs import Bound
from assetlib.rights.rules import expand_scenes, packed, unlimited
from provenance.decision import Finding, Outcome, Question
from provenance.digest import Digest

Words = tuple[str, ...]
LOCAL = "local"
UNKNOWN_PURPOSE = 1 << len(vocabulary.PURPOSES)  # a bit that no grant has
NO_SCENES: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)  # made anew for every question, and freezing costs as much as clearing
class Asked:
    """`cover` and `touch` hold the (medium × territory) atoms as bits: to be covered by grants, to be met by a ban.

    `bits` packs actions, purpose and `cover` as a grant's rule does. `lasting`: the use is a deliverable, so that
    what it rests on must outlive its own end. `bound` are the rule-pack entries that bind it. `plain`: nothing but
    dimensions and windows matters, as long as the grant is plain as well.
    """

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
    bits: int
    recipient: str
    recipient_names: frozenset[str]
    agreement: ProviderAgreement | None
    retention: int | None
    to_provider: bool
    lasting: bool
    packs: tuple[RulePack, ...]
    bound: tuple[Bound, ...]
    plain: bool
    exploit_until: float
    scenes: frozenset[str]
    content: dict[str, str]
    added: tuple[tuple[str, str], ...]
    references: frozenset[Digest]
    findings: list[Finding] = field(default_factory=list)


def prepare(index: RightsIndex, question: Question) -> Asked:
    """Check every word of `question` and work out what it really asks; unknown words become denials."""
    findings: list[Finding] = []
    production = index.productions.get(question.production)
    bound_by = _packs(index, production, findings) if production is not None and production.rulepacks else ()
    ordered, added = _actions(question, findings)
    territories, media, covered, touched = _places(question, bound_by, findings)
    to_provider, agreement, names, because = _recipient(index, question, ordered, findings)
    if because:
        ordered = _in_order(frozenset((*ordered, *dict(because))))
    actions, purpose = _mask(ordered), vocabulary.PURPOSE_BIT.get(question.purpose, UNKNOWN_PURPOSE)
    if production is None:
        findings.append(_deny("unknown-production", explain.unknown_production(question.production)))
    now = _aware(question.now).timestamp()
    bound = _bound(bound_by, question, now, ordered, territories, media) if bound_by else ()
    return Asked(
        question=question,
        now=now,
        actions=ordered,
        action_mask=actions,
        purpose=purpose,
        production=question.production,
        commercial=production is None or production.commercial,
        territories=territories,
        media=media,
        cover=covered,
        touch=touched,
        bits=packed(actions, purpose, covered),
        recipient=question.recipient,
        recipient_names=names,
        agreement=agreement,
        retention=None if agreement is None else agreements.retention(agreement, index.settings_seen, question.now),
        to_provider=to_provider,
        lasting=bool(actions & _LASTING),
        packs=bound_by,
        bound=bound,
        plain=not (to_provider or bound or question.prompt),
        exploit_until=_exploited_until(question),
        scenes=_scenes(question.scenes),
        content=dict(question.content),
        added=(*added, *because),
        references=_references(index, question, findings),
        findings=findings,
    )


def _actions(question: Question, findings: list[Finding]) -> tuple[Words, tuple[tuple[str, str], ...]]:
    try:
        return _asked_actions(question.actions, question.purpose)
    except vocabulary.UnknownWord:
        pass
    named = tuple(action for action in question.actions if action in vocabulary.ACTION_BIT)
    for word in sorted(set(question.actions) - set(named)):
        findings.append(_deny("unknown-action", explain.unknown_word("action", word, vocabulary.ACTIONS)))
    if question.purpose in vocabulary.PURPOSES:
        return _asked_actions(named, question.purpose)
    sentence = explain.unknown_word("purpose", question.purpose, tuple(vocabulary.PURPOSES))
    findings.append(_deny("unknown-purpose", sentence))
    return _in_order(frozenset(named)), ()


@lru_cache(maxsize=1024)
def _asked_actions(named: Words, purpose: str) -> tuple[Words, tuple[tuple[str, str], ...]]:
    """All actions in their order, and those the purpose added; raises UnknownWord."""
    vocabulary.check_words("action", named, vocabulary.ACTIONS)
    vocabulary.check_words("purpose", (purpose,), tuple(vocabulary.PURPOSES))
    # Always, so that a question cannot ask for marketing under the name of a view.
    missing = [action for action in vocabulary.PURPOSES[purpose] if action not in named]
    return _in_order(frozenset((*named, *missing))), tuple((action, f"purpose {purpose}") for action in missing)


@lru_cache(maxsize=1024)
def _mask(actions: Words) -> int:
    return sum(vocabulary.ACTION_BIT[action] for action in actions)


@lru_cache(maxsize=1024)
def _in_order(actions: frozenset[str]) -> Words:
    return tuple(action for action in vocabulary.ACTIONS if action in actions)


def _packs(index: RightsIndex, production: Production, findings: list[Finding]) -> tuple[RulePack, ...]:
    found, unknown = packs.packs_of(production, index.rulepacks)
    findings += [_deny("unknown-rulepack", explain.unknown_rulepack(production.id, name)) for name in unknown]
    return found


def _bound(
    bound_by: tuple[RulePack, ...], question: Question, now: float, ordered: Words, territories: Words, media: Words
) -> tuple[Bound, ...]:
    touch = 0
    for word in territories:
        touch |= territory.touch_mask(word)
    use = packs.Use(
        now=now,
        touch=touch,
        actions=frozenset(ordered),
        purpose=question.purpose,
        media=frozenset(media),
        content=dict(question.content),
    )
    return packs.binding(bound_by, use)


def _places(
    question: Question, bound_by: tuple[RulePack, ...], findings: list[Finding]
) -> tuple[Words, Words, int, int]:
    """Known territories and media, and their atoms as bits: to be covered, and to be touched."""
    added = tuple(sorted({medium for pack in bound_by for medium in pack.media})) if bound_by else ()
    territories = _known("territory", question.territories, (), findings)
    media = _known("medium", question.media, vocabulary.MEDIA + added, findings)
    return territories, media, *_atoms(territories, media)


def _known(dimension: str, words: Words, closed: Words, findings: list[Finding]) -> Words:
    known, faults = _read(dimension, words, closed)
    for fault in faults:
        findings.append(_deny(f"unknown-{dimension}", explain.sentence(fault)))
    if not known:
        sentence = f"The question names no {dimension}, and no answer covers an open one."
        findings.append(_deny(f"no-{dimension}", sentence))
    return known


@lru_cache(maxsize=1024)
def _read(dimension: str, words: Words, closed: Words) -> tuple[Words, Words]:
    """The known words, each once and sorted, and a sentence for each unknown one."""
    known: set[str] = set()
    faults: set[str] = set()
    for word in words:
        try:
            if dimension == "territory":
                territory.cover_mask(word)
            else:
                vocabulary.check_words(dimension, (word,), closed)
            known.add(word)
        except ValueError as error:
            faults.add(str(error))
    return tuple(sorted(known)), tuple(sorted(faults))


@lru_cache(maxsize=1024)
def _atoms(territories: Words, media: Words) -> tuple[int, int]:
    cover = touch = 0
    for word in territories:
        cover |= territory.cover_mask(word)
        touch |= territory.touch_mask(word)
    return territory.spread(cover, media), territory.spread(touch, media)


def _exploited_until(question: Question) -> float:
    """When the use ends, as POSIX seconds. Whoever asks now uses it now: an end in the past is no smaller a use."""
    if question.exploit_until is None:
        return FOREVER
    just_after = math.nextafter(_aware(question.now).timestamp(), FOREVER)  # `until` is the first moment outside
    return max(_aware(question.exploit_until).timestamp(), just_after)


def _scenes(named: Words) -> frozenset[str]:
    """The scenes asked about, spelled as rules spell them; a range too long to count is as good as no answer."""
    return NO_SCENES if not named or unlimited(named) else expand_scenes(named)


def _recipient(
    index: RightsIndex, question: Question, ordered: Words, findings: list[Finding]
) -> tuple[bool, ProviderAgreement | None, frozenset[str], tuple[tuple[str, str], ...]]:
    asked = question.recipient
    if asked == LOCAL:
        return False, None, _LOCAL_NAMES, ()
    names = _names(asked) - {LOCAL}  # a provider of that name is not this house
    person = index.people.get(asked)
    outside = asked in index.recipients  # who is both one of us and a registered receiver is asked as the latter
    if not outside and person is not None and (person.revoked_at is None or question.now < person.revoked_at):
        return False, None, names | _LOCAL_NAMES, ()  # the library's own people are what "local" means
    recipient = next((index.recipients[n] for n in sorted(names, reverse=True) if n in index.recipients), None)
    if recipient is None or (recipient.kind is RecipientKind.PARTY and recipient.id != asked):
        findings.append(_deny("unregistered-recipient", explain.unregistered_recipient(asked)))
        return "/" in asked, None, names, (("export.provider", "unregistered recipient"),)
    if recipient.kind is RecipientKind.PARTY:
        trains = () if recipient.trains is Answer.NO else (("train.gen", f"{asked} trains={recipient.trains.value}"),)
        return False, None, names, trains
    agreement = _agreement(index, question, ordered, findings)
    why = agreements.training(asked, agreement, index.settings_seen, question.now)
    external = ("export.provider", "external recipient")
    return True, agreement, names, (external, ("train.gen", why)) if why else (external,)


def _agreement(
    index: RightsIndex, question: Question, ordered: Words, findings: list[Finding]
) -> ProviderAgreement | None:
    filed = index.agreements.get(question.recipient, [])
    in_force = [a for a in filed if agreements.in_force(a, question.now)]
    reviewed = [a for a in in_force if agreements.reviewed(a, question.now)]
    if not reviewed:
        findings.append(_deny("no-provider-agreement", explain.no_agreement(question.recipient, filed, in_force)))
        return None
    agreement = max(reviewed, key=lambda a: (a.recorded_at, a.id))
    asked = [("model", m, agreement.models) for m in (question.model,) if m is not None]
    asked += [("sub-processor", s, agreement.subprocessors) for s in sorted(set(question.subprocessors))]
    for what, name, listed in asked:
        if name not in listed:
            findings.append(_deny("no-provider-agreement", explain.not_listed(agreement.id, what, name, listed)))
    if question.model is None and not vocabulary.MAKING.isdisjoint(ordered):
        findings.append(_deny("no-provider-agreement", explain.no_model(question.recipient, agreement.id)))
    return agreement


def _names(recipient: str) -> frozenset[str]:
    """The recipient and every part of it a grant may stop after: ``a/b/c`` is covered by a, a/b and a/b/c."""
    parts = recipient.split("/")
    return frozenset(["*", *("/".join(parts[:n]) for n in range(1, len(parts) + 1))])


def _references(index: RightsIndex, question: Question, findings: list[Finding]) -> frozenset[Digest]:
    found = frozenset(map(index.by_pin.get, question.references))
    if None in found:
        each = (index.by_pin.get(one) or _pinned(index, one, findings) for one in sorted(set(question.references)))
        return frozenset(digest for digest in each if digest is not None)
    if not found:
        findings.append(_deny("no-references", "The question names no asset, so there is nothing to clear."))
    return frozenset(digest for digest in found if digest is not None)


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
_LASTING = vocabulary.action_mask(vocabulary.DELIVERABLE)
