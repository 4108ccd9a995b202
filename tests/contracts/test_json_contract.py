"""What scripts rely on: the JSON document of each command in the contract, key by key, from a real library.

First the keys that the contract names; what stands beside them is listed as well, so that nothing goes unseen.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Set
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from provenance.digest import digest_bytes, hex_of
from tests.flows.small_library import Place, picture
from tests.flows.studio import ALONE, TOGETHER
from tests.terminal import Terminal

DECISION = {"decision", "findings", "repairs", "cited", "obligations", "envelope"}
ABOUT_DECISION = {"id", "question", "decided_at", "closure", "added_actions", "evaluator", "world_digest"}
ABOUT_DECISION |= {"rulepacks", "unconfirmed"}
HIT = {"item", "asset", "version", "how", "confidence", "license"}
REGISTERED = {"entity", "version", "digest", "rights", "proposed_licenses", "unreadable", "warnings"}
CHANGES = ("added", "moved", "trimmed", "replaced", "removed", "unchanged")


def keys(document: dict[str, Any], named: Set[str], beside: Set[str] = frozenset()) -> dict[str, Any]:
    assert set(document) - {"schema"} == named | beside
    return document


def license_file(folder: Path, license_id: str = "LIC-2026-0077") -> Path:
    paper = b"%PDF-1.7 signed"
    (folder / "terms.pdf").write_bytes(paper)
    terms = {
        "assetlib_license": 1,
        "id": license_id,
        "kind": "license",
        "timezone": "America/Los_Angeles",
        "from": {"party": "jane-doe", "capacity": "owner"},
        "to": "small-films",
        "document": {"file": "terms.pdf", "sha256": hex_of(digest_bytes(paper))},
        "signed": "2026-01-14",
        "covers": {"character": ["characters/hero"], "facets": ["character_ip"]},
        "permits": [
            {
                "clause": "1",
                "actions": ["view"],
                "purposes": ["review"],
                "productions": ["main"],
                "territories": ["WW"],
                "media": ["svod"],
                "recipients": ["local"],
                "generate": {"from": "2026-01-15", "until": "2031-12-31"},
                "use_until": "perpetual",
                "survival": "perpetual",
            }
        ],
    }
    file = folder / "terms.yaml"
    file.write_text(yaml.safe_dump(terms, sort_keys=False), encoding="utf-8")
    return file


def timeline(place: Place, folder: Path) -> Path:
    """The small library's own cut as editorial would send it."""
    with closing(place.open()) as library, library.catalog.reader() as queries:
        cut = queries.last_cut()
        assert cut is not None
        library.store.copy_to(cut.digest, folder / "reel.otio")
    return folder / "reel.otio"


def test_verify(terminal: Terminal, place: Place) -> None:
    picture(terminal.folder / "foreign.png", seed=3)
    document = terminal("verify", "foreign.png", "--json", code=4).json
    (file,) = keys(document, {"files"})["files"]
    keys(file, {"file", "verdict", "findings", "signer", "ingredients"})
    assert (file["file"], file["verdict"], file["signer"]) == ("foreign.png", "unknown", None)
    assert file["findings"] and all(set(finding) == {"step", "code", "sentence"} for finding in file["findings"])
    terminal("asset", "checkout", "hero", "--out", "hero")
    signed = next((terminal.folder / "hero").rglob("front.png"))
    (passed,) = terminal("verify", signed, "--json").json["files"]
    assert passed["verdict"] == "pass" and passed["signer"]
    elsewhere = Terminal(folder=terminal.folder, environ={"ASSETLIB_LIBRARY": ""})
    anchors = place.directory / "keys" / "root.pem"
    shutil.copyfile(anchors, terminal.folder / "anchors.pem")
    shutil.move(place.directory, terminal.folder / "gone")
    (alone,) = elsewhere("verify", signed, "--trust", "anchors.pem", "--json", code=None).json["files"]
    assert alone["verdict"] in ("pass", "unknown") and alone["signer"] == passed["signer"]


def test_decision_check_answers_yes_with_0(terminal: Terminal) -> None:
    asked = ("decision", "check", "--ref", "hero", "--json")
    document = keys(terminal(*asked).json, DECISION, ABOUT_DECISION)
    assert document["decision"] == "allow" and document["cited"] and document["envelope"]


def test_decision_check_takes_every_part_of_the_question_and_lists(terminal: Terminal) -> None:
    said = terminal(
        *("decision", "check", "--ref", "hero", "--ref", "assetlib:///characters/hero", "--action", "view"),
        *("--action", "train.gen", "--production", "main", "--purpose", "review", "--territory", "US"),
        *("--territory", "GB", "--media", "svod", "--media", "promo", "--to", "aurora-stream"),
        *("--exploit-until", "2030-01-31", "--scene", "4", "--content", "nudity=no", "--json"),
        code=3,
    )
    question = keys(said.json, DECISION, ABOUT_DECISION)["question"]
    assert (question["actions"], question["territories"], question["media"]) == (
        ["view", "train.gen"],
        ["US", "GB"],
        ["svod", "promo"],
    )
    assert (question["recipient"], question["purpose"], question["production"]) == ("aurora-stream", "review", "main")
    assert question["exploit_until"].startswith("2030-01-31") and question["scenes"] == ["4"]
    assert said.json["decision"] == "deny" and said.json["findings"]


def test_recipient_and_project_are_other_names_for_the_same(terminal: Terminal) -> None:
    asked = ("decision", "check", "--ref", "hero", "--json")
    said = [
        terminal(*asked, *flags).json["question"]
        for flags in (
            ("--recipient", "local", "--production", "main"),
            ("--to", "local", "--project", "main"),
            ("-p", "main"),
        )
    ]
    assert {(q["recipient"], q["production"]) for q in said} == {("local", "main")}


@pytest.mark.parametrize(
    "words", [("character", "register", "Nova"), ("asset", "register", "Nova", "--kind", "character")]
)
def test_registering(terminal: Terminal, words: tuple[str, ...]) -> None:
    picture(terminal.folder / "refs" / "front.png", seed=11, width=160, height=100)
    picture(terminal.folder / "side.png", seed=12, width=160, height=100)
    references = ("--reference", "refs", "--reference", "side.png")
    document = keys(terminal(*words, *references, "--json").json, REGISTERED)
    assert document["entity"] == "assetlib:///characters/nova" and document["version"] == "v001"
    assert document["digest"].startswith("sha256:") and document["rights"] == "none"


def test_filing_and_activating_a_license(terminal: Terminal) -> None:
    file = license_file(terminal.folder)
    filed = terminal("license", "add", file, "--document", "terms.pdf", "--json").json
    keys(filed, {"license", "status", "warnings"}, {"revision"})
    assert (filed["license"], filed["status"]) == ("LIC-2026-0077", "draft")
    active = terminal("license", "activate", "LIC-2026-0077", "--json").json
    assert keys(active, {"license", "status", "warnings"}, {"signed_by"})["status"] == "active"


def test_importing_a_cut(terminal: Terminal, place: Place) -> None:
    document = terminal("cut", "import", timeline(place, terminal.folder), "--json").json
    keys(document, {*CHANGES, "warnings"}, {"cut"})
    assert document["unchanged"] == ["sq010_sh0010", "sq010_sh0020"] and not document["added"]


def test_listing_shots(terminal: Terminal) -> None:
    shots = keys(terminal("shot", "list", "--json").json, {"shots"})["shots"]
    row = {"shot", "status", "clearance"}
    keys(shots[0], row, {"sequence", "frames", "handles", "rate", "takes", "assets", "pins"})
    assert [shot["shot"] for shot in shots] == ["sq010_sh0010", "sq010_sh0020"]
    assert terminal("shot", "list", "--jsonl").lines == [{"schema": 1, **shot} for shot in shots]


def test_generating_a_shot(studio_terminal: Terminal) -> None:
    document = studio_terminal("shot", "generate", ALONE, "--json").json
    keys(document, {"shot", "takes", "decision", "obligations"}, {"notes"})
    (take,) = document["takes"]
    keys(take, {"take", "digest", "files"}, {"status"})
    assert document["decision"]["decision"] == "allow"
    refused = studio_terminal("shot", "generate", TOGETHER, "--json", code=3).json
    assert keys(refused, DECISION, ABOUT_DECISION)["decision"] == "deny"
    audited = studio_terminal("shot", "audit", ALONE, "--json").json
    assert audited["verdict"] == "clear"


def test_auditing_a_shot_and_a_cut(terminal: Terminal) -> None:
    one = terminal("shot", "audit", "sq010_sh0010", "--json").json
    keys(one, {"verdict", "sections"}, {"sentence", "title", "as_of"})
    assert one["verdict"] == "clear"
    cut = terminal("cut", "audit", "--json", code=4).json
    assert cut["verdict"] == "open" and set(cut["sections"]) == set(one["sections"])


def test_exporting_a_cut(terminal: Terminal) -> None:
    to = ("cut", "export", "--to", "aurora-stream", "--json")
    done = terminal(*to, "--purpose", "delivery", "--out", "delivery").json
    keys(done, {"receipt", "files", "decision"}, {"warnings"})
    assert done["receipt"].startswith("EX-") and done["decision"]["decision"] == "allow"
    out = terminal.folder / "delivery"
    assert set(done["files"]) == {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    refused = terminal(*to, "--purpose", "training", "--out", "set", code=3).json
    assert keys(refused, DECISION, ABOUT_DECISION)["decision"] == "deny"
    assert not (terminal.folder / "set").exists()


def test_scanning_a_data_set(terminal: Terminal) -> None:
    terminal("asset", "checkout", "hero", "--out", "hero")
    (terminal.folder / "scraped").mkdir()
    shutil.copy(next((terminal.folder / "hero").rglob("front.png")), terminal.folder / "scraped" / "one.png")
    (terminal.folder / "scraped" / "two.png").write_bytes(b"no picture")
    document = keys(terminal("dataset", "scan", "scraped", "--json").json, {"scanned", "unread", "hits"}, {"recipe"})
    (hit,) = document["hits"]
    keys(hit, HIT, {"distance"})
    assert (hit["how"], hit["confidence"], document["scanned"], len(document["unread"])) == ("digest", 1.0, 2, 1)
    assert terminal("dataset", "scan", "scraped", "--fail-on-match", "--jsonl", code=4).lines == [{"schema": 1, **hit}]


def test_verifying_the_ledger(terminal: Terminal) -> None:
    document = keys(terminal("ledger", "verify", "--json").json, {"size", "root", "verdict", "findings"})
    assert document["verdict"] == "pass" and document["findings"] == [] and document["size"] > 5


def test_checking_the_library(terminal: Terminal, place: Place) -> None:
    whole = keys(terminal("fsck", "--json").json, {"checked", "damage"}, {"counts", "removed", "settled"})
    assert whole["damage"] == [] and whole["checked"] > 5
    blob = max((place.directory / "store" / "sha256").rglob("*"), key=lambda p: p.stat().st_size if p.is_file() else 0)
    blob.unlink()
    damaged = terminal("fsck", "--json", code=4).json
    assert {"kind", "where", "repair"} <= set(damaged["damage"][0])


def test_an_error_is_a_document_too(terminal: Terminal) -> None:
    for words, kind, code in (
        (("asset", "show", "nobody"), "NotFound", 5),
        (("asset", "shwo", "hero"), "NoSuchCommand", 2),
        (("asset", "show", "hero", "--speed", "3"), "NoSuchOption", 2),
        (("verify", "absent.png"), "BadInput", 1),
    ):
        said = terminal(*words, "--json", code=code)
        error = keys(said.json, {"error"})["error"]
        assert set(error) == {"kind", "message", "exit"}
        assert (error["kind"], error["exit"]) == (kind, code)
        assert error["message"].splitlines()[0] in said.err


LISTS = (
    *(("asset", "assets"), ("character", "characters"), ("cut", "cuts"), ("decision", "decisions")),
    *(("generator", "generators"), ("job", "jobs"), ("license", "licenses"), ("model", "models")),
    *(("party", "parties"), ("person", "people"), ("production", "productions"), ("provider", "agreements")),
    *(("recipient", "recipients"), ("shot", "shots"), ("obligation", "obligations"), ("rulepack", "rulepacks")),
)


@pytest.mark.parametrize(("noun", "name"), LISTS)
def test_a_list_is_one_document_or_one_a_line(terminal: Terminal, noun: str, name: str) -> None:
    whole = keys(terminal(noun, "list", "--json").json, {name})[name]
    lines = terminal("--jsonl", noun, "list").lines
    assert [{k: v for k, v in line.items() if k != "schema"} for line in lines] == whole


def test_what_is_no_list_is_one_line(terminal: Terminal) -> None:
    said = terminal("asset", "show", "hero", "--jsonl")
    assert said.out.count("\n") == 1 and json.loads(said.out) == terminal("asset", "show", "hero", "--json").json
