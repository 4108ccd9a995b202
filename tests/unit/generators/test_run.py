"""The door runs what the permit covers, isolated, and digests what comes out."""

import time
from dataclasses import replace

import numpy as np
import pytest

from generators.api import Canceled, GeneratorError
from generators.run import output_path, run
from generators.sandbox import Limits, probe
from generators.testing import EchoGenerator, check_generator
from provenance.digest import digest_file
from tests.doors import KEY, NOW, Shelf, permit_for, request_for


@pytest.fixture
def shelf():
    return Shelf(b"reference", b"depth")


def _run(tmp_path, shelf, request, generator=None, **changes):
    generator = generator or EchoGenerator()
    store = tmp_path / "store"
    store.mkdir(exist_ok=True)
    arguments = {
        "permit": permit_for(generator, request),
        "public_key": KEY.public_key(),
        "blobs": shelf.in_folder(store),
        "workdir": tmp_path / "job",
        "now": NOW,
    }
    return run(generator, request, **{**arguments, **changes})


@pytest.mark.parametrize("isolation", ["best", "required", "in-process"])
def test_frames_come_out_at_every_level_and_the_level_is_recorded(tmp_path, shelf, isolation):
    request = request_for([b"reference"], [b"depth"], prompt="unused")
    result = _run(tmp_path, shelf, request, isolation=isolation)
    assert [o.frame for o in result.outputs] == [1001, 1002]
    for output in result.outputs:
        path = output_path(tmp_path / "job", output)
        assert digest_file(path) == output.media.digest
        assert np.load(path).shape == (64, 64, 3)
    assert result.isolation == ("in-process" if isolation == "in-process" else str(probe()))
    assert result.ignored == ("prompt",)
    assert result.used_references == (request.references[0].media.digest,)
    assert result.identity.distribution == "assetlib"
    assert result.identity.distribution_digest.startswith("sha256:")


def test_isolated_and_in_process_work_give_the_same_bytes(tmp_path, shelf):
    request = request_for([b"reference"])
    results = []
    for level in ("best", "in-process"):
        (tmp_path / level).mkdir()
        results.append(_run(tmp_path / level, shelf, request, isolation=level))
    assert results[0].outputs == results[1].outputs


class Strange(EchoGenerator):
    """A plug-in: the same code, in a module that is not ours."""


def test_what_is_not_ours_never_runs_where_the_keys_are(tmp_path, shelf):
    """Whatever a setting or the environment says: 'in-process' is for our own code without weights."""
    with pytest.raises(GeneratorError, match="never in this process"):
        _run(tmp_path, shelf, request_for([b"reference"]), Strange(), isolation="in-process")
    assert not (tmp_path / "job").exists()


def test_inputs_are_wiped_and_outputs_stay(tmp_path, shelf):
    _run(tmp_path, shelf, request_for([b"reference"]))
    assert sorted(p.name for p in (tmp_path / "job").iterdir()) == ["log", "output"]


def test_bytes_other_than_named_are_refused(tmp_path, shelf):
    request = request_for([b"reference"])
    shelf.contents[request.inputs[0]] = b"swapped"
    with pytest.raises(GeneratorError, match="fsck"):
        _run(tmp_path, shelf, request)
    assert not list((tmp_path / "job" / "output").iterdir())


def test_a_folder_with_files_is_refused(tmp_path, shelf):
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "left").touch()
    with pytest.raises(GeneratorError, match="empty folder"):
        _run(tmp_path, shelf, request_for([b"reference"]))


def test_progress_arrives_and_a_cancel_is_heeded(tmp_path, shelf):
    seen = []
    request = request_for([b"reference"], frame_range=(1001, 3000))
    with pytest.raises(Canceled, match="before frame"):
        _run(
            tmp_path,
            shelf,
            request,
            progress=lambda done, total: seen.append((done, total)),
            canceled=lambda: len(seen) > 3,
        )
    assert seen[0] == (1, 2000)
    assert len(seen) < 2000


PLUGIN = """
import os, sys, time
from generators.api import Capabilities, Plan
from generators.request import Modality
from generators.result import Produced
from generators.testing import EchoGenerator

class Plugin(EchoGenerator):
    def generate(self, request, job):
        act = dict(request.settings)["act"]
        if act == "sleep":
            time.sleep(60)
        if act == "memory":
            bytearray(8 << 30)
        if act == "cpu":
            while True:
                pass
        if act == "file":
            with open(job.folder / "output" / "big", "wb") as big:
                while True:
                    big.write(bytes(1 << 20))
        if act == "die":
            os.kill(os.getpid(), 9)
        if act == "raise":
            raise KeyError("a bug of the plug-in")
        if act == "symlink":
            produced = super().generate(request, job)
            path = job.folder / "output" / produced.outputs[0].name
            path.unlink(); path.symlink_to("/etc/hostname")
            return produced
        if act == "fifo":
            produced = super().generate(request, job)
            path = job.folder / "output" / produced.outputs[0].name
            path.unlink(); os.mkfifo(path)
            return produced
        if act == "extra":
            (job.folder / "output" / "unlisted").write_bytes(b"x")
        if act == "linger" and os.fork() == 0:
            while True:
                time.sleep(0.1)
                (job.folder / "output" / "late").write_bytes(b"late")
        return super().generate(request, job)
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "misbehaving_plugin.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path / "plugins"))
    import importlib

    yield importlib.import_module("misbehaving_plugin").Plugin()
    import sys

    del sys.modules["misbehaving_plugin"]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        ("sleep", "longer than 2 s"),
        ("memory", "MemoryError"),
        ("cpu", "CPU time"),
        ("file", "File too large|limit of file size"),
        ("die", "SIGKILL"),
        ("raise", "a bug of the plug-in"),
        ("symlink", "cannot be read"),
        ("fifo", "cannot be read|to be a file|SIGSYS|Operation not permitted"),
    ],
)
def test_a_misbehaving_plugin_is_a_sentence(tmp_path, shelf, plugin, act, message):
    limits = Limits(
        wall_seconds=2 if act == "sleep" else 30,
        memory=2 << 30,
        cpu_seconds=2 if act == "cpu" else 60,
        file_size=1 << 20,
    )
    with pytest.raises(GeneratorError, match=message):
        _run(tmp_path, shelf, request_for([b"reference"], settings=(("act", act),)), plugin, limits=limits)


def test_a_file_that_no_output_names_is_dropped(tmp_path, shelf, plugin):
    result = _run(tmp_path, shelf, request_for([b"reference"], settings=(("act", "extra"),)), plugin)
    assert {p.name for p in (tmp_path / "job" / "output").iterdir()} == {o.name for o in result.outputs}
    assert result.identity.distribution == "unpackaged"


def test_nothing_the_plugin_started_outlives_the_job(tmp_path, shelf, plugin):
    result = _run(tmp_path, shelf, request_for([b"reference"], settings=(("act", "linger"),)), plugin)
    time.sleep(0.3)  # three of its writes
    assert {p.name for p in (tmp_path / "job" / "output").iterdir()} == {o.name for o in result.outputs}


def test_the_echo_generator_passes_the_suite(shelf):
    assert check_generator(EchoGenerator(), request_for([b"reference"], [b"depth"]), shelf.raw) == []


class _Deaf(EchoGenerator):
    """Heeds no cancel, and no seed."""

    calls = 0

    def generate(self, request, job):
        _Deaf.calls += 1
        return super().generate(replace(request, seed=_Deaf.calls), _Ears(job))


class _Ears:
    def __init__(self, job):
        self.open, self.put, self.progress = job.open, job.put, job.progress

    def canceled(self):
        return False


def test_the_suite_finds_a_generator_that_ignores_cancel_seed_and_inputs(shelf):
    request = request_for([b"reference"])
    findings = check_generator(_Deaf(), request_for([b"reference"], frame_range=(1, 4)), shelf.raw)
    assert any("cancel" in finding for finding in findings)
    assert any("same seed" in finding for finding in findings)

    class Wasteful(EchoGenerator):
        def generate(self, request, job):
            return super().generate(replace(request, references=()), job)

    assert any("without it" in finding for finding in check_generator(Wasteful(), request, shelf.raw))
