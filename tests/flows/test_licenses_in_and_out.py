"""Licenses that leave and arrive: ODRL through the command line, many files at once, test cases of other people."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.flows.test_people_and_licenses import LICENSE, Studio
from tests.unit.rights.odrl.test_suite import ASK, CASE, PREFIXES, the_set


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studio")
    (folder / "passphrase").write_text("correct horse\n", encoding="utf-8")
    studio = Studio(folder)
    studio("init", str(folder / "library"), "--name", "Northlight")
    studio("person", "enroll", "Kim Counsel", "--role", "rights-admin", "--role", "counsel")
    studio("party", "add", "jane-doe", "--name", "Jane Doe", "--kind", "person")
    return folder


@pytest.fixture
def studio(made: Path, tmp_path: Path) -> Studio:
    return Studio(Path(shutil.copytree(made, tmp_path / "studio")))


def test_a_license_leaves_as_odrl_and_arrives_in_another_library_as_a_draft(studio: Studio, tmp_path: Path) -> None:
    studio("license", "add", studio.file("a.yaml"))
    studio("license", "activate", "LIC-2026-0042", "--as", "kim-counsel")
    out = studio("license", "show", "LIC-2026-0042", "--odrl").out
    terms = studio("license", "show", "LIC-2026-0042", "--json").json["terms"]
    other = Studio(Path(shutil.copytree(studio.folder, tmp_path / "other", ignore=shutil.ignore_patterns("library"))))
    other("init", str(other.folder / "library"), "--name", "Elsewhere")
    (other.folder / "terms.jsonld").write_text(out, encoding="utf-8")
    filed = other("license", "add", str(other.folder / "terms.jsonld"), "--json").json
    assert filed["status"] == "draft"
    assert other("license", "show", "LIC-2026-0042", "--json").json["terms"] == terms
    assert other("license", "show", "LIC-2026-0042", "--odrl").out == out


def test_odrl_without_its_paper_is_not_filed(studio: Studio) -> None:
    studio("license", "add", studio.file("a.yaml"))
    out = studio("license", "show", "LIC-2026-0042", "--odrl").out
    folder = studio.folder / "alone"
    folder.mkdir()
    (folder / "terms.jsonld").write_text(out, encoding="utf-8")
    refused = studio("license", "add", str(folder / "terms.jsonld"), code=1)
    assert "'contract.pdf' was not found" in refused.err
    studio("license", "add", str(folder / "terms.jsonld"), "--document", str(studio.folder / "contract.pdf"))


def test_an_offer_is_refused_and_every_reason_is_shown(studio: Studio) -> None:
    path = studio.folder / "offer.jsonld"
    path.write_text('{"@id": "urn:x:y", "@type": "http://www.w3.org/ns/odrl/2/Offer"}', encoding="utf-8")
    assert "proposes and grants nothing" in studio("license", "add", str(path), code=1).err
    path.write_text('{"@context": ["http://a.example/1", "http://b.example/2"]}', encoding="utf-8")
    told = studio("license", "add", str(path), code=1).err
    assert "a.example" in told
    assert "b.example" in told


def test_validate_reads_many_files_and_says_all_that_is_wrong_with_each(studio: Studio) -> None:
    good = studio.file("good.yaml")
    bad = studio.file("bad.yaml", LICENSE.replace("[svod]", "[tv]").replace("kind: work_for_hire", "kind: gift"))
    told = studio("license", "validate", good, bad, code=1)
    assert "LIC-2026-0042" in told.out
    assert f"{bad}: line 3: kind: expected one of" in told.out
    assert "unknown medium 'tv'" in told.out
    document = studio("license", "validate", good, bad, "--json", code=1).json
    assert [file["valid"] for file in document["files"]] == [True, False]
    assert [problem["line"] for problem in document["files"][1]["problems"]] == [3, 16]
    studio("license", "validate", good)
    studio("license", "validate", str(studio.folder / "none.yaml"), code=1)
    studio("license", "validate", code=2)


def test_a_license_that_prohibits_what_it_grants_is_a_warning(studio: Studio) -> None:
    conflict = studio.file("conflict.yaml", LICENSE + 'prohibits:\n  - {clause: "7", actions: [edit]}\n')
    told = studio("license", "validate", conflict)
    assert "warning: clause 7 prohibits edit, which 3.1 grants" in told.err


def test_odrl_test_cases_are_decided_without_a_library(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from cli.main import main

    def run(state: str, *words: str) -> tuple[int, str]:
        (tmp_path / "case.ttl").write_text(PREFIXES + CASE.format(state=state) + the_set() + ASK)
        done = CliRunner().invoke(main, ["license", "validate", "--odrl-suite", str(tmp_path), *words])
        return done.exit_code, done.stdout

    code, out = run("report:Active")
    assert code == 0
    assert "1 cases: 1 mapped, of which 1 agree; 0 refused" in out
    code, out = run("report:Inactive", "--json")
    assert code == 4
    assert json.loads(out)["differing"] == 1
    (tmp_path / "case.ttl").unlink()
    assert CliRunner().invoke(main, ["license", "validate", "--odrl-suite", str(tmp_path)]).exit_code == 1


def test_an_amendment_is_a_next_revision_with_its_reason_and_a_difference_in_english(studio: Studio) -> None:
    studio("license", "add", studio.file("a.yaml"))
    studio("license", "activate", "LIC-2026-0042", "--as", "kim-counsel")
    wider = studio.file("b.yaml", LICENSE.replace("media: [svod]", "media: [svod, avod]"))
    before = studio("license", "show", "LIC-2026-0042", "--json").json
    planned = studio("license", "amend", "LIC-2026-0042", wider, "--reason", "letter of 3 May", "--dry-run").out
    assert "revision 2" in planned
    assert studio("license", "show", "LIC-2026-0042", "--json").json["revision"] == 1
    done = studio("license", "amend", "LIC-2026-0042", wider, "--reason", "letter of 3 May", "--json").json
    assert (done["revision"], done["status"]) == (2, "draft")
    (change,) = done["changes"]
    assert "media: svod;" in change
    assert "media: svod and avod;" in change
    assert any("allows nothing until" in warning for warning in done["warnings"])
    after = studio("license", "show", "LIC-2026-0042", "--json").json
    assert [one["status"] for one in after["revisions"]] == ["active", "draft"]
    assert after["revisions"][1]["reason"] == "letter of 3 May"
    assert after["revisions"][0]["superseded_at"] == after["revisions"][1]["recorded_at"]
    old = studio("license", "show", "LIC-2026-0042", "--revision", "1", "--json").json
    assert (old["terms"], old["digest"]) == (before["terms"], before["digest"])
    studio("license", "show", "LIC-2026-0042", "--revision", "7", code=1)
    again = studio("license", "amend", "LIC-2026-0042", wider, "--reason", "again", "--json").json
    assert "nothing changed" in again["warnings"][0]
    studio("ledger", "verify")


def test_a_decision_cites_the_revision_it_was_made_under(studio: Studio) -> None:
    from PIL import Image

    Image.new("RGB", (64, 96), (200, 30, 30)).save(studio.folder / "front.png")
    studio("character", "register", "Rhea", "--reference", str(studio.folder / "front.png"))
    studio("production", "add", "house-s2", "--purpose", "previs", "--exploit-until", "perpetual", "--default")
    studio("license", "add", studio.file("a.yaml"))
    studio("license", "activate", "LIC-2026-0042", "--as", "kim-counsel")
    first = studio("decision", "check", "--ref", "rhea", "--json").json["id"]
    wider = studio.file("b.yaml", LICENSE.replace("media: [svod]", "media: [svod, avod]"))
    amend = ("license", "amend", "LIC-2026-0042", wider, "--reason", "letter", "--activate", "--as", "kim-counsel")
    studio(*amend)
    second = studio("decision", "check", "--ref", "rhea", "--media", "avod", "--json").json["id"]
    cited = [studio("decision", "explain", one, "--json").json["revisions"] for one in (first, second)]
    assert cited == [{"LIC-2026-0042": 1}, {"LIC-2026-0042": 2}]
    assert "LIC-2026-0042 revision 1" in studio("decision", "explain", first).out


def test_an_amendment_can_be_signed_in_one_step_and_keeps_the_id(studio: Studio) -> None:
    studio("license", "add", studio.file("a.yaml"))
    studio("license", "activate", "LIC-2026-0042", "--as", "kim-counsel")
    wider = studio.file("b.yaml", LICENSE.replace("media: [svod]", "media: [svod, avod]"))
    words = ("license", "amend", "LIC-2026-0042", wider, "--reason", "letter")
    assert studio(*words, "--activate", "--as", "kim-counsel", "--json").json["status"] == "active"
    other = studio.file("c.yaml", LICENSE.replace("LIC-2026-0042", "LIC-2026-0043"))
    assert "keeps the id" in studio("license", "amend", "LIC-2026-0042", other, "--reason", "x", code=1).err
    studio("license", "amend", "LIC-2026-0099", other, "--reason", "x", code=5)
    studio("license", "revoke", "LIC-2026-0042", "--reason", "by letter", "--as", "kim-counsel")
    studio("license", "amend", "LIC-2026-0042", wider, "--reason", "x", code=7)


def test_the_license_page_says_every_sentence_and_escapes_what_it_shows(studio: Studio) -> None:
    from html import escape

    hostile = LICENSE + 'note: "<script>alert(1)</script>"\n'
    studio("license", "add", studio.file("a.yaml", hostile))
    page = studio.folder / "license.html"
    studio("license", "explain", "LIC-2026-0042", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    for paragraph in studio("license", "explain", "LIC-2026-0042").out.strip().split("\n\n"):
        for sentence in paragraph.split(". "):
            assert escape(sentence.rstrip(". "), quote=True).replace("&#x27;", "&#39;") in text
    studio("license", "explain", "LIC-2026-0042", "--html", str(page), code=7)


def test_new_asks_what_was_not_answered_beforehand_and_writes_a_file_that_is_valid(studio: Studio) -> None:
    from click.testing import CliRunner

    from assetlib.flows.new_license import questions
    from cli.main import main

    (studio.folder / "release.pdf").write_bytes(b"%PDF-1.7 release")
    target = studio.folder / "release.yaml"
    asked = [question for question in questions("location") if question.key != "id"]
    answers = {
        "from": "harbor-trust",
        "to": "northlight",
        "assets": "sets/harbor",
        "timezone": "Europe/Lisbon",
        "signed": "2026-05-04",
        "productions": "house-s2",
        "media": "svod, avod",
    }
    words = ["license", "new", "--template", "location", "--out", str(target), "--set", "id=LIC-7"]
    words += ["--document", str(studio.folder / "release.pdf")]
    typed = "".join(answers.get(question.key, "") + "\n" for question in asked)
    done = CliRunner().invoke(main, words, input=typed)
    assert done.exit_code == 0, done.output
    for question in asked:
        assert question.text in done.stderr
    told = studio("license", "validate", str(target)).out
    assert "media: svod and avod" in told
    assert "sets/harbor" in told
