"""With ASSETLIB_FORBID_SKIPS=1 no test hides behind a skip, except those that need third-party data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = {
    "test_plain.py": "import pytest\ndef test_it(): pytest.skip('not today')\n",
    "test_marked.py": "import pytest\n@pytest.mark.skipif(True, reason='no luck')\ndef test_it(): pass\n",
    "test_module.py": "import pytest\npytest.skip('all of it', allow_module_level=True)\n",
    "test_import.py": "import pytest\npytest.importorskip('no_such_module')\n",
}
ALLOWED = "import pytest\npytest.skip('needs ../shared/data/usd', allow_module_level=True)\n"
EXPECTED = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_it(): assert False\n"


def outcome(folder: Path, code: str, forbid: str) -> int:
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "tests" / "conftest.py")
    (folder / "tests" / "test_case.py").write_text(code, encoding="utf-8")
    paths = os.pathsep.join([str(ROOT), *sys.path])
    environment = {**os.environ, "PYTHONPATH": paths, "ASSETLIB_FORBID_SKIPS": forbid}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60).returncode


@pytest.mark.parametrize("name", CASES)
def test_a_skip_fails_where_skips_are_forbidden(tmp_path, name):
    assert outcome(tmp_path, CASES[name], "1") in (1, 2)


@pytest.mark.parametrize("name", ["test_plain.py", "test_module.py"])
def test_a_skip_is_a_skip_elsewhere(tmp_path, name):
    assert outcome(tmp_path, CASES[name], "") in (0, 5)


def test_data_of_others_may_be_absent(tmp_path):
    assert outcome(tmp_path, ALLOWED, "1") in (0, 5)


def test_an_expected_failure_is_no_skip(tmp_path):
    assert outcome(tmp_path, EXPECTED, "1") == 0
