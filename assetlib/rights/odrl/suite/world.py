"""The world and the question of a test case, in our model.

A question here must say more than an ODRL request does. The harness says the rest in a neutral way: the purpose is
previs, which asks for an action no case uses and which a grant of the house covers; the production, the medium and
the territory are ones every rule without a word about them covers; whoever asks is a registered party.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assetlib.model.asset import AssetKind, AssetVersion, Facet, FacetClaim, FacetStatus
from assetlib.model.license import Answer as Trains
from assetlib.model.license import (
    Duty,
    DutyWhen,
    Grant,
    License,
    LicenseKind,
    LicenseParty,
    LicenseStatus,
    Prohibition,
    Selector,
    Territories,
)
from assetlib.model.production import Production
from assetlib.model.world import (
    AssetFacts,
    DutyFulfilment,
    FiledLicense,
    FulfilmentState,
    Integrity,
    Recipient,
    RecipientKind,
    World,
)
from assetlib.rights.odrl.nodes import show
from assetlib.rights.odrl.profile import ODRL
from assetlib.rights.odrl.suite.cases import Unmapped, local
from assetlib.rights.odrl.suite.policy import RuleOf
from assetlib.rights.odrl.suite.windows import END, START, Box, instant_of
from assetlib.rights.vocabulary import MEDIA, PURPOSES
from provenance.decision import Question
from provenance.digest import digest_bytes

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

PURPOSE = "previs"
_PRODUCTION = "test"
_UNKNOWN_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_FULFILLED, _UNMET, _UNKNOWN = {"Performed", "Fulfilled"}, {"Unperformed", "Violated"}, {"Unknown", "NonSet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of the world: the moment (None where none is told), memberships, and how duties stand."""

    now: datetime | None
    members: frozenset[tuple[Node, Node]]
    duties: dict[Node, str]

    def collections_of(self, node: Node) -> frozenset[Node]:
        """The collections a thing is in; raises Unmapped where a collection is itself in one."""
        direct = {collection for member, collection in self.members if member == node}
        if any(member in direct for member, _ in self.members):
            raise Unmapped("a collection lies in another; whether its members lie there too is not said")
        return frozenset(direct)


def state_of(*graphs: Graph) -> State:
    """The state that the last graph tells; memberships may stand in any of them."""
    from rdflib import URIRef

    part_of = URIRef(ODRL + "partOf")
    world = graphs[-1]
    clocks = {value for node, predicate, value in world if _is_clock(node, predicate)}
    if len(clocks) > 1:
        raise Unmapped("the state of the world tells several times")
    return State(
        now=instant_of(clocks.pop()) if clocks else None,
        members=frozenset(pair for graph in graphs for pair in graph.subject_objects(part_of)),
        duties=_duty_states(world),
    )


def _is_clock(node: Node, predicate: Node) -> bool:
    return (local(node) == "currentTime" and local(predicate) == "issued") or local(predicate) == "currentTime"


def _duty_states(graph: Graph) -> dict[Node, str]:
    """By duty: fulfilled, unmet or unknown; raises Unmapped where reports contradict each other."""
    found: dict[Node, set[str]] = {}
    rules = {subject: value for subject, predicate, value in graph if local(predicate) == "rule"}
    for subject, predicate, value in graph:
        if local(predicate) in ("performanceState", "deonticState") and subject in rules:
            found.setdefault(rules[subject], set()).add(_standing(local(value)))
    for duty, told in found.items():
        if len(told) > 1:
            raise Unmapped(f"the reports about the duty {show(duty)} contradict each other")
    return {duty: told.pop() for duty, told in found.items()}


def _standing(word: str) -> str:
    for name, words in (("fulfilled", _FULFILLED), ("unmet", _UNMET), ("unknown", _UNKNOWN)):
        if word in words:
            return name
    raise Unmapped(f"the state {word} of a duty is not known here")


def world_of(rules: tuple[RuleOf, ...], request: RuleOf, state: State, *, unknown_counts: bool = False) -> World:
    """The asset that is asked for, the rules over it, and how their duties stand.

    With `unknown_counts` a duty in an unknown state counts as fulfilled: that is how ODRL reads it, and never we.
    """
    asset = _asset(request.targets[0], state)
    members = _members(request, state)
    grants = [g for n, rule in enumerate(rules) if rule.permission for g in _grants(rule, n, members)]
    bans = [b for n, rule in enumerate(rules) if not rule.permission for b in _bans(rule, n, members)]
    policy = License(
        id="POLICY",
        kind=LicenseKind.LICENSE,
        timezone="UTC",
        licensor=LicenseParty(party="assigner"),
        licensee="assignee",
        grants=tuple(grants),
        prohibitions=tuple(bans),
    )
    party = _party(request)
    return World(
        assets=(AssetFacts(version=asset, integrity=Integrity.VERIFIED),),
        licenses=(_filed(policy), _filed(_house(request))),
        recipients=() if party is None else (Recipient(id=party, kind=RecipientKind.PARTY, trains=Trains.NO),),
        productions=(Production(id=_PRODUCTION, name="Test"),),
        fulfilments=tuple(_fulfilments(rules, state, unknown_counts=unknown_counts)),
    )


def question_of(request: RuleOf, rules: tuple[RuleOf, ...], state: State) -> Question:
    """Raises Unmapped where a rule depends on what neither the request nor the state of the world tells."""
    told = request.boxes[0]
    bounds = [box for rule in rules for box in rule.boxes]
    for name in ("purposes", "territories", "media"):
        if getattr(told, name) is None and any(getattr(box, name) is not None for box in bounds):
            raise Unmapped(f"the policy depends on the {name} of the use, and the request states none")
    if state.now is None and any((box.since, box.until) != (START, END) for box in bounds):
        raise Unmapped("the policy depends on the time, and the state of the world tells none")
    asset = _asset(request.targets[0], state)
    return Question(
        actions=request.actions or (),
        purpose=_single(told.purposes, PURPOSE),
        production=_PRODUCTION,
        territories=(_single(told.territories, "WW"),),
        media=(_single(told.media, "internal"),),
        recipient=_party(request) or "local",
        references=(asset.pinned,),
        requester="test",
        now=state.now or _UNKNOWN_TIME,
    )


def universal_grant(request: RuleOf) -> Grant:
    """A grant of what is asked without any limit: against it a prohibition shows whether it holds."""
    return replace(_plain_grant("ALL#1"), actions=request.actions or ())


def _plain_grant(id_: str) -> Grant:
    return Grant(
        id=id_,
        clause=id_.partition("#")[2],
        facets=(Facet.UNDERLYING_WORK,),
        selector=Selector(kinds=tuple(AssetKind)),
        actions=(),
        purposes=tuple(PURPOSES),
        productions=("*",),
        territories=Territories(included=("WW",)),
        media=MEDIA,
        recipients=("*",),
    )


def _house(request: RuleOf) -> License:
    """What the question asks for besides, because of its purpose."""
    purpose = _single(request.boxes[0].purposes, PURPOSE)
    besides = tuple(action for action in PURPOSES[purpose] if action not in (request.actions or ()))
    grants = (replace(_plain_grant("HOUSE#1"), actions=besides),) if besides else ()
    return License(
        id="HOUSE",
        kind=LicenseKind.LICENSE,
        timezone="UTC",
        licensor=LicenseParty(party="house"),
        licensee="house",
        grants=grants,
    )


def _filed(license_: License) -> FiledLicense:
    return FiledLicense(
        license=license_,
        digest=digest_bytes(repr(license_).encode()),
        status=LicenseStatus.ACTIVE,
        activated=True,
    )


def _grants(rule: RuleOf, number: int, members: dict[Node, tuple[str, ...]]) -> list[Grant]:
    """A grant for each alternative that the rule's constraints leave."""
    return [
        replace(
            _plain_grant(f"POLICY#{number}.{n}"),
            selector=_selector(rule),
            actions=rule.actions or (),
            recipients=_recipients(rule, members),
            duties=tuple(_duty_value(rule, number, n, place) for place in range(len(rule.duties))),
            generate_from=None if box.since == START else box.since,
            generate_until=None if box.until == END else box.until,
            purposes=tuple(PURPOSES) if box.purposes is None else tuple(sorted(box.purposes)),
            media=MEDIA if box.media is None else tuple(sorted(box.media)),
            territories=_territories(box) or Territories(included=("WW",)),
        )
        for n, box in enumerate(rule.boxes)
    ]


def _bans(rule: RuleOf, number: int, members: dict[Node, tuple[str, ...]]) -> list[Prohibition]:
    recipients = _recipients(rule, members)
    if not recipients:
        return []  # a collection without members: nobody is prohibited, while an empty dimension would mean everybody
    return [
        Prohibition(
            id=f"POLICY#{number}.{n}",
            clause=f"{number}.{n}",
            selector=_selector(rule),
            actions=rule.actions or (),
            recipients=() if recipients == ("*",) else recipients,
            purposes=tuple(sorted(box.purposes or ())),
            media=tuple(sorted(box.media or ())),
            territories=_territories(box) or Territories(),
            from_=None if box.since == START else box.since,
            until=None if box.until == END else box.until,
        )
        for n, box in enumerate(rule.boxes)
    ]


def _territories(box: Box) -> Territories | None:
    return None if box.territories is None else Territories(included=tuple(sorted(box.territories)))


def _duty_value(rule: RuleOf, number: int, alternative: int, place: int) -> Duty:
    return Duty(
        id=f"POLICY#{number}.{alternative}/{place}",
        when=DutyWhen.PRE,
        kind=rule.duties[place].kind,
        what="as the policy says",
    )


def _fulfilments(rules: tuple[RuleOf, ...], state: State, *, unknown_counts: bool) -> list[DutyFulfilment]:
    found = []
    for number, rule in enumerate(rules):
        for place, duty in enumerate(rule.duties):
            standing = state.duties.get(duty.node, "unknown")
            if standing == "unknown" and not unknown_counts:
                continue
            unmet = standing == "unmet"
            found += [
                DutyFulfilment(
                    duty=f"POLICY#{number}.{n}/{place}",
                    scope="",
                    state=FulfilmentState.REFUSED if unmet else FulfilmentState.FULFILLED,
                    by="assignee",
                    at=START,
                )
                for n in range(len(rule.boxes))
            ]
    return found


def _asset(node: Node, state: State) -> AssetVersion:
    name = _id(node)
    return AssetVersion(
        entity=f"assetlib:///props/{name}",
        version="v001",
        digest=digest_bytes(name.encode()),
        kind=AssetKind.PROP,
        name=name,
        facets=(FacetClaim(facet=Facet.UNDERLYING_WORK, subject=name, status=FacetStatus.REVIEWED, by="test"),),
        files=(),
        source_type="",
        created_by="test",
        created_at=START,
        collections=tuple(sorted(_id(one) for one in state.collections_of(node))),
    )


def _selector(rule: RuleOf) -> Selector:
    """The assets by name and, should they be collections, by membership; a rule without a target is about all."""
    if not rule.targets:
        return Selector(kinds=tuple(AssetKind))
    sources = [source for collection, source in rule.sources if collection in rule.targets]
    return Selector(
        entities=tuple(f"assetlib:///props/{_id(node)}" for node in rule.targets),
        collections=tuple(_id(node) for node in (*rule.targets, *sources)),
    )


def _members(request: RuleOf, state: State) -> dict[Node, tuple[str, ...]]:
    """Whoever asks, under each collection of parties it belongs to: expanded now, as collections of assets are."""
    if not request.assignees:
        return {}
    return {collection: (_id(request.assignees[0]),) for collection in state.collections_of(request.assignees[0])}


def _recipients(rule: RuleOf, members: dict[Node, tuple[str, ...]]) -> tuple[str, ...]:
    if not rule.assignees:
        return ("*",)
    sources = dict(rule.sources)
    named = [_id(node) for node in rule.assignees]
    for node in rule.assignees:
        for collection in (node, sources.get(node)):
            named += members.get(collection, ()) if collection is not None else ()
    return tuple(dict.fromkeys(named))


def _party(request: RuleOf) -> str | None:
    return _id(request.assignees[0]) if request.assignees else None


def _single(told: frozenset[str] | None, otherwise: str) -> str:
    if told is None:
        return otherwise
    if len(told) != 1:
        raise Unmapped("the request leaves open which of several it means")
    return next(iter(told))


def _id(node: Node) -> str:
    """A name of ours for an IRI: what a person reads of it, and enough of its digest to be its own."""
    words = re.sub(r"[^a-z0-9]+", "-", local(node).lower()).strip("-")[:40]
    return f"{words or 'x'}-{digest_bytes(str(node).encode())[7:15]}"
