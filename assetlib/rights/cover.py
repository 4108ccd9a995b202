"""Whether one grant covers what is asked, and in which dimensions it does not.

`lacks` is the single source of truth for a grant's dimensions: an empty answer means it covers, and the same
words are what a denial names as missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from assetlib.model.license import Duty, DutyEach, DutyKind, DutyWhen, Grant
from assetlib.model.world import FulfilmentState
from assetlib.rights import authority, caps, packs, territory, vocabulary
from assetlib.rights.asked import Asked
from assetlib.rights.index import ClaimRules, RightsIndex
from assetlib.rights.rules import ANY, COUNSEL, GrantRule
from provenance.digest import Digest

ANYBODY = "a person of the production"
DESCRIBED_USE = "described-use"
_MAKING = vocabulary.action_mask(vocabulary.MAKING)
_FINISHED = vocabulary.action_mask(vocabulary.ON_FINISHED_OUTPUTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Duties owed before a use: those a known person can still fulfil, and those that deny."""

    approvals: tuple[Duty, ...] = ()
    unmet: tuple[Duty, ...] = ()


NOTHING_PENDING = Pending()


def lacks(rule: GrantRule, claim: ClaimRules, asked: Asked, index: RightsIndex, asset: Digest) -> list[str]:
    """The dimensions, apart from action, time and atom, in which `rule` does not cover `claim`; empty when it does."""
    grant = rule.grant
    lacking = []
    if rule.fault:
        lacking.append(rule.fault)
    if asked.now >= rule.superseded_at:
        lacking.append("superseded")
    expired = [reason for moment, reason in rule.expires if moment <= asked.now]
    unfit = authority.unfit(rule.filed.license, claim.claim.facet, claim.person, asked.now)
    lacking += dict.fromkeys([*expired, unfit] if unfit else expired)
    if not rule.purposes & asked.purpose:
        lacking.append("purpose")
    if asked.production not in rule.productions and ANY not in rule.productions:
        lacking.append("production")
    if rule.recipients.isdisjoint(asked.recipient_names):
        lacking.append("recipient")
    if rule.exploit_until < asked.exploit_until:
        lacking.append("exploit_until")
    elif asked.lasting and rule.lasts < asked.exploit_until:
        lacking.append("survival")
    if rule.scenes is not None and not (asked.scenes and asked.scenes <= rule.scenes):
        lacking.append("scenes")
    if asked.commercial and not grant.commercial:
        lacking.append("commercial use")
    if asked.to_provider:
        lacking += _provider_limits(rule, asked)
    if grant.depth is not None and _steps(index, asked, asset) > grant.depth:
        lacking.append("depth")
    if asked.bound:
        lacking += packs.lacks(asked.bound, rule, claim.claim, asked.now)
    return lacking


def plainly(rule: GrantRule, asked: Asked) -> bool:
    """Whether a plain `rule` covers everything asked of a local or party recipient: the common case in one look.

    It never says yes where `lacks`, `open_actions` and the atoms would say no; a test holds them together. It says no
    to a previs whose results end with the grant, and the longer look says yes.
    """
    return (
        rule.bits & asked.bits == asked.bits
        and rule.starts <= asked.now < rule.closes
        and (asked.production in rule.productions or ANY in rule.productions)
        and rule.lasts >= asked.exploit_until
        and not rule.recipients.isdisjoint(asked.recipient_names)
    )


def open_actions(rule: GrantRule, asked: Asked, index: RightsIndex, asset: Digest) -> int:
    """The asked actions that `rule` gives at this moment, as bits."""
    given = rule.actions & asked.action_mask
    if not given:
        return 0
    if not rule.starts <= asked.now < rule.ends:
        survives = rule.starts <= asked.now < rule.survives_until and _finished_before(index, asked, asset, rule.ends)
        given &= _FINISHED if survives else 0
    if asked.now >= rule.revoked_at:
        survives = rule.outlives_revocation and _finished_before(index, asked, asset, rule.revoked_at)
        given &= _FINISHED if survives else 0
    if rule.grant.caps and given & _MAKING and exhausted(rule, asked, index):
        given &= ~_MAKING
    return given


def why_closed(rule: GrantRule, action: str, asked: Asked, index: RightsIndex, asset: Digest) -> list[str]:
    """Why `rule` does not give `action` now; empty when it does."""
    bit = vocabulary.ACTION_BIT[action]
    if open_actions(rule, asked, index, asset) & bit:
        return []
    reasons = [] if rule.actions & bit else ["action"]
    if not rule.starts <= asked.now < rule.ends:
        reasons.append("generation window")
    if asked.now >= rule.revoked_at:
        reasons.append("revoked")
    if bit & _MAKING and exhausted(rule, asked, index):
        reasons.append("cap")
    return reasons


def misses(
    rule: GrantRule, claim: ClaimRules, asked: Asked, index: RightsIndex, asset: Digest
) -> tuple[list[str], list[str]]:
    """What `rule` misses whatever the atom: its dimensions, and the duties before use that nobody has fulfilled."""
    owed = pending(rule, asked, index)
    duties = [f"{duty.kind.value} before use" for duty in (*owed.unmet, *owed.approvals)]
    return lacks(rule, claim, asked, index, asset), duties


def outside(rule: GrantRule, where: str, medium: str) -> list[str]:
    """Whether a territory or medium lies outside `rule`."""
    beyond = [] if territory.covers(rule.territories, territory.cover_mask(where)) else ["territory"]
    return beyond if medium in rule.media else [*beyond, "media"]


def pending(rule: GrantRule, asked: Asked, index: RightsIndex) -> Pending:
    """What `rule` asks for before a use and nobody has given yet; unknown is not given."""
    before = before_use(rule, asked)
    if not before:
        return NOTHING_PENDING
    approvals: list[Duty] = []
    unmet: list[Duty] = []
    for duty in before:
        state = state_of(duty, asked, index)
        if state is FulfilmentState.FULFILLED:
            continue
        can_be_given = duty.kind.can_still_be_given and (duty.by in index.known or duty.by in (COUNSEL, ANYBODY))
        (approvals if state is None and can_be_given else unmet).append(duty)
    return Pending(approvals=tuple(approvals), unmet=tuple(unmet))


def before_use(rule: GrantRule, asked: Asked) -> tuple[Duty, ...]:
    """What `rule` asks for before this use; words that steer a model have to fit the use its license describes."""
    if not asked.question.prompt or not rule.grant.use_description or not asked.action_mask & _MAKING:
        return rule.before
    return (*rule.before, described_use(rule.grant))


def described_use(grant: Grant) -> Duty:
    """The words that steer a model have to keep to what the license describes: a person confirms it per prompt."""
    return Duty(
        id=f"{grant.id}/{DESCRIBED_USE}",
        when=DutyWhen.PRE,
        kind=DutyKind.APPROVAL,
        what=f"that the prompt keeps to the described use: {grant.use_description}",
        by=ANYBODY,
        each=DutyEach.PROMPT,
    )


def scope_of(duty: Duty, asked: Asked) -> str | None:
    """What a fulfilment must name to count for this question; None where the question does not say enough."""
    question = asked.question
    match duty.each:
        case DutyEach.ONCE:
            return ""
        case DutyEach.PRODUCTION:
            return question.production
        case DutyEach.BATCH:
            return question.shot
        case DutyEach.USE:
            return None if question.shot is None else f"{question.shot}/{question.purpose}"
        case DutyEach.PROMPT:
            return f"{question.shot}/{question.prompt}" if question.shot and question.prompt else None


def exhausted(rule: GrantRule, asked: Asked, index: RightsIndex) -> bool:
    """Whether any cap of `rule` has no room for this question; a shot or title already counted needs none."""
    question = asked.question
    return not all(caps.has_room(cap, index.cap_uses.get(cap.id, ()), question) for cap in rule.grant.caps)


def state_of(duty: Duty, asked: Asked, index: RightsIndex) -> FulfilmentState | None:
    """The latest word on `duty` for this question; None where there is none, or it cannot be told for what."""
    scope = scope_of(duty, asked)
    if scope is None:
        return None
    known = [f for f in index.fulfilments.get((duty.id, scope), ()) if f.at <= asked.question.now]
    # The latest word counts; a refusal of the same instant wins over an approval.
    return max(known, key=lambda f: (f.at, f.state is FulfilmentState.REFUSED)).state if known else None


def _provider_limits(rule: GrantRule, asked: Asked) -> list[str]:
    """Unknown retention exceeds every limit, and an unknown region lies outside every region."""
    grant, terms = rule.grant, asked.agreement
    lacking = []
    if grant.retention_days_max is not None:
        days = asked.retention
        if days is None or days > grant.retention_days_max:
            lacking.append("retention")
    if grant.regions:
        regions = terms.regions if terms is not None else ()
        if not regions or not set(regions) <= set(grant.regions):
            lacking.append("region")
    return lacking


def _finished_before(index: RightsIndex, asked: Asked, asset: Digest, moment: float) -> bool:
    """Whether every reference that contains `asset` is an output made from it before `moment`, not the asset itself."""
    for reference in asked.references:
        if asset in index.closure(reference):
            made = index.assets.get(reference)
            if reference == asset or made is None or made.version.created_at.timestamp() >= moment:
                return False
    return True


def _steps(index: RightsIndex, asked: Asked, asset: Digest) -> int:
    """Longest way down from `asset` to a reference, and one more where something new is made from that."""
    depth = {reference: 0 for reference in asked.references if asset in index.closure(reference)}
    layer, longest = set(depth), 0
    for distance in range(1, len(index.assets) + 1):
        layer = {p for child in layer for p in index.parents.get(child, ()) if asset in index.closure(p)}
        if asset in layer:
            longest = distance
        if not layer:
            break
    return longest + (1 if asked.action_mask & _MAKING else 0)
