"""Policies and requests of test cases, rule by rule; raises Unmapped for whatever our vocabulary cannot say."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from assetlib.model.license import DutyKind
from assetlib.rights.odrl import profile
from assetlib.rights.odrl.nodes import show
from assetlib.rights.odrl.profile import ODRL, RDF
from assetlib.rights.odrl.suite.cases import Unmapped
from assetlib.rights.odrl.suite.windows import ANYTHING, Boxes, boxes_of
from assetlib.rights.vocabulary import ACTIONS, NEVER_IMPLIED

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

# ODRL actions that mean one of ours and nothing beside it. ``odrl:write`` is deprecated as an exact match of modify.
MEANT = MappingProxyType(
    {
        ODRL + "read": "view",
        ODRL + "modify": "edit",
        ODRL + "write": "edit",
        ODRL + "delete": "delete",
        ODRL + "gen-ai": "train.gen",
    }
)
USE = ODRL + "use"
IN_USE = ("view", "edit", "delete")  # what is included in odrl:use and may be granted by it: no training
_DUTIES = MappingProxyType({iri: kind for kind, iri in profile.DUTY_ACTIONS.items()})
_TAKEN = {"Set", "Agreement", "Policy"}
_REASONS = MappingProxyType(
    {
        "Offer": "an Offer grants nothing and must not be evaluated",
        "Request": "a Request grants nothing",
        "Ticket": "a Ticket is granted to whoever holds it, which no dimension here says",
        "Assertion": "an Assertion is a claim and no grant",
        "Privacy": "a Privacy policy is about personal data, which is no asset",
    }
)
_SHARED = ("target", "assignee", "assigner", "action")  # said once on a policy, they hold for each of its rules
_NOTES = (
    "http://purl.org/dc/",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/2004/02/skos/core#",
    "http://schema.org/",
    "http://www.w3.org/ns/prov#",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyOf:
    node: Node
    kind: DutyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOf:
    """A rule as said. `actions` None is any action, `targets` and `assignees` empty are any."""

    node: Node
    permission: bool
    actions: tuple[str, ...] | None
    targets: tuple[Node, ...]
    assignees: tuple[Node, ...]
    sources: tuple[tuple[Node, Node], ...] = ()  # (collection, its odrl:source)
    boxes: Boxes = ANYTHING
    duties: tuple[DutyOf, ...] = ()
    wider_than_said: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOf:
    rules: tuple[RuleOf, ...]
    conflict: str


def policy_of(graph: Graph, node: Node) -> PolicyOf:
    _kind(graph, node)
    conflicts = [str(one) for one in _objects(graph, node, "conflict")]
    if len(conflicts) > 1:
        raise Unmapped("the policy names two ways to settle a conflict")
    _only(graph, node, {"uid", "conflict", "permission", "prohibition", "profile", *_SHARED})
    shared = {name: _objects(graph, node, name) for name in _SHARED}
    rules = [
        _rule(graph, rule, shared, permission=name == "permission")
        for name in ("permission", "prohibition")
        for rule in _objects(graph, node, name)
    ]
    if not rules:
        raise Unmapped("the policy has no rule")
    return PolicyOf(rules=tuple(rules), conflict=conflicts[0] if conflicts else ODRL + "invalid")


def requests_of(graph: Graph, node: Node) -> tuple[RuleOf, ...]:
    """What is asked: the permissions of a request, each one act by one party on one asset."""
    _only(graph, node, {"uid", "permission", "profile", *_SHARED})
    shared = {name: _objects(graph, node, name) for name in _SHARED}
    asked = [_rule(graph, rule, shared, permission=True, asked=True) for rule in _objects(graph, node, "permission")]
    if not asked:
        raise Unmapped("the request asks for no permission")
    for rule in asked:
        if rule.actions is None or len(rule.actions) != 1 or len(rule.targets) != 1 or len(rule.assignees) > 1:
            raise Unmapped("the request is not for one action on one asset by at most one party")
        if len(rule.boxes) != 1:
            raise Unmapped("the request states alternatives")
    return tuple(asked)


def _kind(graph: Graph, node: Node) -> None:
    from rdflib import URIRef

    kinds = {str(one).removeprefix(ODRL) for one in graph.objects(node, URIRef(RDF + "type"))}
    for kind in sorted(kinds):
        if kind in _REASONS:
            raise Unmapped(_REASONS[kind])
        if kind not in _TAKEN:
            raise Unmapped(f"{show(kind)} is no kind of policy known here")
    for one in _objects(graph, node, "profile"):
        if str(one) not in (profile.PROFILE, "http://www.w3.org/ns/odrl/2/core", "http://www.w3.org/ns/odrl/2/"):
            raise Unmapped(f"the profile {show(one)} is not known here, so its words have no meaning")


def _rule(graph: Graph, node: Node, shared: dict[str, list[Node]], *, permission: bool, asked: bool = False) -> RuleOf:
    _only(graph, node, {"uid", "constraint", *_SHARED, *(("duty",) if permission and not asked else ())})
    said = {name: [*_objects(graph, node, name), *shared[name]] for name in _SHARED}
    actions, wider = _actions(graph, said["action"], permission=permission, asked=asked)
    targets, parties = tuple(said["target"]), tuple(said["assignee"])
    for one in (*targets, *parties):
        _only(graph, one, {"uid", "source", "partOf", "hasPolicy"}, described=True)
    return RuleOf(
        node=node,
        permission=permission,
        actions=actions,
        targets=targets,
        assignees=parties,
        sources=tuple((one, src) for one in (*targets, *parties) for src in _objects(graph, one, "source")),
        boxes=boxes_of(graph, _objects(graph, node, "constraint")),
        duties=tuple(_duty(graph, duty) for duty in _objects(graph, node, "duty")),
        wider_than_said=wider,
    )


def _actions(graph: Graph, nodes: list[Node], *, permission: bool, asked: bool) -> tuple[tuple[str, ...] | None, bool]:
    """Our words; and whether ODRL takes the permission to include training, which a grant here never implies."""
    if not nodes:
        if permission:
            raise Unmapped("a rule without an action means every action; a grant here names each")
        return None, False
    words: list[str] = []
    wider = False
    for node in nodes:
        iri = _plain_action(graph, node)
        own = profile.word_in("action", iri)
        if iri == USE and not asked:
            if not permission:
                return None, False
            words, wider = [*words, *IN_USE], True
        elif iri in MEANT:
            words.append(MEANT[iri])
        elif own in ACTIONS:
            words.append(str(own))
        elif iri in profile.AI_WORDS and not permission:
            words += sorted(profile.AI_WORDS[iri])
        else:
            raise Unmapped(f"the action {show(iri)} is not in our vocabulary")
    return tuple(dict.fromkeys(words)), wider


def _plain_action(graph: Graph, node: Node) -> str:
    """The IRI of an action; one with a refinement is narrower than any word of ours."""
    values = _objects(graph, node, "value", RDF)
    if _objects(graph, node, "refinement"):
        raise Unmapped("a refined action is narrower than any word here")
    return str(values[0]) if len(values) == 1 else str(node)


def _duty(graph: Graph, node: Node) -> DutyOf:
    _only(graph, node, {"uid", "action", "assigner", "assignee", "target"})
    actions = _objects(graph, node, "action")
    if len(actions) != 1 or _plain_action(graph, actions[0]) not in _DUTIES:
        told = ", ".join(show(one) for one in actions) or "nothing"
        raise Unmapped(f"the duty to do {told} is no kind of duty here")
    return DutyOf(node=node, kind=_DUTIES[_plain_action(graph, actions[0])])


def _objects(graph: Graph, node: Node, name: str, namespace: str = ODRL) -> list[Node]:
    from rdflib import URIRef

    return sorted(graph.objects(node, URIRef(namespace + name)), key=str)


def _only(graph: Graph, node: Node, known: set[str], *, described: bool = False) -> None:
    """Whatever else ODRL or a profile says about a node could change what it means; notes to people cannot.

    Assets and parties may be `described` in any vocabulary: what they are like is no term of a policy.
    """
    from rdflib import Literal

    if isinstance(node, Literal):
        raise Unmapped(f"{show(node)} is a text where a thing is expected")
    for predicate in sorted(set(graph.predicates(node)), key=str):
        name = str(predicate)
        if name == RDF + "type" or name.startswith(_NOTES) or (described and not name.startswith(ODRL)):
            continue
        if not name.startswith(ODRL) or name.removeprefix(ODRL) not in known:
            raise Unmapped(f"{show(predicate)} has no meaning here")


def asks_for_training(request: RuleOf) -> bool:
    return bool(NEVER_IMPLIED & set(request.actions or ()))
