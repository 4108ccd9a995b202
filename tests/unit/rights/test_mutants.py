"""That the properties notice mistakes: a few mutants here, all of them in the nightly run and in ``make mutants``."""

from __future__ import annotations

import pytest

from tests import mutants


def test_every_mutant_is_still_a_change_of_the_source() -> None:
    names = [mutant.id for mutant in mutants.MUTANTS]
    assert len(names) == len(set(names)) >= 21 and set(mutants.QUICK) <= set(names)
    for mutant in mutants.MUTANTS:
        for file, old, new in ((mutant.file, mutant.old, mutant.new), *mutant.also):
            text = (mutants.ROOT / "assetlib" / "rights" / file).read_text(encoding="utf-8")
            assert text.count(old) == 1 and new != old, mutant.id


@pytest.mark.timeout(900)
def test_some_mutants_are_killed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "EXAMPLES", "60")
    assert mutants.main(list(mutants.QUICK)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"MUTANT {m.id} killed" for m in mutants.MUTANTS if m.id in mutants.QUICK]


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_all_mutants_are_killed() -> None:
    assert mutants.main([]) == 0


def test_a_change_that_is_none_survives_and_fails_the_run(monkeypatch: pytest.MonkeyPatch, capsys: object) -> None:
    """The harness itself: without a mistake the properties pass, and that is told as a survivor."""
    same = mutants.Mutant("no-change", "caps.py", '"""Caps: how many', '"""Caps:  how many', "short_look")
    monkeypatch.setattr(mutants, "MUTANTS", (same,))
    monkeypatch.setattr(mutants, "EXAMPLES", "30")
    monkeypatch.setattr(mutants, "PROPERTIES", ("test_explanations.py",))
    assert mutants.main([]) == 1 and mutants.main(["no-such"]) == 2
