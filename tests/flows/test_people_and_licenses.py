"""From an empty folder to an allowed use, through the command line: people, productions, parties, licenses, answers.

Every exit code is the one that scripts rely on: 0 ok, 1 error, 2 usage, 3 denied, 5 not found, 6 needs approval,
7 conflict.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from cli.main import main
from provenance.digest import digest_bytes, hex_of

PAPER = b"%PDF-1.7 the signed contract"
LICENSE = f"""\
assetlib_license: 1
id: LIC-2026-0042
kind: work_for_hire
timezone: America/Los_Angeles
from: {{party: jane-doe, capacity: owner}}
to: northlight
document: {{file: contract.pdf, sha256: {hex_of(digest_bytes(PAPER))}}}
signed: 2026-01-14
covers: {{character: rhea, facets: [character_ip]}}
permits:
  - clause: "3.1"
    actions: [view, generate, edit, export.delivery]
    purposes: [previs, final_shot]
    productions: [house-s2]
    territories: [WW]
    media: [svod]
    recipients: [local]
    generate: {{from: 2026-01-15, until: 2046-02-28}}
    use_until: perpetual
    survival: perpetual
"""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        assert document["schema"] == 1
        return document


@dataclass(frozen=True)
class Studio:
    """A folder with a library in it, and how a person types into its command line."""

    folder: Path

    def __call__(self, *words: str, code: int = 0) -> Said:
        common = ("--library", str(self.folder / "library"), "--passphrase-file", str(self.folder / "passphrase"))
        done = CliRunner().invoke(main, [*common, *words], catch_exceptions=False)
        assert done.exit_code == code, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return Said(code=done.exit_code, out=done.stdout, err=done.stderr)

    def file(self, name: str, text: str = LICENSE) -> str:
        (self.folder / "contract.pdf").write_bytes(PAPER)
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """init → person enroll → production add → party add → character register; no license yet."""
    folder = tmp_path_factory.mktemp("studio")
    (folder / "passphrase").write_text("correct horse\n", encoding="utf-8")
    studio = Studio(folder)
    studio("init", str(folder / "library"), "--name", "Northlight")
    studio("person", "enroll", "Kim Counsel", "--role", "rights-admin", "--role", "counsel")
    studio("person", "enroll", "Lee Park", "--role", "librarian")
    studio("production", "add", "house-s2", "--purpose", "previs", "--exploit-until", "perpetual", "--default")
    studio("party", "add", "jane-doe", "--name", "Jane Doe", "--kind", "person")
    Image.new("RGB", (64, 96), (200, 30, 30)).save(folder / "front.png")
    studio("character", "register", "Rhea", "--reference", str(folder / "front.png"))
    return folder


@pytest.fixture
def studio(made: Path, tmp_path: Path) -> Studio:
    return Studio(Path(shutil.copytree(made, tmp_path / "studio")))


def ask(studio: Studio, *words: str, code: int) -> Said:
    return studio("decision", "check", "--ref", "rhea", "--json", *words, code=code)


def test_a_use_is_denied_until_the_license_is_activated_and_again_once_it_is_revoked(studio):
    assert ask(studio, code=3).json["decision"] == "deny"
    assert studio("license", "add", studio.file("rhea.yaml"), "--json").json["status"] == "draft"
    ask(studio, code=3)
    activated = studio("license", "activate", "LIC-2026-0042", "--as", "kim-counsel", "--json").json
    assert activated["status"] == "active"
    allowed = ask(studio, code=0).json
    assert allowed["decision"] == "allow"
    assert any("LIC-2026-0042" in clause for clause in allowed["cited"])
    studio("license", "revoke", "LIC-2026-0042", "--reason", "by letter", "--as", "kim-counsel")
    ask(studio, code=3)
    studio("ledger", "verify")


def test_every_answer_is_recorded_and_explained_refusals_included(studio):
    refused = ask(studio, code=3).json
    explained = studio("decision", "explain", refused["id"])
    assert "rhea" in explained.out
    listed = studio("decision", "list", "--json").json["decisions"]
    assert [row["id"] for row in listed] == [refused["id"]]


@pytest.fixture
def cleared(studio: Studio) -> Studio:
    studio("license", "add", studio.file("rhea.yaml"))
    studio("license", "activate", "LIC-2026-0042", "--as", "kim-counsel")
    return studio


@pytest.mark.parametrize(
    "words",
    [
        ("--purpose", "training"),
        ("--media", "theatrical"),
        ("--recipient", "nobody-knows-them"),
        ("--production", "main"),
    ],
)
def test_what_the_license_does_not_name_is_denied(cleared, words):
    ask(cleared, *words, code=3)


def test_an_approval_that_is_owed_is_neither_yes_nor_no(studio):
    owed = LICENSE + "    before: [{approval: by jane-doe, each: batch}]\n"
    studio("license", "add", studio.file("rhea.yaml", owed))
    studio("license", "activate", "LIC-2026-0042", "--as", "kim-counsel")
    answer = ask(studio, code=6).json
    assert answer["decision"] == "needs_approval"


def test_a_librarian_cannot_activate_a_license(studio):
    studio("license", "add", studio.file("rhea.yaml"))
    refused = studio("license", "activate", "LIC-2026-0042", "--as", "lee-park", code=6)
    assert "lee-park" in refused.err
    ask(studio, code=3)


def test_the_same_words_again_change_nothing_and_other_words_are_a_draft_again(cleared):
    again = cleared("license", "add", cleared.file("rhea.yaml"), "--json").json
    assert (again["revision"], again["status"]) == (1, "active")
    narrower = cleared.file("rhea.yaml", LICENSE.replace("purposes: [previs, final_shot]", "purposes: [final_shot]"))
    changed = cleared("license", "add", narrower, "--json").json
    assert (changed["revision"], changed["status"]) == (2, "draft")


def test_an_unknown_purpose_is_an_error_and_no_answer(cleared):
    said = cleared("decision", "check", "--ref", "rhea", "--purpose", "world-domination", code=1)
    assert "world-domination" in said.err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("signed: 2026-01-14", "signed: 2026-01-14\nowner: me", "owner"),
        ("signed: 2026-01-14", "signed: 2026-01-14\nsigned: 2025-01-14", "signed"),
        ("America/Los_Angeles", "America/Hollywood", "Hollywood"),
        (hex_of(digest_bytes(PAPER)), "0" * 64, "sha256"),
        ("purposes: [previs, final_shot]", "purposes: [everything]", "everything"),
        ("assetlib_license: 1", "- just a list", ""),
    ],
    ids=["unknown key", "key twice", "no such zone", "another document", "unknown purpose", "no mapping"],
)
def test_a_license_that_is_not_right_is_not_filed(studio, old, new, words):
    assert old in LICENSE
    refused = studio("license", "add", studio.file("rhea.yaml", LICENSE.replace(old, new, 1)), code=1)
    assert words in refused.err
    assert studio("license", "list", "--json").json["licenses"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("license", "show", "LIC-NOPE"),
        ("license", "activate", "LIC-NOPE", "--as", "kim-counsel"),
        ("asset", "show", "nobody"),
        ("decision", "explain", "D-999999"),
        ("decision", "check", "--ref", "nobody"),
        ("production", "show", "nothing"),
        ("recipient", "add", "harbor-vfx"),
        ("job", "show", "JOB-9"),
        ("shot", "generate", "sq010_sh0010"),
        ("take", "list", "sq010_sh0010"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_what_is_not_there_is_said_to_be_not_there(studio, words):
    assert studio(*words, code=5).err.startswith("error: ")


@pytest.mark.parametrize(
    "words",
    [
        ("person", "enroll", "Kim Counsel", "--role", "counsel"),
        ("init", "{folder}/library"),
    ],
    ids=lambda words: words[0],
)
def test_what_is_there_already_is_a_conflict(studio, words):
    studio(*(word.format(folder=studio.folder) for word in words), code=7)


@pytest.mark.parametrize(
    "words",
    [("license", "teleport"), ("person", "enroll", "X", "--role", "king"), ("decision", "check")],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_wrong_word_is_a_usage_error(studio, words):
    studio(*words, code=2)


@pytest.mark.parametrize(
    "words",
    [
        ("person", "list"),
        ("production", "list"),
        ("production", "show", "house-s2"),
        ("party", "list"),
        ("recipient", "list"),
        ("provider", "list"),
        ("license", "list"),
        ("decision", "list"),
        ("asset", "list"),
        ("asset", "show", "rhea"),
        ("character", "list"),
        ("model", "list"),
        ("shot", "list"),
        ("cut", "list"),
        ("job", "list"),
        ("generator", "list"),
        ("config", "show"),
        ("ledger", "verify"),
        ("doctor",),
        ("fsck",),
        ("work",),
    ],
    ids=" ".join,
)
def test_every_look_at_a_library_is_a_document_of_schema_1(studio, words):
    assert len(studio(*words, "--json").json) > 1


def test_an_error_is_a_document_too_and_prose_stays_on_stderr(studio):
    said = studio("license", "show", "LIC-NOPE", "--json", code=5)
    assert said.json["error"]["kind"] == "NotFound"
    assert said.err.startswith("error: ")


def test_a_dry_run_files_nothing(studio):
    studio("license", "add", studio.file("rhea.yaml"), "--dry-run")
    assert studio("license", "list", "--json").json["licenses"] == []


def test_a_new_license_is_asked_for_in_plain_questions_and_validates(studio):
    target = str(studio.folder / "new.yaml")
    answers = {
        "id": "LIC-2026-0099",
        "from": "jane-doe",
        "to": "northlight",
        "assets": "rhea",
        "timezone": "America/Los_Angeles",
        "signed": "2026-07-14",
        "clause": "1",
        "productions": "house-s2",
        "territories": "WW",
        "media": "svod",
        "recipients": "local",
        "from_day": "",
        "until_day": "",
        "use_until": "perpetual",
    }
    given = [word for name, value in answers.items() for word in ("--set", f"{name}={value}")]
    studio.file("rhea.yaml")
    paper = ("--document", str(studio.folder / "contract.pdf"))
    asked = ("license", "new", "--template", "work-for-hire", "--out", target, *given)
    studio(*asked, code=1)
    studio(*asked, *paper)
    assert "rhea" in studio("license", "validate", target, *paper).out
    studio(*asked, *paper, code=7)


def test_without_a_library_the_way_to_one_is_said(tmp_path):
    done = CliRunner().invoke(main, ["--library", str(tmp_path), "asset", "list"])
    assert done.exit_code == 5
    assert "assetlib init" in done.stderr
