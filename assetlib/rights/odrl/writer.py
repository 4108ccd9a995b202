"""A license as an ODRL 2.2 Agreement in JSON-LD. Total: every field of every value it holds is written.

Dimensions, windows, caps and duties are said in ODRL's own terms; whatever ODRL has no word for is a property of the
profile, by the name of its field, so that a field added to the model is written without a line here. Sets are written
sorted; where the license lists them in another order, ``al:order`` keeps it. Same license, same bytes.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from assetlib.model.license import Cap, Duty, DutyWhen, Grant, License, Prohibition, Selector, Territories
from assetlib.rights.odrl import profile
from assetlib.rights.odrl.graph import OdrlRefused
from assetlib.rights.odrl.profile import ODRL, OURS, XSD
from assetlib.rights.vocabulary import actions_prohibited
from provenance.decision import instant

Json = dict[str, Any]

# Fields said in ODRL's terms; all others become properties of the profile.
POLICY_FIELDS = frozenset({"id", "licensor", "licensee", "grants", "prohibitions"})
PARTY_FIELDS = frozenset({"party"})
SELECTOR_FIELDS = frozenset({"entities", "collections", "kinds", "subjects"})
DIMENSIONS = frozenset(
    {"id", "selector", "facets", "actions", "purposes", "productions", "territories", "media", "recipients", "scenes"}
)
GRANT_FIELDS = DIMENSIONS | {
    "generate_from",
    "generate_until",
    "exploit_until",
    "caps",
    "duties",
    "depth",
    "retention_days_max",
    "regions",
    "commercial",
    "share_alike",
}
PROHIBITION_FIELDS = DIMENSIONS | {"content", "from_", "until"}
DUTY_FIELDS = frozenset({"id", "when", "kind"})
CAP_FIELDS = frozenset({"id", "unit", "limit"})


def write_odrl(license_: License) -> bytes:
    """UTF-8 JSON-LD, keys sorted. Raises OdrlRefused only where two clauses, duties or caps share one id."""
    _refuse_twins(license_)
    document = {"@context": dict(profile.CONTEXT), "@graph": [_policy(license_), *_actions_used(license_)]}
    return (json.dumps(_compact(document), ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _policy(license_: License) -> Json:
    iri = profile.iri("license", license_.id)
    return {
        "@id": iri,
        "@type": ODRL + "Agreement",
        ODRL + "uid": _ref(iri),
        ODRL + "profile": _ref(profile.PROFILE),
        ODRL + "conflict": _ref(ODRL + "prohibit"),
        ODRL + "assigner": _ref(profile.iri("party", license_.licensor.party)),
        ODRL + "assignee": _ref(profile.iri("party", license_.licensee)),
        ODRL + "permission": [_permission(grant, n) for n, grant in enumerate(license_.grants)],
        ODRL + "prohibition": [_prohibition(ban, n) for n, ban in enumerate(license_.prohibitions)],
        **_fields(license_.licensor, PARTY_FIELDS),
        **_fields(license_, POLICY_FIELDS),
    }


def _permission(grant: Grant, position: int) -> Json:
    before = [_duty(d, n) for n, d in enumerate(grant.duties) if d.when is DutyWhen.PRE]
    after = [_duty(d, n) for n, d in enumerate(grant.duties) if d.when is DutyWhen.POST]
    if grant.share_alike:
        before.append({"@type": ODRL + "Duty", ODRL + "action": _ref(ODRL + "nextPolicy")})
    return {
        "@id": profile.iri("rule", grant.id),
        "@type": ODRL + "Permission",
        OURS + "position": position,
        **_target(grant.selector),
        **_set(ODRL + "action", [_ref(profile.value("action", word)) for word in grant.actions]),
        ODRL + "constraint": [*_dimensions(grant), *_limits(grant)],
        ODRL + "duty": before,
        OURS + "afterUse": after,
        **_fields(grant, GRANT_FIELDS),
    }


def _prohibition(ban: Prohibition, position: int) -> Json:
    window = [
        _bound(ODRL + "dateTime", operator, _moment(moment))
        for operator, moment in (("gteq", ban.from_), ("lt", ban.until))
        if moment is not None
    ]
    content = [_ref(profile.value("content", flag)) for flag in ban.content]
    return {
        "@id": profile.iri("rule", ban.id),
        "@type": ODRL + "Prohibition",
        OURS + "position": position,
        **_target(ban.selector),
        **_banned_actions(ban.actions),
        ODRL + "constraint": [
            *(c for c in _dimensions(ban) if not _says_any(c)),
            *([_any_of(OURS + "content", content)] if content else []),
            *window,
        ],
        **_fields(ban, PROHIBITION_FIELDS),
    }


def _dimensions(rule: Grant | Prohibition) -> Iterable[Json]:
    """The set dimensions that grants and prohibitions share. An empty set of a grant is said: it covers nothing."""
    yield _any_of(OURS + "facet", [_ref(profile.value("facet", facet.value)) for facet in rule.facets])
    yield _any_of(ODRL + "purpose", [_ref(profile.value("purpose", word)) for word in rule.purposes])
    yield _any_of(OURS + "production", [_named("production", word) for word in rule.productions])
    yield _any_of(ODRL + "media", [_ref(profile.value("medium", word)) for word in rule.media])
    yield _any_of(ODRL + "recipient", [_named("recipient", word) for word in rule.recipients])
    yield from _territories(rule.territories)
    if rule.scenes:
        yield _any_of(OURS + "scene", list(rule.scenes))
    if rule.selector.subjects:
        yield _any_of(OURS + "subject", list(rule.selector.subjects))


def _territories(territories: Territories) -> Iterable[Json]:
    def refs(codes: Iterable[str]) -> list[Json]:
        return [_ref(profile.value("territory", code)) for code in codes]

    yield _any_of(ODRL + "spatial", refs(territories.included))
    if territories.excluded:
        yield _any_of(ODRL + "spatial", refs(territories.excluded), operator="isNoneOf")


def _limits(grant: Grant) -> Iterable[Json]:
    for left, operator, held in (
        (ODRL + "dateTime", "gteq", grant.generate_from and _moment(grant.generate_from)),
        (ODRL + "dateTime", "lt", grant.generate_until and _moment(grant.generate_until)),
        (OURS + "exploitationUntil", "lteq", grant.exploit_until and _moment(grant.exploit_until)),
        (OURS + "derivativeDepth", "lteq", grant.depth),
        (OURS + "retentionDays", "lteq", grant.retention_days_max),
    ):
        if held is not None:
            yield _bound(left, operator, held)
    if grant.regions:
        yield _any_of(OURS + "region", list(grant.regions))
    if not grant.commercial:
        yield _bound(OURS + "commercial", "eq", False)
    yield from (_cap(cap, n) for n, cap in enumerate(grant.caps))


def _cap(cap: Cap, position: int) -> Json:
    return {
        "@id": profile.iri("cap", cap.id),
        **_bound(ODRL + "count", "lteq", cap.limit),
        ODRL + "unit": _ref(profile.value("unitOfCount", cap.unit.value)),
        OURS + "position": position,
        **_fields(cap, CAP_FIELDS),
    }


def _duty(duty: Duty, position: int) -> Json:
    return {
        "@id": profile.iri("duty", duty.id),
        "@type": ODRL + "Duty",
        OURS + "position": position,
        ODRL + "action": _ref(profile.DUTY_ACTIONS[duty.kind]),
        **_fields(duty, DUTY_FIELDS),
    }


def _banned_actions(actions: tuple[str, ...]) -> Json:
    """No action named means any, which is what prohibiting ``odrl:use`` says. Training is said in ODRL's words too."""
    if not actions:
        return {ODRL + "action": [_ref(ODRL + "use")]}
    banned = actions_prohibited(actions)
    written = _set(ODRL + "action", [_ref(profile.value("action", word)) for word in actions])
    written[ODRL + "action"] += [_ref(word) for word, ours in profile.AI_WORDS.items() if ours <= banned]
    return written


def _target(selector: Selector) -> Json:
    """What is selected; as everywhere, the set is sorted, and ``al:targetOrder`` holds another order of it."""
    targets = [_ref(entity) for entity in selector.entities]
    targets += [_collection("collection", name) for name in selector.collections]
    targets += [_collection("kind", kind.value) for kind in selector.kinds]
    further = _fields(selector, SELECTOR_FIELDS)
    narrowed = {OURS + "selector": {"@type": OURS + "Selector", **further}} if further else {}
    return {**_set(ODRL + "target", targets or [_ref(profile.NOTHING)]), **narrowed}


def _collection(family: str, id_: str) -> Json:
    return {"@id": profile.iri(family, id_), "@type": ODRL + "AssetCollection"}


def _set(name: str, values: list[Json]) -> Json:
    """Values as a set; their order beside it where it is not the sorted one."""
    distinct = _distinct(values)
    if distinct == values:
        return {name: distinct}
    order = [{"@id": one["@id"]} for one in values]
    return {name: distinct, OURS + name.rpartition("/")[2] + "Order": {"@list": order}}


def _any_of(left: str, values: Sequence[Any], *, operator: str = "isAnyOf") -> Json:
    distinct = _distinct(values)
    node = _bound(left, operator, distinct or {"@list": []})
    if distinct != list(values):
        node[OURS + "order"] = {"@list": list(values)}
    return node


def _bound(left: str, operator: str, right: Any) -> Json:
    return {
        "@type": ODRL + "Constraint",
        ODRL + "leftOperand": _ref(left),
        ODRL + "operator": _ref(ODRL + operator),
        ODRL + "rightOperand": right,
    }


def _says_any(constraint: Json) -> bool:
    """An empty dimension of a prohibition means any: in ODRL that is no constraint."""
    return bool(constraint[ODRL + "rightOperand"] == {"@list": []})


def _distinct(values: Iterable[Any]) -> list[Any]:
    keyed = {json.dumps(one, sort_keys=True): one for one in values}
    return [keyed[key] for key in sorted(keyed)]


def _fields(held: Any, said: frozenset[str]) -> Json:
    """Every field not `said` elsewhere, by its own name; an absent optional one is left out."""
    fields = (field.name for field in dataclasses.fields(held) if field.init and field.name not in said)
    written = ((name, getattr(held, name)) for name in fields)
    return {profile.term(name): _plain(one) for name, one in written if one is not None}


def _plain(one: Any) -> Any:
    match one:
        case Enum():
            return _ref(profile.value(type(one).__name__, str(one.value)))
        case str() | bool() | int():
            return one
        case datetime():
            return _moment(one)
        case date():
            return {"@type": XSD + "date", "@value": one.isoformat()}
        case tuple():
            return {"@list": [_plain(item) for item in one]}
    if dataclasses.is_dataclass(one):
        return {"@type": OURS + type(one).__name__, **_fields(one, frozenset())}
    raise TypeError(f"no ODRL form for {type(one).__name__}")


def _moment(moment: datetime) -> Json:
    return {"@type": XSD + "dateTime", "@value": instant(moment)}


def _ref(iri: str) -> Json:
    return {"@id": iri}


def _named(family: str, word: str) -> Json:
    return _ref(profile.ANY if word == "*" else profile.iri(family, word))


def _actions_used(license_: License) -> list[Json]:
    """The profile's actions that occur, each placed under ``odrl:use``, for readers that do not know the profile."""
    words = {word for rule in _rules(license_) for word in rule.actions}
    use = _ref(ODRL + "use")
    return [
        {"@id": profile.value("action", word), "@type": ODRL + "Action", ODRL + "includedIn": use}
        for word in sorted(words)
    ]


def _compact(node: Any) -> Any:
    """IRIs in their short form, and no empty lists of nodes."""
    if isinstance(node, list):
        return [_compact(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.keys() <= {"@value", "@type"} and "@value" in node:
        return {"@type": _short(node["@type"]), "@value": node["@value"]}
    written = {}
    for key, held in node.items():
        if key == "@context" or (held == [] and key != "@list"):
            if key == "@context":
                written[key] = held
            continue
        if key in ("@id", "@type"):
            written[key] = _short(held)
        else:
            written[_short(key)] = _compact(held)
    return written


def _short(iri: str) -> str:
    for prefix, namespace in profile.CONTEXT.items():
        if iri.startswith(namespace) and iri != namespace:
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _rules(license_: License) -> tuple[Grant | Prohibition, ...]:
    return (*license_.grants, *license_.prohibitions)


def _refuse_twins(license_: License) -> None:
    for what, ids in (
        ("clause", [rule.id for rule in _rules(license_)]),
        ("duty", [duty.id for grant in license_.grants for duty in grant.duties]),
        ("cap", [cap.id for grant in license_.grants for cap in grant.caps]),
    ):
        twins = sorted({id_ for id_ in ids if ids.count(id_) > 1})
        if twins:
            raise OdrlRefused([f"the {what} id {twins[0]!r} stands twice; a policy names each rule once"])
