"""A limited child answers about every item, however badly its reader ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assetlib.intake.answers import Answer, IntakeBroken, Outcome, Unreadable
from assetlib.intake.harness import run_limited, run_many
from assetlib.intake.limits import Limits, landlock_version
from assetlib.intake.tasks import TASKS

QUICK = Limits(memory=2 << 30, cpu_seconds=1, wall_seconds=10)
needs_landlock = pytest.mark.skipif(landlock_version() == 0, reason="needs a kernel with Landlock")


@pytest.fixture(autouse=True)
def readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TASKS, "obey", "tests.intake_readers:obey")


def ask(what: str, path: Path | None = None, *, output: Path | None = None, inputs: tuple[Path, ...] = ()) -> Answer:
    return run_limited("obey", {"what": what, "path": path}, inputs=inputs, output=output, limits=QUICK)


def test_every_bad_end_is_an_answer_and_the_items_after_it_are_read() -> None:
    ends = {
        "raise": (Outcome.FAILED, "ZeroDivisionError"),
        "segfault": (Outcome.CRASHED, "SIGSEGV"),
        "abort": (Outcome.CRASHED, "SIGABRT"),
        "sleep": (Outcome.TIMED_OUT, "10 s"),
        "loop": (Outcome.OVER_LIMIT, "1 s of CPU"),
        "hoard": (Outcome.OVER_LIMIT, "memory"),
        "babble": (Outcome.OVER_LIMIT, "more in it"),
    }
    asked = [{"what": what} for end in ends for what in (end, "name")]
    answers = run_many("obey", asked, inputs=(), output=None, limits=QUICK, workers=4, chunk=4)
    for (outcome, words), bad, good in zip(ends.values(), answers[::2], answers[1::2], strict=True):
        assert bad.outcome is outcome, bad
        assert words in bad.reason
        assert good == Answer(outcome=Outcome.READ, value="fine")


def test_what_a_reader_prints_is_no_answer() -> None:
    assert ask("print").value == 50


def test_a_reader_sees_none_of_our_environment_and_an_empty_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSETLIB_PASSPHRASE", "a secret")
    names = ask("environment").value
    assert "ASSETLIB_PASSPHRASE" not in names
    assert "PATH" not in names
    assert ask("folder").value == []


@needs_landlock
def test_a_reader_reads_its_inputs_and_nothing_beside_them(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in" / "a.txt", tmp_path / "secret.txt"
    inside.parent.mkdir()
    inside.write_text("ours")
    outside.write_text("not ours")
    assert ask("read", inside, inputs=(inside.parent,)).value == "ours"
    for path in (outside, Path("/etc/passwd"), Path(f"/proc/{os.getpid()}/environ")):
        answer = ask("read", path, inputs=(inside.parent,))
        assert (answer.outcome, answer.value) == (Outcome.FAILED, None)
        assert "PermissionError" in answer.reason


@needs_landlock
def test_a_reader_writes_its_output_and_nothing_else(tmp_path: Path) -> None:
    inputs, output = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    output.mkdir()
    assert ask("write", output / "a", inputs=(inputs,), output=output).value == "written"
    assert ask("write", inputs / "a", inputs=(inputs,), output=output).outcome is Outcome.FAILED
    assert not list(inputs.iterdir())


@needs_landlock
def test_a_reader_has_no_network() -> None:
    assert "PermissionError" in ask("connect").reason


def test_a_child_that_cannot_start_is_our_fault_and_not_the_file_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TASKS, "obey", "tests.no_such_module:obey")
    with pytest.raises(IntakeBroken, match="no_such_module"):
        ask("name")


def test_an_answer_that_was_not_read_has_no_value_to_take() -> None:
    with pytest.raises(Unreadable, match="ZeroDivisionError"):
        ask("raise").value_or_raise()
