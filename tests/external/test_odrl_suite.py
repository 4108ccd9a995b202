"""The ODRL-Test-Suite of SolidLab (MIT): every case mapped and agreeing, or refused with a reason that holds for it.

Nothing below names a case: which are refused follows from what their policy and request say.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rdflib import Graph, URIRef

from assetlib.rights.odrl.suite import CaseResult, run_suite, table
from tests.shared_data import shared

SUITE = shared("odrl", "data")


@pytest.fixture(scope="module")
def results() -> tuple[CaseResult, ...]:
    return run_suite([SUITE / "test_cases"])


def test_every_case_is_mapped_and_agrees_or_is_refused_with_a_reason(results: tuple[CaseResult, ...]) -> None:
    sys.stdout.write(table(results))
    assert len(results) == len(list((SUITE / "test_cases").glob("*.ttl"))) == 68
    for one in results:
        assert one.expected, one
        assert one.agrees if one.mapped else one.reason, one
    assert {one.decision for one in results if one.mapped} == {"allow", "deny"}
    assert sum(one.mapped for one in results) >= 50


def test_the_table_has_a_line_for_every_case(results: tuple[CaseResult, ...]) -> None:
    lines = table(results).splitlines()
    for one in results:
        (line,) = [text for text in lines if text.startswith(one.case + " ")]
        assert ("refused" in line) != one.mapped
    assert any(line.startswith("68 cases: ") for line in lines)


def test_the_same_cases_in_json_ld_give_the_same_lines(results: tuple[CaseResult, ...], tmp_path: Path) -> None:
    for path in SUITE.rglob("*.ttl"):
        if "big" in path.name or path.name == "index.ttl":
            continue  # minutes to rewrite, and no other words in them
        target = tmp_path / path.relative_to(SUITE).with_suffix(".jsonld")
        target.parent.mkdir(exist_ok=True)
        target.write_text(Graph().parse(path).serialize(format="json-ld"))
    again = {one.case: one for one in run_suite([tmp_path])}
    for one in results:
        if "big" not in one.case:
            found = again[one.case]
            assert (found.mapped, found.ours, found.decision, found.reason) == (
                one.mapped,
                one.ours,
                one.decision,
                one.reason,
            )


def test_cases_that_hold_all_their_parts_in_one_file_give_the_same_lines(
    results: tuple[CaseResult, ...], tmp_path: Path
) -> None:
    parts = {}
    for folder in ("policies", "requests", "sotw"):
        for path in (SUITE / folder).glob("*.ttl"):
            if path.name != "policy-20.ttl":
                graph = Graph().parse(path)
                parts |= dict.fromkeys(set(graph.subjects()), graph)
    written = 0
    for path in (SUITE / "test_cases").glob("*.ttl"):
        if "big" in path.name:
            continue
        graph = Graph().parse(path)
        for name in ("policy", "request", "sotw"):
            (node,) = graph.objects(None, URIRef(f"http://example.org/{name}"))
            graph += parts[node]
        (tmp_path / path.name).write_text(graph.serialize(format="turtle"))
        written += 1
    again = {one.case: one for one in run_suite([tmp_path])}
    assert written == len(again) == 65
    for one in results:
        if one.case in again:
            assert (again[one.case].mapped, again[one.case].ours, again[one.case].reason) == (
                one.mapped,
                one.ours,
                one.reason,
            )
