"""`generator test` says what a generator does wrong, and never ends with a traceback."""

import pytest

from assetlib.flows import show_generators
from assetlib.flows.show_generators import list_generators
from generators.registry import GeneratorRefused
from generators.testing import EchoGenerator


class Rude(EchoGenerator):
    """Draws once, then another time something else."""

    calls = 0

    def generate(self, request, job):
        Rude.calls += 1
        if Rude.calls > 1:
            raise RuntimeError("no manners")
        return super().generate(request, job)


def test_both_built_in_generators_are_listed():
    assert {"render", "diffusers"} <= {row["name"] for row in list_generators()}


def test_the_built_in_previs_conforms():
    result = show_generators.test_generator("render")
    assert result["passed"], result


def test_a_generator_that_runs_a_model_is_asked_for_its_plan():
    result = show_generators.test_generator("diffusers")
    assert result["passed"], result
    assert "was not tried" in result["checks"][0]["sentence"]


def test_a_generator_of_other_kinds_gets_a_request_of_its_own(monkeypatch):
    monkeypatch.setattr(show_generators, "load", lambda _name: EchoGenerator())
    assert show_generators.test_generator("echo")["passed"]


def test_whatever_a_generator_raises_is_a_finding(monkeypatch):
    monkeypatch.setattr(show_generators, "load", lambda _name: Rude())
    result = show_generators.test_generator("rude")
    assert not result["passed"]
    assert "no manners" in result["checks"][0]["sentence"]


def test_an_unknown_generator_is_refused_with_the_known_ones():
    with pytest.raises(GeneratorRefused, match="render"):
        show_generators.test_generator("nope")
