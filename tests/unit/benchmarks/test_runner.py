"""The runner of the benchmarks: one that fails is a row, the others go on, and the figures are kept whole."""

from __future__ import annotations

import json
import sys

import pytest

import benchmarks
from benchmarks import __main__ as runner

GOOD = "def run():\n    return [{'name': 'good', 'value': 1.5, 'unit': 's', 'demand': 2.0, 'met': True}]\n"
MODULES = {
    "good.py": GOOD,
    "breaks.py": "def run():\n    raise RuntimeError('no disk')\n",
    "ends.py": "def run():\n    raise SystemExit(3)\n",
    "absent.py": "import no_such_module\n",
    "no_run.py": "VALUE = 1\n",
    "later.py": "ISSUE = 7\n" + GOOD.replace("good", "later"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, code in MODULES.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    monkeypatch.setattr(benchmarks, "__path__", [str(tmp_path)])
    yield tmp_path
    for name in MODULES:
        sys.modules.pop(f"benchmarks.{name.removesuffix('.py')}", None)


def measured(folder, *words):
    out = folder / "out" / "bench.json"
    status = runner.main([*words, "--out", str(out)])
    return status, {row["name"]: row for row in json.loads(out.read_text(encoding="utf-8"))["rows"]}


def test_one_that_fails_is_a_row_with_its_reason_and_the_others_go_on(folder):
    status, rows = measured(folder)
    assert status == 1
    assert rows["good"]["met"]
    assert {name for name, row in rows.items() if not row["met"]} == {"breaks", "ends", "absent"}
    assert "no disk" in rows["breaks"]["demand"]


def test_only_the_benchmarks_of_an_issue_are_run(folder):
    (folder / "absent.py").unlink()  # of what cannot be imported nobody knows the issue
    status, rows = measured(folder, "--issue", "7")
    assert (status, set(rows)) == (0, {"later"})


def test_every_row_has_every_field(folder):
    _, rows = measured(folder)
    assert all(set(row) == set(runner._FIELDS) for row in rows.values())


def test_the_table_names_what_is_not_met(folder, capsys):
    measured(folder)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:] if "breaks" in line] == ["NOT"]


def test_a_demand_without_a_verdict_is_not_met():
    assert not runner.whole({"name": "x", "demand": 2.0})["met"]
    assert runner.whole({"name": "x", "demand": None, "met": None})["met"]
