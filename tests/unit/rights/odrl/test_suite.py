"""Test mode on small cases written here: what is mapped, what is refused, and that nothing passes silently."""

from __future__ import annotations

import operator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, XSD

from assetlib.rights.odrl.profile import ODRL
from assetlib.rights.odrl.suite import CaseResult, run_suite, table
from assetlib.rights.odrl.suite.windows import boxes_of

PREFIXES = """\
@prefix odrl: <http://www.w3.org/ns/odrl/2/>.
@prefix ex: <http://example.org/>.
@prefix report: <https://w3id.org/force/compliance-report#>.
@prefix temp: <http://example.com/request/>.
@prefix dct: <http://purl.org/dc/terms/>.
@prefix xsd: <http://www.w3.org/2001/XMLSchema#>.
"""
CASE = """
ex:case a ex:TestCase; dct:title "t"; ex:policy ex:policy; ex:request ex:request; ex:sotw ex:sotw;
    ex:expectedReport ex:report.
ex:report a report:PolicyReport; report:ruleReport ex:ruleReport.
ex:ruleReport a report:PermissionReport; report:rule ex:rule; report:ruleRequest ex:ask; report:activationState {state}.
ex:request a odrl:Request; odrl:permission ex:ask.
ex:sotw ex:includes temp:currentTime.
temp:currentTime dct:issued "2024-02-12T11:20:10.999Z"^^xsd:dateTime.
"""
ASK = "ex:ask a odrl:Permission; odrl:assignee ex:alice; odrl:action odrl:read; odrl:target ex:x."
RULE = "ex:rule a odrl:Permission; odrl:assignee ex:alice; odrl:action odrl:read; odrl:target ex:x"


def run(folder: Path, policy: str, *, ask: str = ASK, state: str = "report:Active") -> CaseResult:
    (folder / "case.ttl").write_text(PREFIXES + CASE.format(state=state) + policy + "\n" + ask)
    (result,) = run_suite([folder / "case.ttl"])
    assert result.case in table([result])
    return result


def the_set(rule: str = RULE + ".", more: str = "") -> str:
    return f"ex:policy a odrl:Set; odrl:permission ex:rule {more}. {rule}\n"


def test_a_case_that_agrees(tmp_path: Path) -> None:
    result = run(tmp_path, the_set())
    assert (result.mapped, result.ours, result.decision, result.agrees) == (True, "Active", "allow", True)


def test_a_case_that_differs_is_said_loudly(tmp_path: Path) -> None:
    result = run(tmp_path, the_set(), state="report:Inactive")
    assert result.mapped
    assert not result.agrees
    assert "DIFFERS" in table([result])


REFUSED = {
    "an offer": (the_set().replace("odrl:Set", "odrl:Offer"), "Offer"),
    "a ticket": (the_set().replace("odrl:Set", "odrl:Ticket"), "Ticket"),
    "an unknown profile": (the_set(more="; odrl:profile <http://example.org/p>"), "profile"),
    "an inherited policy": (the_set(more="; odrl:inheritFrom ex:other"), "odrl:inheritFrom"),
    "an obligation": (the_set(more="; odrl:obligation [ odrl:action odrl:compensate ]"), "odrl:obligation"),
    "a foreign action": (the_set(RULE.replace("odrl:read", "ex:frobnicate") + "."), "frobnicate"),
    "an action of ODRL we have no word for": (the_set(RULE.replace("odrl:read", "odrl:print") + "."), "odrl:print"),
    "a refined action": (
        the_set(RULE.replace("odrl:read", "[ rdf:value odrl:read; odrl:refinement [] ]") + ".").replace(
            "rdf:value", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#value>"
        ),
        "refined",
    ),
    "an unknown left operand": (
        the_set(
            RULE + "; odrl:constraint [ odrl:leftOperand odrl:count; odrl:operator odrl:lt; odrl:rightOperand 3 ]."
        ),
        "odrl:count",
    ),
    "an order of events": (the_set(RULE + "; odrl:constraint [ odrl:andSequence () ]."), "order of events"),
    "a time without a zone": (
        the_set(
            RULE + "; odrl:constraint [ odrl:leftOperand odrl:dateTime; odrl:operator odrl:lt;"
            ' odrl:rightOperand "2024-01-01T00:00:00"^^xsd:dateTime ].'
        ),
        "no zone",
    ),
    "a purpose that the request does not state": (
        the_set(
            RULE + "; odrl:constraint [ odrl:leftOperand odrl:purpose; odrl:operator odrl:eq;"
            " odrl:rightOperand <urn:assetlib:odrl:1:purpose/previs> ]."
        ),
        "states none",
    ),
    "a purpose of another vocabulary": (
        the_set(
            RULE + "; odrl:constraint [ odrl:leftOperand odrl:purpose; odrl:operator odrl:eq;"
            " odrl:rightOperand ex:research ]."
        ),
        "no purpose",
    ),
    "a duty with a consequence": (
        the_set(RULE + "; odrl:duty [ odrl:action odrl:compensate; odrl:consequence [] ]."),
        "odrl:consequence",
    ),
    "a duty of another kind": (the_set(RULE + "; odrl:duty [ odrl:action odrl:print ]."), "no kind of duty"),
    "a duty in an unknown state": (the_set(RULE + "; odrl:duty [ odrl:action odrl:compensate ]."), "unknown state"),
    "a policy that is nowhere": ("", "in no file"),
    "a collection in a collection": (
        the_set() + "ex:x odrl:partOf ex:inner. ex:inner odrl:partOf ex:outer.",
        "lies in another",
    ),
    "a property of another profile on a rule": (the_set(RULE + '; ex:unless "it rains".'), "unless"),
}


@pytest.mark.parametrize("defect", REFUSED)
def test_refused_with_the_reason(tmp_path: Path, defect: str) -> None:
    policy, match = REFUSED[defect]
    result = run(tmp_path, policy)
    assert not result.mapped
    assert match in result.reason
    assert result.expected or defect == "a policy that is nowhere"


def test_training_is_not_granted_by_use_although_odrl_would(tmp_path: Path) -> None:
    ask = ASK.replace("odrl:read", "odrl:gen-ai")
    result = run(tmp_path, the_set(RULE.replace("odrl:read", "odrl:use") + "."), ask=ask)
    assert "no wider word" in result.reason


def test_rules_that_clash_are_refused_unless_the_policy_lets_prohibitions_win(tmp_path: Path) -> None:
    clash = "; odrl:prohibition ex:ban; odrl:conflict {}"
    ban = "ex:ban a odrl:Prohibition; odrl:action odrl:use."
    policy = the_set(more=clash.format("odrl:prohibit")) + ban
    with_report = policy + (
        "\nex:report report:ruleReport ex:banReport. ex:banReport a report:ProhibitionReport;"
        " report:rule ex:ban; report:ruleRequest ex:ask; report:activationState report:Active."
    )
    assert run(tmp_path, with_report).agrees
    assert (
        "clash" in run(tmp_path, with_report.replace("odrl:conflict odrl:prohibit", "odrl:conflict odrl:perm")).reason
    )


def test_a_file_that_cannot_be_read_is_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "broken.ttl").write_text("ex:a ex:b")
    (tmp_path / "remote.jsonld").write_text('{"@context": "https://example.org/context.jsonld"}')
    results = run_suite([tmp_path])
    assert [one.mapped for one in results] == [False, False]
    assert "would have to be fetched" in results[1].reason


def test_the_context_of_odrl_is_known_without_fetching_it(tmp_path: Path) -> None:
    (tmp_path / "case.ttl").write_text(PREFIXES + CASE.format(state="report:Active") + ASK)
    (tmp_path / "policy.jsonld").write_text(
        """{"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "http://example.org/policy",
        "permission": [{"uid": "http://example.org/rule", "target": "http://example.org/x", "action": "read",
        "assignee": "http://example.org/alice", "constraint": [{"leftOperand": "dateTime", "operator": "lt",
        "rightOperand": {"@value": "2025-01-01T00:00:00Z", "@type": "xsd:dateTime"}}]}]}"""
    )
    (result,) = run_suite([tmp_path])
    assert (result.mapped, result.decision) == (True, "allow"), result


EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
COMPARE = {
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
}
LEAF = st.tuples(st.sampled_from(sorted(COMPARE)), st.integers(0, 5))
TREE = st.recursive(
    LEAF, lambda inner: st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3))
)
WITH_XONE = TREE | st.tuples(st.just("xone"), st.lists(LEAF, min_size=1, max_size=4, unique=True))


@settings(max_examples=150, deadline=None)
@given(WITH_XONE, st.integers(-1, 6), st.sampled_from([-1, 0, 1]))
def test_alternatives_hold_exactly_when_the_constraints_do(tree, second: int, tick: int) -> None:
    """Against a reading of the same tree that knows nothing of windows."""
    graph = Graph()
    node = _written(graph, tree)
    now = EPOCH + timedelta(seconds=second, microseconds=tick)
    inside = any(box.since <= now < box.until for box in boxes_of(graph, [node]))
    assert inside == _holds(tree, now)


def _written(graph: Graph, tree) -> BNode:
    node = BNode()
    name, held = tree
    if name in COMPARE:
        graph.add((node, URIRef(ODRL + "leftOperand"), URIRef(ODRL + "dateTime")))
        graph.add((node, URIRef(ODRL + "operator"), URIRef(ODRL + name)))
        moment = (EPOCH + timedelta(seconds=held)).isoformat()
        graph.add((node, URIRef(ODRL + "rightOperand"), Literal(moment, datatype=XSD.dateTime)))
        return node
    graph.add((node, RDF.type, URIRef(ODRL + "LogicalConstraint")))
    for part in held:
        graph.add((node, URIRef(ODRL + name), _written(graph, part)))
    return node


def _holds(tree, now: datetime) -> bool:
    name, held = tree
    if name in COMPARE:
        return COMPARE[name](now, EPOCH + timedelta(seconds=held))
    truths = [_holds(part, now) for part in held]
    return {"and": all(truths), "or": any(truths), "xone": sum(truths) == 1}[name]
