"""Running a suite: each case mapped and decided, or refused with the reason; a table of all, nothing left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.model.world import World
from assetlib.rights.evaluate import evaluate
from assetlib.rights.odrl.nodes import show
from assetlib.rights.odrl.profile import ODRL
from assetlib.rights.odrl.suite.cases import Case, Unmapped, Unread, load_cases, local
from assetlib.rights.odrl.suite.policy import PolicyOf, RuleOf, asks_for_training, policy_of, requests_of
from assetlib.rights.odrl.suite.world import State, question_of, state_of, universal_grant, world_of
from provenance.decision import Decision, Outcome, Question

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

ASSUMPTIONS = (
    "odrl:read is our view, modify and write are edit, delete is delete; odrl:use grants these three, never training",
    "an assignee is the recipient of the grant; the state of the world expands collections of parties and of assets",
    "windows are half-open and in whole microseconds: 'after t' begins one microsecond later",
    "every request is asked as previs, for one production, worldwide and internal, unless it states otherwise",
    "a duty in an unknown state leaves an ODRL permission active and denies here: a case that hangs on it is refused",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One line of the table. `expected` and `ours` say Active or Inactive for each rule that the report speaks of;
    `decision` is the product's on the whole policy, `contradiction` why it does not follow from those."""

    file: str
    case: str
    title: str
    mapped: bool
    expected: str
    ours: str = ""
    decision: str = ""
    reason: str = ""
    contradiction: str = ""

    @property
    def agrees(self) -> bool:
        return self.mapped and self.expected == self.ours and not self.contradiction


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    rule: Node
    request: Node | None
    permission: bool
    active: bool


def run_suite(paths: Sequence[Path]) -> tuple[CaseResult, ...]:
    """Every case under `paths`, in the order of their files; a file that cannot be read is a refused line."""
    return tuple(_result(case) for case in load_cases(paths))


def table(results: Iterable[CaseResult]) -> str:
    """All cases as lines, then the sums; what is refused stands apart from what agrees."""
    results = tuple(results)
    lines = [f"{'case':34} {'':8} {'expected':22} {'ours':22} {'decision':15} why refused"]
    for one in results:
        verdict = ("agrees" if one.agrees else "DIFFERS") if one.mapped else "refused"
        why = one.reason or one.contradiction
        cells = f"{one.case[:34]:34} {verdict:8} {one.expected:22} {one.ours:22} {one.decision:15} {why}"
        lines.append(cells.rstrip())
    mapped = [one for one in results if one.mapped]
    agreeing = sum(one.agrees for one in mapped)
    refused = len(results) - len(mapped)
    lines += ["", f"{len(results)} cases: {len(mapped)} mapped, of which {agreeing} agree; {refused} refused"]
    reasons = Counter(one.reason for one in results if not one.mapped)
    lines += [f"  {count:4} × {reason}" for reason, count in reasons.most_common()]
    lines += ["", "How a case is read:", *(f"  - {told}" for told in ASSUMPTIONS)]
    return "\n".join(lines)


def _result(case: Case | Unread) -> CaseResult:
    if isinstance(case, Unread):
        return CaseResult(file=case.file, case=case.name, title="", mapped=False, expected="", reason=case.reason)
    line = CaseResult(file=case.file, case=case.name, title=case.title, mapped=False, expected="")
    try:
        expected = _expected(case.report_graph, case.report)
        line = replace(line, expected=_words((e.permission, e.active) for e in expected))
        return _decided(case, expected, line)
    except Unmapped as refused:
        return replace(line, reason=str(refused))
    except RecursionError:
        return replace(line, reason="the case nests too deep")


def _words(rules: Iterable[tuple[bool, bool]]) -> str:
    """``Active`` for a permission, ``Active prohibition`` for a prohibition."""
    return ", ".join(
        ("Active" if active else "Inactive") + ("" if permission else " prohibition") for permission, active in rules
    )


def _expected(graph: Graph, report: Node) -> list[_Expected]:
    found = []
    for node in sorted(_values(graph, report, "ruleReport"), key=str):
        kinds = {local(one) for one in _values(graph, node, "type")}
        rules, states = _values(graph, node, "rule"), _values(graph, node, "activationState")
        permission = "PermissionReport" in kinds
        if not permission and "ProhibitionReport" not in kinds:
            raise Unmapped(f"a report of the kind {', '.join(sorted(kinds)) or 'none'} is not about a permission")
        if len(rules) != 1 or len(states) != 1 or local(states[0]) not in ("Active", "Inactive"):
            raise Unmapped("the expected report does not say for one rule whether it is active")
        asked = _values(graph, node, "ruleRequest")
        active = local(states[0]) == "Active"
        found.append(
            _Expected(rule=rules[0], request=asked[0] if asked else None, permission=permission, active=active)
        )
    if not found:
        raise Unmapped("the expected report speaks of no rule")
    return found


def _values(graph: Graph, node: Node, name: str) -> list[Node]:
    return [value for predicate, value in graph.predicate_objects(node) if local(predicate) == name]


def _decided(case: Case, expected: list[_Expected], line: CaseResult) -> CaseResult:
    policy = policy_of(case.policy_graph, case.policy)
    requests = requests_of(case.request_graph, case.request)
    state = state_of(case.policy_graph, case.request_graph, case.world_graph)
    ours = []
    for one in expected:
        rule = _rule(policy, one)
        request = _request(requests, one)
        _same_meaning(rule, request)
        ours.append((one.permission, _active(rule, request, state)))
    outcomes = _whole(policy, requests, state, ours)
    line = replace(line, mapped=True, ours=_words(ours), decision=", ".join(outcomes))
    if len(requests) > 1 or {one.rule for one in expected} != {rule.node for rule in policy.rules}:
        return line
    follows = any(e.permission and e.active for e in expected) and not any(
        e.active and not e.permission for e in expected
    )
    if follows == (outcomes == [Outcome.ALLOW.value]):
        return line
    return replace(line, contradiction="the decision on the whole policy is another")


def _rule(policy: PolicyOf, expected: _Expected) -> RuleOf:
    found = [rule for rule in policy.rules if rule.node == expected.rule and rule.permission == expected.permission]
    if len(found) != 1:
        raise Unmapped(f"the report speaks of the rule {show(expected.rule)}, which is not in the policy")
    return found[0]


def _request(requests: tuple[RuleOf, ...], expected: _Expected) -> RuleOf:
    found = [one for one in requests if expected.request in (None, one.node)]
    if len(found) != 1:
        raise Unmapped("the report does not say which of the requests it answers")
    return found[0]


def _same_meaning(rule: RuleOf, request: RuleOf) -> None:
    if rule.wider_than_said and asks_for_training(request):
        raise Unmapped("odrl:use would include training, which no wider word grants here")


def _active(rule: RuleOf, request: RuleOf, state: State) -> bool:
    """Whether our evaluator lets this rule alone take effect on the request."""
    if not rule.permission:
        return _prohibits(rule, request, state)
    world, question = world_of((rule,), request, state), question_of(request, (rule,), state)
    allowed = evaluate(world, question).outcome is Outcome.ALLOW
    lenient = world_of((rule,), request, state, unknown_counts=True)
    if not allowed and evaluate(lenient, question).outcome is Outcome.ALLOW:
        raise Unmapped("a duty in an unknown state: ODRL leaves the permission active, the product denies")
    return allowed


def _prohibits(rule: RuleOf, request: RuleOf, state: State) -> bool:
    world, question = world_of((rule,), request, state), question_of(request, (rule,), state)
    decision = evaluate(_with_everything_granted(world, request), question)
    return any(finding.code == "prohibited" for finding in decision.findings)


def _with_everything_granted(world: World, request: RuleOf) -> World:
    policy, house = world.licenses
    granted = replace(house.license, grants=(*house.license.grants, universal_grant(request)))
    return replace(world, licenses=(policy, replace(house, license=granted)))


def _whole(policy: PolicyOf, requests: tuple[RuleOf, ...], state: State, ours: list[tuple[bool, bool]]) -> list[str]:
    """What the product decides on the whole policy; raises Unmapped where rules clash and ODRL would settle it else."""
    allows, bans = (any(active for kind, active in ours if kind is wanted) for wanted in (True, False))
    if allows and bans and policy.conflict != ODRL + "prohibit":
        raise Unmapped(f"rules clash and {show(policy.conflict)} settles it; here a prohibition always wins")
    return [_decision(policy, request, state).outcome.value for request in requests]


def _decision(policy: PolicyOf, request: RuleOf, state: State) -> Decision:
    question: Question = question_of(request, policy.rules, state)
    return evaluate(world_of(policy.rules, request, state), question)
