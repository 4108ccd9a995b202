"""The doctor answers every probe with a sentence, whatever is broken."""

import sys
from datetime import UTC, datetime

import pytest

from assetlib.flows import examine as doctor
from assetlib.flows.examine import examine


@pytest.fixture(scope="module")
def without_library():
    return {probe.name: probe for probe in examine(None)}


def test_without_a_library_only_its_own_parts_are_left_out(without_library):
    assert "Content Credentials" in without_library
    assert "database" not in without_library
    assert "not tried" in without_library["library"].sentence


def test_the_necessary_parts_are_here(without_library):
    for name in ("python", "packages", "Content Credentials", "OpenUSD", "timelines"):
        assert without_library[name].ok, without_library[name]


def test_an_absent_materialx_says_what_still_works(without_library):
    probe = without_library["MaterialX"]
    assert not probe.ok
    assert "UsdPreviewSurface works" in probe.sentence


def test_every_probe_says_one_line(without_library):
    assert all(probe.sentence and "\n" not in probe.sentence for probe in without_library.values())


def test_a_library_signs_and_its_clock_agrees_with_its_ledger(library):
    for probe in (doctor._database, doctor._passphrase, doctor._signing, doctor._clock):
        ok, sentence = probe(library)
        assert ok, sentence


def test_a_clock_behind_the_ledger_is_told(library):
    library.wall_clock = lambda: datetime(2001, 1, 1, tzinfo=UTC)
    ok, sentence = doctor._clock(library)
    assert not ok
    assert "set the clock" in sentence


def test_keys_that_do_not_open_are_told_and_the_doctor_goes_on(library, tmp_path):
    (tmp_path / "passphrase").write_text("wrong\n", encoding="utf-8")
    probe = doctor._probed("signing", lambda: doctor._signing(library))
    assert not probe.ok
    assert "could not be tried" in probe.sentence


def test_a_library_that_kills_its_process_does_not_hide_the_others(tmp_path, monkeypatch):
    (tmp_path / "kills_its_process.py").write_text("import os; os._exit(9)\n", encoding="utf-8")
    (tmp_path / "talks.py").write_text("print('hello')\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    tried = dict(doctor._tried(("json", "kills_its_process", "talks", "no_such_module")))
    assert tried["json"] == ""
    assert "kills_its_process" not in tried
    assert tried["talks"] == ""
    assert tried["no_such_module"] == "no_such_module is not installed"
