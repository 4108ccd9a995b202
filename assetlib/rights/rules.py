"""One clause made ready: a grant or prohibition with its dimensions as sets and bits, its times as seconds.

A pure translation of the license's words; whether a clause covers or touches a question is `cover`'s and
`evaluate`'s to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from assetlib.model.asset import Facet
from assetlib.model.license import (
    Duty,
    DutyKind,
    DutyWhen,
    Grant,
    LicenseKind,
    LicenseStatus,
    Prohibition,
    ProhibitionClass,
    RevocationEffect,
    SurvivalKind,
)
from assetlib.model.party import Party, Person, Role
from assetlib.model.rulepack import RuleEntry
from assetlib.model.world import FiledLicense
from assetlib.rights import authority, territory, vocabulary
from assetlib.rights.authority import FOREVER, NEVER

ANY = "*"  # in productions and recipients only: an open license names nobody
COUNSEL = Role.COUNSEL.value
_PURPOSE_SHIFT = len(vocabulary.ACTIONS)
_REACH_SHIFT = _PURPOSE_SHIFT + len(vocabulary.PURPOSES) + 1  # one bit more for a purpose that nobody knows
_CLEARED_AWAY = ("delete", "purge")  # what every legal hold prohibits, whatever else it names
_SILENT = (LicenseStatus.PROPOSED, LicenseStatus.DRAFT)
_LONGEST_RANGE = 10_000  # scenes; no script has more, and a slip of the pen must not fill the memory
_DASHES = re.compile("[\u2010-\u2015\u2212]")  # what word processors make of a hyphen
_SCENE = re.compile(r"0*(\d+)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRule:
    """A grant with its dimensions as sets and bits, and times as POSIX seconds. `fault`: why it covers nothing.

    `plain`: it names no condition beyond its dimensions and windows; `closes`: the first of window end, revocation,
    succession and expiry; `lasts`: until when results outlive it; `bits`: actions, purposes and reach in one integer;
    `owes`: it leaves duties or a described use on the output.
    """

    id: str
    grant: Grant
    filed: FiledLicense
    facets: frozenset[Facet]
    actions: int
    purposes: int
    productions: frozenset[str]
    territories: int
    media: frozenset[str]
    reach: int
    recipients: frozenset[str]
    starts: float
    ends: float
    survives_until: float
    exploit_until: float
    lasts: float
    expires: tuple[tuple[float, str], ...]
    override: bool
    revoked_at: float
    superseded_at: float
    outlives_revocation: bool
    scenes: frozenset[str] | None
    before: tuple[Duty, ...]
    fault: str
    closes: float
    bits: int
    plain: bool
    owes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProhibitionRule:
    """A prohibition with its dimensions as sets and bits; an empty set means any. No override lifts a `firm` one.

    `entry` is the rule-pack entry it comes from, None for a clause of a license.
    """

    id: str
    prohibition: Prohibition
    filed: FiledLicense
    facets: frozenset[Facet]
    actions: int
    purposes: int
    productions: frozenset[str]
    reach: int
    recipients: frozenset[str]
    scenes: frozenset[str]
    starts: float
    ends: float
    superseded_at: float
    firm: bool
    entry: RuleEntry | None = None


def expand_scenes(scenes: Iterable[str]) -> frozenset[str]:
    """``("12-14", "020a")`` is scenes 12, 13, 14 and 20A, in contracts and in questions alike.

    A range that nobody can mean stays the word it is, and so covers nothing; see `unlimited`.
    """
    found: set[str] = set()
    for scene in scenes:
        ends = _range(scene)
        if ends is None or ends[1] - ends[0] > _LONGEST_RANGE:
            found.add(_one_scene(scene))
        else:
            found |= {str(n) for n in range(ends[0], ends[1] + 1)}
    return frozenset(found)


def unlimited(scenes: Iterable[str]) -> bool:
    """Whether a range is too long to count, so that a prohibition has to mean every scene by it."""
    return any((ends := _range(scene)) is not None and ends[1] - ends[0] > _LONGEST_RANGE for scene in scenes)


def _range(scene: str) -> tuple[int, int] | None:
    first, dash, last = (part.strip() for part in _DASHES.sub("-", scene).partition("-"))
    return (int(first), int(last)) if dash and first.isdecimal() and last.isdecimal() else None


def _one_scene(scene: str) -> str:
    """One spelling of a scene: ``014`` is 14, ``20a`` is 20A."""
    plain = scene.strip().upper()
    numbered = _SCENE.fullmatch(plain)
    return plain if numbered is None else f"{int(numbered[1])}{numbered[2]}"


@lru_cache(maxsize=4096)
def packed(actions: int, purposes: int, reach: int) -> int:
    """Three sets in one integer, so that one comparison covers them all; equal ones are one object."""
    return actions | purposes << _PURPOSE_SHIFT | reach << _REACH_SHIFT


def speaks(filed: FiledLicense) -> bool:
    """Whether its prohibitions hold: those of a draft do not; a signal found in a file does without activation."""
    return filed.status not in _SILENT or filed.license.kind is LicenseKind.EMBEDDED_SIGNAL


def grant_rule(
    filed: FiledLicense, grant: Grant, people: Mapping[str, Person], parties: Mapping[str, Party]
) -> GrantRule:
    territories = territory.mask_of(grant.territories)
    reach = territory.spread(territories, grant.media)
    actions = vocabulary.action_mask(vocabulary.actions_granted(grant.actions))
    purposes = vocabulary.purpose_mask(grant.purposes)
    ends = _seconds(grant.generate_until, FOREVER)
    fault, before = authority.fault(filed, grant, people), tuple(_before(grant))
    survives_until, exploit_until = _survives_until(grant), _seconds(grant.exploit_until, FOREVER)
    expires = authority.expiries(filed.license, parties)
    revoked_at = min(_seconds(grant.revoked_at, FOREVER), _seconds(filed.revoked_at, FOREVER))
    superseded_at = _seconds(filed.superseded_at, FOREVER)
    limited = bool(grant.scenes or grant.caps or grant.regions or not grant.commercial)
    counted = grant.depth is not None or grant.retention_days_max is not None
    return GrantRule(
        id=grant.id,
        grant=grant,
        filed=filed,
        facets=frozenset(grant.facets),
        actions=actions,
        purposes=purposes,
        productions=frozenset(grant.productions),
        territories=territories,
        media=frozenset(grant.media),
        reach=reach,
        recipients=frozenset(grant.recipients),
        starts=_seconds(grant.generate_from, NEVER),
        ends=ends,
        survives_until=survives_until,
        exploit_until=exploit_until,
        lasts=min(exploit_until, FOREVER if ends == FOREVER else max(ends, survives_until)),
        expires=expires,
        override=filed.license.kind is LicenseKind.COUNSEL_OVERRIDE,
        revoked_at=revoked_at,
        superseded_at=superseded_at,
        outlives_revocation=filed.license.on_revocation.effect is RevocationEffect.PROSPECTIVE,
        scenes=expand_scenes(grant.scenes) if grant.scenes else None,
        before=before,
        fault=fault,
        closes=min(ends, revoked_at, superseded_at, *(moment for moment, _ in expires)),
        bits=packed(actions, purposes, reach),
        plain=not (fault or before or limited or counted),
        owes=bool(grant.use_description) or any(duty.when is DutyWhen.POST for duty in grant.duties),
    )


def _before(grant: Grant) -> Iterable[Duty]:
    yield from (duty for duty in grant.duties if duty.when is DutyWhen.PRE)
    if grant.share_alike:
        yield share_alike_duty(grant)


def share_alike_duty(grant: Grant) -> Duty:
    """Share-alike binds what is made from it, so counsel decides: an approval owed before any use."""
    return Duty(
        id=f"{grant.id}/share-alike",
        when=DutyWhen.PRE,
        kind=DutyKind.APPROVAL,
        what="release under the same license",
        by=COUNSEL,
    )


def _survives_until(grant: Grant) -> float:
    match grant.survival.kind:
        case SurvivalKind.PERPETUAL:
            return FOREVER
        case SurvivalKind.UNTIL:
            return _seconds(grant.survival.until, NEVER)
        case SurvivalKind.SELL_OFF:
            end = grant.revoked_at or grant.generate_until
            return FOREVER if end is None else (end + timedelta(days=grant.survival.days)).timestamp()
        case SurvivalKind.NONE:
            return NEVER


def prohibition_rules(filed: FiledLicense, ban: Prohibition) -> tuple[ProhibitionRule, ...]:
    """What a clause prohibits; a legal hold keeps everything it selects from being cleared away, in every dimension."""
    if filed.license.kind is not LicenseKind.LEGAL_HOLD:
        return (prohibition_rule(filed, ban),)
    kept = Prohibition(
        id=f"{ban.id}/keep",
        clause=ban.clause,
        selector=ban.selector,
        actions=_CLEARED_AWAY,
        from_=ban.from_,
        until=ban.until,
    )
    held = (kept, ban) if ban.actions else (kept,)
    released = _seconds(filed.revoked_at, FOREVER)  # a hold that was lifted holds no longer
    rules = (prohibition_rule(filed, one) for one in held)
    return tuple(replace(rule, ends=min(rule.ends, released), firm=True) for rule in rules)


def prohibition_rule(filed: FiledLicense, ban: Prohibition, entry: RuleEntry | None = None) -> ProhibitionRule:
    everywhere = not ban.territories.included
    # One prohibited country is enough to lose the unrestricted world.
    reach = territory.EVERYWHERE if everywhere else territory.mask_of(ban.territories) | territory.UNRESTRICTED
    return ProhibitionRule(
        id=ban.id,
        prohibition=ban,
        filed=filed,
        facets=frozenset(ban.facets),
        actions=vocabulary.action_mask(vocabulary.actions_prohibited(ban.actions)),
        purposes=vocabulary.purpose_mask(ban.purposes or tuple(vocabulary.PURPOSES)),
        productions=frozenset(ban.productions) - {ANY},
        reach=territory.spread(reach, ban.media or vocabulary.every_medium()),
        recipients=frozenset(ban.recipients) - {ANY},
        scenes=frozenset() if unlimited(ban.scenes) else expand_scenes(ban.scenes),
        starts=_seconds(ban.from_, NEVER),
        ends=_seconds(ban.until, FOREVER),
        superseded_at=_seconds(filed.superseded_at, FOREVER),
        firm=ban.severity is ProhibitionClass.PROTECTED,
        entry=entry,
    )


def _seconds(moment: datetime | None, absent: float) -> float:
    if moment is None:
        return absent
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.timestamp()
