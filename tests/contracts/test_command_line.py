"""The rules every command keeps: exit codes, where a setting comes from, flags on both sides, completion."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.flows.small_library import Place, add_terms, damage
from tests.terminal import Terminal

_CONSOLE = "#!{python}\nimport sys\nfrom cli.main import main\nmain(prog_name='assetlib')\n"


def test_exit_0_is_ok_and_1_is_an_error(terminal: Terminal) -> None:
    terminal("asset", "list", code=0)
    said = terminal("cut", "import", "absent.otio", code=1)
    assert "absent.otio" in said.err


def test_exit_2_is_wrong_usage(terminal: Terminal) -> None:
    said = terminal("asset", "shwo", "hero", code=2)
    assert "Did you mean 'show'?" in said.err


def test_exit_3_is_denied(terminal: Terminal) -> None:
    said = terminal("decision", "check", "--ref", "hero", "--purpose", "training", code=3)
    assert "train" in said.out


def test_exit_4_is_a_verification_that_failed(terminal: Terminal, place: Place) -> None:
    with closing(place.open()) as library, library.catalog.reader() as queries:
        damage(library, queries.version("hero").files[0].digest)
    said = terminal("asset", "verify", "hero", code=4)
    assert said.out.startswith("fail")


def test_exit_5_is_not_found(terminal: Terminal) -> None:
    said = terminal("decision", "explain", "D-009999", code=5)
    assert "D-009999" in said.err


def test_exit_6_needs_approval(terminal: Terminal, place: Place) -> None:
    with closing(place.open(person="lee-park")) as library:
        add_terms(library, place.directory.parent / "work", activate=False, id="LIC-2026-0009")
    said = terminal("license", "activate", "LIC-2026-0009", "--as", "ana-ruiz", code=6)
    assert "rights-admin" in said.err


def test_exit_7_is_a_conflict(terminal: Terminal) -> None:
    said = terminal("init", "library", code=7)
    assert "already" in said.err


def test_exit_8_is_a_service_that_does_not_answer(terminal: Terminal) -> None:
    (terminal.folder / "far.toml").write_text('[catalog]\nurl = "postgresql://nobody@localhost:1/none"\n')
    said = terminal("asset", "list", "--config", "far.toml", code=8)
    assert "database" in said.err


def test_flags_stand_before_or_after_the_verb(place: Place) -> None:
    elsewhere = Terminal(folder=place.directory.parent, environ=place.environ)
    before = elsewhere("-L", place.directory, "--json", "-q", "asset", "show", "hero")
    after = elsewhere("asset", "show", "hero", "-q", "--json", "--library", place.directory)
    assert before.json == after.json
    assert elsewhere("asset", "list", "--version").out == elsewhere("--version").out
    assert elsewhere("asset", "list", "-h").out == elsewhere("asset", "list", "--help").out


def test_quiet_leaves_the_result_and_errors(terminal: Terminal) -> None:
    loud, quiet = (terminal("asset", "checkout", "hero", "--out", out, *q) for out, q in (("a", ()), ("b", ("-q",))))
    assert "recorded as" in loud.err and quiet.err == ""
    assert quiet.out == loud.out.replace("a/", "b/", 1)


def test_each_setting_says_where_it_came_from(terminal: Terminal, tmp_path: Path) -> None:
    own = tmp_path / "home" / "assetlib" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[signing]\ntsa = "https://own.example"\n[network]\nhosts = "own.example"\n')
    (terminal.folder / "this.toml").write_text('[generation]\nallow = "render"\n[network]\nhosts = "this.example"\n')
    library = terminal.folder / "library" / "assetlib.toml"
    library.write_text(library.read_text() + '[rights]\npolicy_url = "https://library.example"\n')
    environ = {
        **terminal.environ,
        "XDG_CONFIG_HOME": str(own.parents[1]),
        "ASSETLIB_RIGHTS_POLICY_URL": "https://environment.example",
        "ASSETLIB_GENERATION_ALLOW": "nothing",
    }
    shown = Terminal(folder=terminal.folder, environ=environ)("config", "show", "--config", "this.toml", "--json").json
    found = {s["name"]: (s["value"], s["origin"]) for s in shown["settings"]}
    assert found["signing.tsa"] == ("https://own.example", str(own))
    assert found["network.hosts"] == ("this.example", "--config this.toml")
    assert found["generation.allow"] == ("render", "--config this.toml")
    assert found["rights.policy_url"] == ("https://environment.example", "environment")
    assert found["library.name"] == ("Small Films", "assetlib.toml")
    assert found["store.path"] == ("store", "default")
    said = terminal("config", "show", "--origin").out
    assert "rights.policy_url = https://library.example  (assetlib.toml)" in said


def test_the_settings_of_a_library_whose_catalog_is_gone_can_still_be_read(terminal: Terminal) -> None:
    (terminal.folder / "library" / "catalog.sqlite").unlink()
    assert "Small Films" in terminal("config", "show").out


def console(folder: Path) -> dict[str, str]:
    """An `assetlib` on PATH that starts this checkout's, wherever it was installed from."""
    script = folder / "assetlib"
    script.write_text(_CONSOLE.format(python=sys.executable))
    script.chmod(0o755)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_bash_takes_the_completion_script_and_completes_with_it(tmp_path: Path) -> None:
    environ = console(tmp_path)
    script = subprocess.run(
        ["assetlib", "completion", "bash"], env=environ, capture_output=True, text=True, timeout=120, check=True
    ).stdout
    subprocess.run(["bash", "-n"], input=script, text=True, timeout=60, check=True)
    press_tab = """
eval "$SCRIPT"
COMP_WORDS=(assetlib license ac); COMP_CWORD=2
_assetlib_completion assetlib
printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        ["bash", "-c", press_tab],
        env={**environ, "SCRIPT": script},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.split() == ["activate"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_completes_through_the_variable(tmp_path: Path, shell: str) -> None:
    terminal = Terminal(folder=tmp_path)
    assert "_ASSETLIB_COMPLETE" in terminal("completion", shell).out
    environ = {
        **console(tmp_path),
        "_ASSETLIB_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "assetlib sho",
        "COMP_CWORD": "sho" if shell == "fish" else "1",
    }
    done = subprocess.run(["assetlib"], env=environ, capture_output=True, text=True, timeout=120, check=True)
    assert "shot" in done.stdout


def test_completion_of_an_unknown_shell_is_wrong_usage(tmp_path: Path) -> None:
    assert "bash" in Terminal(folder=tmp_path)("completion", "tcsh", code=2).err
