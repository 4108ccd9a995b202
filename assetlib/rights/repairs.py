"""What would change the answer, as choices: an amended clause, a use that fits it, an alternative, a stand-in.

Everything that one clause lacks is asked of its licensor in one line, whatever the number of atoms.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assetlib.model.asset import AssetKind
from assetlib.model.license import LicenseKind, LicenseStatus
from assetlib.rights import cover, explain, fields, wording
from assetlib.rights.asked import Asked
from assetlib.rights.explain import clause_of, duty_words, name_of
from assetlib.rights.gaps import Gap
from assetlib.rights.index import RightsIndex
from assetlib.rights.reasons import FAULTS, beyond_scenes, claimed, owed, unrecorded, window
from assetlib.rights.rules import GrantRule, ProhibitionRule
from assetlib.rights.vocabulary import ACTION_BIT, ACTIONS, CONTENT_FLAGS, MAKING, medium_order
from assetlib.rights.wording import listed
from provenance.decision import Finding

_ENDED = frozenset({"revoked", "superseded", "license kind", "majority", "after death"})
_TRAINING = frozenset({"train.gen"})
_ADDED_BY_PROVIDER = _TRAINING | {"export.provider"}
_OVER = (LicenseStatus.REVOKED, LicenseStatus.EXPIRED)
_REPLACEABLE = frozenset(
    {"no-grant", "rule-requires", "clearance-lost", "prohibited", "personal-data", "retention", "region"}
)


Told = Mapping[str, Gap | GrantRule | ProhibitionRule]  # by the sentence of a finding, what it is about


@dataclass(slots=True)
class _Lack:
    """Everything that one clause, nearest to several gaps, lacks between them."""

    missing: dict[str, None] = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)
    territories: set[str] = field(default_factory=set)
    media: set[str] = field(default_factory=set)

    def add(self, gap: Gap) -> None:
        places = (("territory", gap.beyond), ("media", gap.beyond_media))
        self.missing |= dict.fromkeys([*(name for name, words in places if words), *gap.missing])
        self.actions |= set(gap.actions) if "action" in gap.missing else set()
        self.territories |= set(gap.beyond)
        self.media |= set(gap.beyond_media)


def repairs(findings: tuple[Finding, ...], told: Told, index: RightsIndex, asked: Asked) -> tuple[str, ...]:
    """Ways to turn the findings around in their order, each once; `told` has what their sentences are about."""
    lacks: dict[str, _Lack] = defaultdict(_Lack)
    for about in told.values():
        if isinstance(about, Gap):
            lacks[about.grant].add(about)
    steps = [step for finding in findings for step in _steps(finding, told, lacks, index, asked)]
    return tuple(dict.fromkeys([*steps, *_without(findings, index, asked)]))


def _steps(finding: Finding, told: Told, lacks: dict[str, _Lack], index: RightsIndex, asked: Asked) -> Iterator[str]:
    match told.get(finding.sentence):
        case Gap() as gap:
            yield from _toward(gap, lacks[gap.grant], index, asked)
        case GrantRule() as rule:
            for duty in cover.pending(rule, asked, index).approvals:
                yield f"ask {duty.by} for the {duty.kind.value} under {clause_of(rule.id)} ({duty.what})"
        case ProhibitionRule() if finding.code == "undeclared-content":
            yield f"declare, yes or no, whether the shot shows {wording.flags(_undeclared(told, asked))}"
        case ProhibitionRule() as rule:
            yield _around(rule, asked)
        case None:
            yield from _plain(finding, asked)


def _plain(finding: Finding, asked: Asked) -> Iterator[str]:
    """What would change a finding that no clause is behind."""
    asset = name_of(finding.asset) if finding.asset else ""
    match finding.code:
        case "no-provider-agreement":
            yield f"file reviewed terms for {asked.recipient}, or stay with the recipient local"
        case "unregistered-recipient":
            yield f"register the recipient {asked.recipient}, or use the recipient local"
        case "personal-data":
            yield f"agree terms with {asked.recipient} that cover data of people, or stay with the recipient local"
        case "no-rights-record":
            yield f"declare the facets of {asset} and have a librarian stand behind them"
        case "integrity":
            yield f"verify {asset}, or restore it from a good copy"
        case "synthetic-performer":
            yield f"complete the record of the synthetic performer in {asset}"
        case "rule-asks":
            yield f"record the answer that {finding.clause} asks for"
        case "retired":
            yield f"restore {asset}, or use its successor"


def _toward(gap: Gap, lack: _Lack, index: RightsIndex, asked: Asked) -> Iterator[str]:
    """From what the nearest clause lacks to what would supply it."""
    if not gap.grant or "facet" in gap.missing:
        yield f"file and activate a license for the {claimed(gap)}"
        return
    rule = index.rule(gap.grant)
    license_, missing = rule.filed.license, lack.missing
    if not _ENDED.isdisjoint(missing) or rule.filed.status in _OVER:
        yield f"agree new terms with {license_.licensor.party} in place of {clause_of(rule.id)}"
        return
    if missing.keys() & {"license status", "activation"}:
        verb = "lift the suspension of" if rule.filed.status is LicenseStatus.SUSPENDED else "activate"
        yield f"have a rights-admin {verb} {license_.id}"
    for dimension in missing:
        if dimension in FAULTS and dimension != "activation":
            yield f"have {clause_of(rule.id)} filed anew: it {FAULTS[dimension]}"
        if fields_missing := unrecorded(dimension, rule, asked):
            yield f"have {license_.licensor.party} put on record {listed(map(fields.words_of, fields_missing))}"
        for duty in owed(rule, dimension):
            yield f"settle {duty_words(duty)} under {clause_of(rule.id)}, and record it"
    ways = [(_amended(dimension, lack, rule, asked), _kept(dimension, lack, rule, asked)) for dimension in missing]
    amended = [words for words, _ in ways if words]
    if amended:
        kept = [own for words, own in ways if words]
        instead = f", or {_together(kept)}" if all(kept) else ""
        yield f"have {license_.licensor.party} amend {clause_of(rule.id)} to {listed(amended)}{instead}"
    yield from (own for words, own in ways if own and not words)


def _together(choices: list[str]) -> str:
    """``keep to DE and US and to svod``: the ways to keep to a clause, the common verb once."""
    told = [
        words.removeprefix("keep ") if i and choices[i - 1].startswith("keep ") else words
        for i, words in enumerate(choices)
    ]
    return " and ".join(told)


def _lasting(asked: Asked) -> str:
    until = asked.question.exploit_until
    return "again" if until is not None and until.timestamp() <= asked.now else wording.until(until)


def _amended(dimension: str, lack: _Lack, rule: GrantRule, asked: Asked) -> str:
    """What the clause would have to say, continuing "amend … to"; '' where an amendment is not the way."""
    match dimension:
        case "scenes":
            beyond = beyond_scenes(rule, asked)
            return f"cover {wording.scenes(beyond)}" if beyond else ""
        case "territory":
            return f"cover {listed(sorted(lack.territories))}"
        case "media":
            return f"allow the media {listed(sorted(lack.media, key=medium_order))}"
        case "action":
            named = sorted(lack.actions - _unwanted(asked), key=ACTIONS.index)
            return f"allow {wording.actions(named)}" if named else ""
        case "purpose":
            return f"allow the purpose {asked.question.purpose}"
        case "production":
            return f"name the production {asked.production}"
        case "recipient":
            return f"name the recipient {asked.recipient}"
        case "exploit_until":
            return f"let results be used {_lasting(asked)}"
        case "survival":
            return f"let finished results be used {_lasting(asked)}"
        case "generation window":
            return "extend the time for new work"
        case "cap":
            return f"raise its limit of {listed(f'{cap.limit} {cap.unit.value}' for cap in rule.grant.caps)}"
        case "commercial use":
            return "allow commercial use"
        case "depth":
            return "reach further derivatives"
        case "retention":
            return "let the provider keep files longer"
        case "region":
            return "allow the provider's regions"
        case _:
            return ""


def _unwanted(asked: Asked) -> frozenset[str]:
    """Training that nobody asked for, and that only the recipient's terms bring along: no license should grow by it."""
    return _TRAINING if asked.question.purpose != "training" and "train.gen" in dict(asked.added) else frozenset()


def _kept(dimension: str, lack: _Lack, rule: GrantRule, asked: Asked) -> str:
    """How the use itself could keep to the clause; '' where it cannot."""
    grant = rule.grant
    match dimension:
        case "scenes":
            unsaid = "" if asked.scenes else "name the shot's scenes and "
            return f"{unsaid}keep to {wording.scenes(grant.scenes)}"
        case "territory":
            return f"keep to {wording.territories(rule.territories)}"
        case "media":
            return f"keep to {listed(grant.media)}"
        case "action" if lack.actions <= _unwanted(asked):
            # Without any terms that is what the missing terms' own repair says.
            return "" if asked.agreement is None else "use a recipient whose terms rule out training, such as local"
        case "action" if lack.actions <= _ADDED_BY_PROVIDER and asked.to_provider:
            return "stay with the recipient local"
        case "purpose":
            return f"ask for the purpose {listed(grant.purposes, 'or')}"
        case "recipient":
            return f"use the recipient {listed(grant.recipients, 'or')}"
        case "exploit_until":
            assert grant.exploit_until is not None
            if rule.exploit_until <= asked.now:
                return ""  # nothing that is asked can lie before it
            return f"end the use by {wording.last_day(grant.exploit_until, rule.filed.license.timezone)}"
        case "generation window":
            return f"work {window(rule)}"
        case "retention" | "region":
            return f"use a provider within its {dimension} limit, or stay local"
        case _:
            return ""


def _around(rule: ProhibitionRule, asked: Asked) -> str:
    """Past a prohibition: without what it is about, or with its licensor's changed word."""
    shown = [flag for flag in rule.prohibition.content if asked.content.get(flag) == "yes"]
    touched = [action for action in asked.actions if rule.actions & ACTION_BIT[action]]
    out = f"keep {wording.flags(shown, 'and')} out of the shot" if shown else f"leave out {wording.actions(touched)}"
    if rule.filed.license.kind is LicenseKind.LEGAL_HOLD:
        return f"wait until counsel lifts {clause_of(rule.id)}"
    if rule.entry is not None:
        cited = explain.cited(rule.filed.license.id, rule.entry)
        return out if rule.firm else f"{out}, or ask counsel for an override of {cited}"
    return f"{out}, or agree a change of {clause_of(rule.id)} with {rule.filed.license.licensor.party}"


def _undeclared(told: Told, asked: Asked) -> list[str]:
    """Every flag that some clause in the way names and the shot says nothing about."""
    bans = [rule.prohibition for rule in told.values() if isinstance(rule, ProhibitionRule)]
    named = {flag for ban in bans for flag in ban.content if asked.content.get(flag) not in ("yes", "no")}
    return sorted(named, key=CONTENT_FLAGS.index)


def _without(findings: tuple[Finding, ...], index: RightsIndex, asked: Asked) -> Iterator[str]:
    """Going on without the refused references, where others are left."""
    wanting = {index.by_pin[f.asset] for f in findings if f.asset in index.by_pin and f.code in _REPLACEABLE}
    refused = [index.assets[r].version for r in asked.references if not wanting.isdisjoint(index.closure(r))]
    if not refused or len(refused) == len(asked.references):
        return
    names = sorted(name_of(version.entity) for version in refused)
    yield f"use a cleared alternative in place of {listed(names)}"
    characters = [version.name for version in refused if version.kind is AssetKind.CHARACTER]
    making = asked.question.shot and not MAKING.isdisjoint(asked.actions)
    if making and characters and len(characters) == len(refused):  # a mannequin stands in for nothing else
        flags = " ".join(f"--stand-in {shlex.quote(name)}" for name in sorted(characters))
        yield f"block the shot with our mannequin in place of {listed(sorted(characters))} ({flags})"
