"""`assetlib --help` is quick: it loads no heavy library, not even to list the verbs of every noun."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = (
    *("torch", "diffusers", "pxr", "sqlalchemy", "c2pa", "numpy", "opentimelineio", "pydantic", "rich", "rdflib"),
    *("av", "OpenImageIO", "embreex", "cryptography", "PIL", "yaml", "assetlib.library"),
)
CODE = """
import sys
from cli.main import main
try:
    main(sys.argv[1:], prog_name="assetlib")
except SystemExit as end:
    assert not end.code, end.code
print("loaded:", *sorted(set(sys.modules)))
"""


def start(*words: str) -> set[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words], capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    return set(done.stdout.rpartition("loaded:")[2].split())


@pytest.mark.parametrize(
    "words", [("--help",), ("asset", "--help"), ("shot", "generate", "--help"), ("license", "--help"), ("--version",)]
)
def test_help_loads_nothing_heavy(words):
    loaded = start(*words)
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded.intersection(HEAVY))
