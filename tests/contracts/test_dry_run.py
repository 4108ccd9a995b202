"""`--dry-run` changes nothing: not the catalog, not the store, not the keys, not the folder it would write to.

Every verb that changes something has a line here; `work`, `fsck` and the others that only read say so themselves.
"""

from __future__ import annotations

import shlex
import shutil
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import pytest

from assetlib.documents.license_sheet import license_template
from assetlib.editorial.write import new_timeline
from assetlib.flows.job_table import CatalogJobTable
from assetlib.model.cut import Edit, Timeline
from provenance.digest import digest_file
from tests.contracts.commands_doc import commands
from tests.flows.small_library import HERO_LAYER, picture
from tests.flows.studio import ALONE, RATE, Studio, add_terms, license_ben, write_terms
from tests.flows.test_provider_agreements import FILE as AGREEMENT
from tests.flows.test_provider_agreements import TERMS
from tests.terminal import Terminal

_LAMP = "asset: [props/oldlamp], facets: [underlying_work]"

# what is typed → a word that its answer has
CHANGING = {
    "asset amend ann --facet likeness=jane-doe --reason seen": "Ann: added",
    "asset checkout ann --out out": "out/characters/ann",
    "asset import delivery --sheet sheet.csv": "would register",
    "asset register Lamp --kind prop --usd lamp.usda": "props/lamp",
    "asset rename ann Anna --reason script": "Anna",
    "asset restore oldlamp --reason back": "oldlamp",
    "asset retire ann --reason done": "Ann is retired",
    "asset supersede ann ben --reason better": "superseded by Ben",
    "character register Nova --reference refs": "characters/nova",
    "cut assemble --out cut.mp4": "cut.mp4",
    "cut export --purpose review --to local --out new": "nothing (dry run)",
    "cut import other.otio": "added",
    "decision check --ref ann": "llowed",
    "job cancel JOB-1": "JOB-1",
    "license activate LIC-2026-0004": "active",
    "license add LIC-2026-0077.yaml": "LIC-2026-0077",
    "license amend LIC-2026-0004 amended.yaml --reason letter": "revision 2",
    "license import licenses.csv": "would file",
    "license revoke LIC-2026-0001 --reason letter": "revoked",
    "model register model --name Tiny": "models/tiny",
    "party add new-party --name New --kind org": "new-party",
    "person enroll Kim --role artist": "kim",
    "production add second": "second",
    "provider agree agreement.yaml --evidence terms.pdf": "PA-",
    "recipient add small-films": "small-films",
    "script import harbor.fountain": "added: scenes 1",
    f"shot block {ALONE} --subject ben": "ben",
    f"shot checkout {ALONE} --out shot": "shot/",
    f"shot generate {ALONE}": "allow",
    f"shot publish {ALONE} layers": "layers",
    f"shot audit {ALONE} --html new": "CLEAR",
    f"shot export {ALONE} --out new": "nothing (dry run)",
    "rulepack confirm vocabulary-2026-11": "confirmed",
    f"take pick {ALONE} take_001 --reason best": "picked",
}

# what the studio has nothing for, or not all: their dry run ends as the run itself would
WITHOUT_SUBJECT = {
    "approval grant R-1": 5,
    "approval refuse R-1": 5,
    "approval record R-1 --document terms.pdf": 5,
    "approval send R-1 --out new": 5,
    "obligation done O-1": 5,
    "cut audit --html new": 4,
}


def everything(folder: Path) -> dict[str, str]:
    """Every file by its bytes; SQLite's notes to itself hold nothing while they are empty or shared memory."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.endswith("-shm")]
    held = [p for p in files if not p.name.endswith("-wal") or p.stat().st_size]
    return {str(p.relative_to(folder)): digest_file(p) for p in held}


def test_every_verb_that_changes_something_is_tried() -> None:
    tried = {" ".join(line.split()[:2]) for line in CHANGING}
    twins = {f"character {verb}" for verb in ("amend", "checkout", "rename", "restore", "retire", "supersede")}
    changing = {" ".join(words) for words, command in commands() if not getattr(command, "reads", False)}
    assert changing - twins == tried | {" ".join(line.split()[:2]) for line in WITHOUT_SUBJECT}


@pytest.fixture(scope="module")
def stage(blocked: Studio, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A studio with a take, a waiting job, a draft license, an edited shot, and every file that the lines name."""
    studio = blocked.copy(tmp_path_factory.mktemp("dry") / "studio")
    folder = studio.folder
    environ = {
        **studio.environ,
        "ASSETLIB_LIBRARY": str(studio.directory),
        "ASSETLIB_PASSPHRASE_FILE": str(studio.passphrase_file),
        "ASSETLIB_PERSON": "lee-park",
    }
    terminal = Terminal(folder=folder, environ=environ)
    with closing(studio.open()) as library:
        add_terms(library, folder / "work", "LIC-2026-0004", covers=_LAMP, activate=False)
        license_ben(library, folder / "work")
        CatalogJobTable(library.catalog, library.clock).enqueue("other", b"{}")
    terminal("shot", "generate", ALONE)
    _write_files(folder)
    shutil.copytree(tiny_model, folder / "model")
    terminal("asset", "register", "oldlamp", "--kind", "prop", "--usd", "lamp.usda")
    terminal("asset", "retire", "oldlamp", "--reason", "for now")
    terminal("shot", "checkout", ALONE, "--out", "layers")
    return terminal


def _write_files(folder: Path) -> None:
    write_terms(folder, "LIC-2026-0077", covers=_LAMP)
    write_terms(folder, "LIC-2026-0004", covers=_LAMP, limits="{shots: 4}").rename(folder / "amended.yaml")
    (folder / "licenses.csv").write_bytes(license_template(".csv"))
    (folder / "contract.pdf").write_bytes(b"%PDF-1.7 a contract")
    (folder / "harbor.fountain").write_text("INT. HARBOR - DAY #1#\n\nANN\nGo.\n")
    (folder / "terms.pdf").write_bytes(TERMS)
    (folder / "agreement.yaml").write_text(AGREEMENT)
    (folder / "lamp.usda").write_text(HERO_LAYER)
    picture(folder / "refs" / "front.png", seed=5, width=160, height=100)
    picture(folder / "delivery" / "one.png", seed=6, width=160, height=100)
    (folder / "sheet.csv").write_text("name,kind,references\nOne,image,one.png\n")
    edit = Edit(shot="sq020_sh0010", name="sq020_sh0010", track="V1", record_in=0, duration=3, source_in=Fraction(1001))
    new_timeline(Timeline(name="other", uuid="other-reel", rate=RATE, edits=(edit,)), (), folder / "other.otio")


@pytest.mark.parametrize("line", CHANGING)
def test_a_dry_run_answers_and_changes_nothing(stage: Terminal, line: str) -> None:
    before = everything(stage.folder)
    said = stage(*shlex.split(line), "--dry-run")
    assert CHANGING[line] in said.out
    assert "dry run: nothing was changed" in said.err
    assert everything(stage.folder) == before


@pytest.mark.parametrize("line", WITHOUT_SUBJECT)
def test_a_dry_run_ends_as_the_run_would(stage: Terminal, line: str) -> None:
    before = everything(stage.folder)
    stage(*shlex.split(line), "--dry-run", code=WITHOUT_SUBJECT[line])
    assert everything(stage.folder) == before


def test_a_dry_run_tells_what_would_be_refused(stage: Terminal) -> None:
    before = everything(stage.folder)
    refused = stage("cut", "export", "--purpose", "training", "--to", "local", "--out", "x", "--dry-run", code=3)
    assert "train" in refused.err
    assert "delivery" in stage("asset", "checkout", "ann", "--out", "delivery", "--dry-run", code=7).err
    assert everything(stage.folder) == before


@pytest.mark.parametrize("words", [("work",), ("fsck", "--repair-orphans"), ("init", "new"), ("demo", "--out", "new")])
def test_verbs_without_a_noun_keep_it_too(stage: Terminal, words: tuple[str, ...]) -> None:
    before = everything(stage.folder)
    stage(*words, "--dry-run")
    assert everything(stage.folder) == before and not (stage.folder / "new").exists()


def test_the_same_lines_do_change_something(stage: Terminal) -> None:
    """Or the test above would prove nothing."""
    before = everything(stage.folder)
    stage("party", "add", "new-party", "--name", "New", "--kind", "org")
    assert everything(stage.folder) != before
