"""An ODRL Agreement in our profile as a License. Only what `writer` could have said is taken.

A document is refused as a whole, with every reason: another profile, an Offer, a term nobody reads here, a value
outside the closed vocabularies, a statement that is left over. What is missing is never taken for permission: each
dimension of a permission has to be said, also where it says "any".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from assetlib.model.license import Duty, DutyWhen, Grant, License, LicenseParty, Prohibition
from assetlib.rights.odrl import profile
from assetlib.rights.odrl.constraints import Rule, selector_of
from assetlib.rights.odrl.graph import JSON_LD, OdrlRefused, parse
from assetlib.rights.odrl.nodes import Document, is_iri, show, sort_key
from assetlib.rights.odrl.profile import ODRL, OURS, RDF
from assetlib.rights.odrl.writer import (
    DUTY_FIELDS,
    GRANT_FIELDS,
    PARTY_FIELDS,
    POLICY_FIELDS,
    PROHIBITION_FIELDS,
)
from assetlib.rights.vocabulary import ACTIONS, GROUPS, actions_prohibited

if TYPE_CHECKING:
    from rdflib.term import Node

Placed = TypeVar("Placed")
_POLICIES = ("Agreement", "Set", "Policy", "Offer", "Request", "Ticket", "Assertion", "Privacy")
_REFUSED_TYPES = {
    "Offer": "is an Offer: it proposes and grants nothing; import the Agreement that came of it",
    "Set": "is a Set: it names no parties who agreed; import an Agreement",
    "Policy": "is a plain Policy: it names no parties who agreed; import an Agreement",
}


def read_odrl(data: bytes, format_: str = JSON_LD) -> License:
    """The License that a document says; raises OdrlRefused with every reason against it."""
    document = Document(parse(data, format_))
    policy = _the_policy(document)
    license_ = _license(document, policy)
    _tick_actions(document)
    reasons = [*document.problems, *document.unread()]
    if reasons:
        raise OdrlRefused(reasons)
    return license_


def _the_policy(document: Document) -> Node:
    """The one Agreement of our profile; says what stands there in place of it."""
    found = [(kind, node) for kind in _POLICIES for node in document.subjects_of(ODRL + kind)]
    agreements = [node for kind, node in found if kind == "Agreement"]
    refused = [f"{show(node)} {_REFUSED_TYPES.get(kind, f'is a {kind}; import an Agreement')}" for kind, node in found]
    if len(found) == 1 and agreements:
        policy = agreements[0]
        profiles = [show(one) for one in document.values(policy, ODRL + "profile")]
        if profiles != [profile.PROFILE]:
            told = ", ".join(profiles) or "none"
            raise OdrlRefused([f"expected the profile {profile.PROFILE}, found {told}: its words are not known here"])
        return policy
    if not found:
        raise OdrlRefused(["expected an odrl:Agreement, found no policy"])
    raise OdrlRefused(
        [told for told, (kind, _) in zip(refused, found, strict=True) if kind != "Agreement"]
        or [f"expected one Agreement in a document, found {len(agreements)}"]
    )


def _license(document: Document, policy: Node) -> License:
    document.expect(policy, RDF + "type", ODRL + "Agreement")
    document.expect(policy, ODRL + "uid", str(policy))
    document.expect(policy, ODRL + "conflict", ODRL + "prohibit")
    id_ = document.id_of(policy, "license")
    licensor = document.fields(
        LicenseParty, policy, PARTY_FIELDS, {"party": document.id(policy, ODRL + "assigner", "party")}
    )
    given = {
        "id": id_,
        "licensor": licensor,
        "licensee": document.id(policy, ODRL + "assignee", "party"),
        "grants": _placed(document, policy, ODRL + "permission", lambda node: _grant(document, node, id_)),
        "prohibitions": _placed(document, policy, ODRL + "prohibition", lambda node: _ban(document, node, id_)),
    }
    license_: License = document.fields(License, policy, POLICY_FIELDS, given)
    try:
        ZoneInfo(license_.timezone)
    except (ValueError, OSError, KeyError):
        document.wrong(policy, f"expected an IANA time zone, found {license_.timezone!r}")
    return license_


def _placed(document: Document, node: Node, predicate: str, read: Callable[[Node], Placed]) -> tuple[Placed, ...]:
    """Nodes by their ``al:position``, which must be 0, 1, 2 … ."""
    found = [(document.number(one, OURS + "position"), read(one)) for one in document.values(node, predicate)]
    if sorted(place for place, _ in found) != list(range(len(found))):
        document.wrong(node, f"expected the positions 0 to {len(found) - 1} under {show(predicate)}")
    return tuple(one for _, one in sorted(found, key=lambda pair: pair[0]))


def _grant(document: Document, node: Node, license_id: str) -> Grant:
    rule = _rule(document, node, "Permission")
    id_ = document.id_of(node, "rule")
    duties, share_alike = _duties(document, node, id_)
    given = {
        "id": id_,
        "selector": selector_of(document, node, rule.words("subject")),
        "facets": rule.facets(required=True),
        "actions": _granted(document, node),
        "purposes": rule.purposes(required=True),
        "productions": rule.named("production", required=True),
        "territories": rule.territories(required=True),
        "media": rule.media(required=True),
        "recipients": rule.named("recipient", required=True),
        "generate_from": rule.moment(ODRL + "dateTime", "gteq"),
        "generate_until": rule.moment(ODRL + "dateTime", "lt"),
        "exploit_until": rule.moment(OURS + "exploitationUntil", "lteq"),
        "scenes": rule.words("scene"),
        "caps": rule.caps(id_),
        "duties": duties,
        "depth": rule.at_most(OURS + "derivativeDepth"),
        "retention_days_max": rule.at_most(OURS + "retentionDays"),
        "regions": rule.words("region"),
        "commercial": rule.commercial(),
        "share_alike": share_alike,
    }
    rule.finish()
    grant: Grant = document.fields(Grant, node, GRANT_FIELDS, given)
    _cited_by_clause(document, node, id_, license_id, grant.clause)
    return grant


def _ban(document: Document, node: Node, license_id: str) -> Prohibition:
    rule = _rule(document, node, "Prohibition")
    id_ = document.id_of(node, "rule")
    given = {
        "id": id_,
        "selector": selector_of(document, node, rule.words("subject")),
        "facets": rule.facets(),
        "actions": _banned(document, node),
        "purposes": rule.purposes(),
        "productions": rule.named("production"),
        "territories": rule.territories(),
        "media": rule.media(),
        "recipients": rule.named("recipient"),
        "scenes": rule.words("scene"),
        "content": rule.content(),
        "from_": rule.moment(ODRL + "dateTime", "gteq"),
        "until": rule.moment(ODRL + "dateTime", "lt"),
    }
    rule.finish()
    ban: Prohibition = document.fields(Prohibition, node, PROHIBITION_FIELDS, given)
    _cited_by_clause(document, node, id_, license_id, ban.clause)
    return ban


def _rule(document: Document, node: Node, type_: str) -> Rule:
    document.expect(node, RDF + "type", ODRL + type_)
    return Rule(document, node)


def _cited_by_clause(document: Document, node: Node, id_: str, license_id: str, clause: str) -> None:
    """Decisions cite ``license#clause``; another id would speak in another license's name."""
    if id_ != f"{license_id}#{clause}":
        document.wrong(node, f"expected the rule id {license_id}#{clause}, found {id_!r}")


# -- actions ---------------------------------------------------------------------------------------------------


def _ordered(document: Document, node: Node, name: str, found: list[Node]) -> list[Node]:
    """The values of a set in the order that stands beside it, or sorted."""
    listed = document.at_most_one(node, f"{OURS}{name}Order")
    if listed is None:
        return sorted(found, key=sort_key)
    order = document.items(listed)
    if set(order) != set(found):
        document.wrong(node, f"al:{name}Order names other values than odrl:{name}")
        return sorted(found, key=sort_key)
    return order


def _action_words(document: Document, node: Node, found: list[Node]) -> tuple[str, ...]:
    words = []
    for one in _ordered(document, node, "action", found):
        word = profile.word_in("action", str(one)) if is_iri(one) else None
        if word not in (*ACTIONS, *GROUPS):
            document.wrong(node, f"the action {show(one)} is not a word of the profile")
        else:
            words.append(str(word))
    return tuple(words)


def _granted(document: Document, node: Node) -> tuple[str, ...]:
    found = document.values(node, ODRL + "action")
    for one in found:
        if str(one) in profile.AI_WORDS or str(one) == profile.value("action", "train"):
            document.wrong(node, f"{show(one)} takes in more than it says; name each of al:action/train.… or mine")
    if not found:
        document.wrong(node, "a permission has to name its actions")
    taken = [one for one in found if str(one) not in profile.AI_WORDS]
    return _action_words(document, node, taken)


def _banned(document: Document, node: Node) -> tuple[str, ...]:
    """``odrl:use`` alone is any action. ODRL's words for training add what ours beside them do not say already."""
    found = document.values(node, ODRL + "action")
    if [str(one) for one in found] == [ODRL + "use"]:
        return ()
    if not found:
        document.wrong(node, "a prohibition has to name its actions; odrl:use is any")
    foreign = [one for one in found if str(one) in profile.AI_WORDS]
    words = _action_words(document, node, [one for one in found if one not in foreign])
    said = actions_prohibited(words) if words else frozenset()
    meant = frozenset[str]().union(*(profile.AI_WORDS[str(one)] for one in foreign))
    return (*words, *sorted(meant - said))


def _tick_actions(document: Document) -> None:
    """The placing of our own actions under ``odrl:use`` says nothing new; anything else about them does."""
    for node in document.subjects_of(ODRL + "Action"):
        word = profile.word_in("action", str(node))
        if word not in (*ACTIONS, *GROUPS):
            document.wrong(node, "an action outside of the profile is defined")
            continue
        document.expect(node, RDF + "type", ODRL + "Action")
        document.expect(node, ODRL + "includedIn", ODRL + "use")


# -- duties ----------------------------------------------------------------------------------------------------


def _duties(document: Document, rule: Node, rule_id: str) -> tuple[tuple[Duty, ...], bool]:
    """The duties before and after use by their common position, and whether results stay under the same license."""
    placed: list[tuple[int, Duty]] = []
    share_alike = 0
    for predicate, when in ((ODRL + "duty", DutyWhen.PRE), (OURS + "afterUse", DutyWhen.POST)):
        for node in document.values(rule, predicate):
            document.expect(node, RDF + "type", ODRL + "Duty")
            action = document.one(node, ODRL + "action")
            if when is DutyWhen.PRE and str(action) == ODRL + "nextPolicy":
                share_alike += 1
                continue
            placed.append((document.number(node, OURS + "position"), _duty(document, node, action, when, rule_id)))
    if sorted(place for place, _ in placed) != list(range(len(placed))):
        document.wrong(rule, f"expected the duties at the positions 0 to {len(placed) - 1}")
    if share_alike > 1:
        document.wrong(rule, "expected at most one duty odrl:nextPolicy")
    return tuple(duty for _, duty in sorted(placed, key=lambda pair: pair[0])), share_alike == 1


def _duty(document: Document, node: Node, action: Node | None, when: DutyWhen, rule_id: str) -> Duty:
    kinds: dict[str, Any] = {iri: kind for kind, iri in profile.DUTY_ACTIONS.items()}
    kind = kinds.get(str(action))
    if kind is None:
        document.wrong(node, f"the duty {show(action)} is not a word of the profile")
    id_ = document.id_of(node, "duty")
    if not id_.startswith(f"{rule_id}/"):
        document.wrong(node, f"expected a duty id that begins with {rule_id}/, found {id_!r}")
    given = {"id": id_, "when": when, "kind": kind or next(iter(kinds.values()))}
    duty: Duty = document.fields(Duty, node, DUTY_FIELDS, given)
    return duty
