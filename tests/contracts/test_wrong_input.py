"""What people type by mistake is answered with a sentence and the right exit code, never with a traceback.

`Terminal` itself fails on a traceback and on an "unexpected" error.
"""

from __future__ import annotations

import shlex

import pytest

from tests.flows.small_library import Place, picture
from tests.terminal import Terminal

# what is typed → exit code, and a word of the sentence
MISTAKES = {
    "asset show heroe": (5, "did you mean hero?"),
    "shot audit sq010_sh001": (5, "did you mean sq010_sh0010"),
    "license show LIC-2026-001": (5, "did you mean LIC-2026-0001?"),
    "party add": (2, "Missing argument"),
    "recipient add aurora-strem": (5, "party add"),
    "take pick sq010_sh0010 take_001 --reason x --as lee-parc": (5, "did you mean lee-park?"),
    "take pick sq010_sh0010 take_001 --reason ''": (2, "in words"),
    "cut audit rel": (5, "did you mean reel?"),
    "shot list -p mian": (5, "did you mean main?"),
    "decision list --shot sq010_sh0011": (5, "did you mean"),
    "ledger receipt 9999": (5, "none 9999"),
    "generator test rendr": (5, "installed are"),
    "job show nonsense": (5, "job list"),
    "character register Nova --usd folder": (1, "expected a USD file"),
    "character register Nova --usd empty": (1, "empty"),
    "character register Nova --reference 'no pictures'": (1, "no pictures"),
    "character register 日本 --reference folder": (1, "at least one letter"),
    "asset import folder --sheet empty": (1, "ends in .csv"),
    "license add folder": (1, "folder"),
    "license add empty": (1, "assetlib_license: 1"),
    "license add ünï.yaml": (1, "ünï.yaml"),
    "license new --template stock --out x.yaml": (1, "--document"),
    "license new --template open --out no/such/x.yaml": (1, "expected a folder"),
    "cut import empty": (1, "empty"),
    "cut import folder": (1, "expected a timeline"),
    "cut export --purpose fun --to local --out x": (1, "expected a purpose"),
    "shot block sq010_sh0010 --subject hero --lens -3": (1, "expected a lens"),
    "shot publish sq010_sh0010 folder": (7, "block"),
    "verify absent.png": (1, "found nothing"),
    "verify empty": (4, "the file is empty"),
    "verify empty --trust empty": (1, "trust anchor"),
    "dataset scan absent": (1, "expected a folder"),
    "asset checkout hero --out folder": (7, "found something"),
    "party add p --name P --kind org --passphrase-file wrong": (1, "another passphrase"),
    "license revoke LIC-2026-0001 --reason x --passphrase-file wrong": (1, "wrong passphrase"),
    "asset list --config absent.toml": (1, "No such file"),
    "asset list --config broken.toml": (1, "not a readable TOML"),
    "asset list -L folder": (5, "assetlib init"),
    "license new --template open --out y.yaml": (1, "nobody answered"),
}


@pytest.fixture(scope="module")
def desk(small: Place, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    place = small.copy(tmp_path_factory.mktemp("mistakes") / "small")
    folder = place.directory.parent
    (folder / "folder").mkdir()
    (folder / "folder" / "something").write_text("else")
    (folder / "no pictures").mkdir()
    (folder / "empty").touch()
    (folder / "wrong").write_text("wrong\n")
    (folder / "broken.toml").write_text("[library")
    environ = {**place.environ, "ASSETLIB_LIBRARY": str(place.directory)}
    return Terminal(folder=folder, environ=environ)


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_answered(desk: Terminal, line: str) -> None:
    code, word = MISTAKES[line]
    said = desk(*shlex.split(line), code=code)
    assert word in said.out + said.err


def test_spaces_and_foreign_letters_in_paths_are_fine(terminal: Terminal) -> None:
    terminal("asset", "checkout", "hero", "--out", "a b/öut ✓")
    terminal("shot", "audit", "sq010_sh0010", "--html", "a b/prüfung.html")
    terminal("asset", "rename", "hero", "Ünï  cödé", "--reason", "the script says so")
    assert "Ünï  cödé" in terminal("asset", "show", "Ünï  cödé").out
    assert next((terminal.folder / "a b" / "öut ✓").rglob("hero.usda")).is_file()


BREAKAGES = {
    "assetlib.toml": (b"[library", 1, "not a readable TOML"),
    "catalog.sqlite": (b"garbage", 8, "not a database"),
    "keys/root.pem": (b"", 1, "expected root.pem"),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_broken_library_says_what_is_broken(terminal: Terminal, place: Place, name: str) -> None:
    data, code, word = BREAKAGES[name]
    (place.directory / name).write_bytes(data)
    assert word in terminal("asset", "list", code=code).err
    doctor = terminal("doctor", code=1)
    assert "does not open" in doctor.out and "ok      python" in doctor.out


def test_a_catalog_that_is_gone_is_not_taken_for_no_library(terminal: Terminal, place: Place) -> None:
    (place.directory / "catalog.sqlite").unlink()
    assert "restore it from a backup" in terminal("asset", "list", code=5).err


def test_a_public_key_that_is_junk_is_named(terminal: Terminal, place: Place) -> None:
    (place.directory / "keys" / "log.pub").write_text("junk\n")
    for words in (("ledger", "verify"), ("fsck",)):
        assert "log.pub" in terminal(*words, code=1).err


def test_where_nothing_can_be_written_the_place_is_named(terminal: Terminal, place: Place) -> None:
    """A file stands where the folder for work in progress would be made: no user, root included, can write there."""
    staging = place.directory / "staging"
    if staging.exists():
        staging.rmdir()
    staging.write_text("in the way")
    picture(terminal.folder / "front.png", seed=4, width=160, height=100)
    said = terminal("character", "register", "Nova", "--reference", "front.png", code=1)
    assert "staging" in said.err
    assert "staging" in terminal("asset", "checkout", "hero", "--out", "out", code=1).err
