"""A sheet of licenses: a dry run with its conflicts, what is filed, repeated imports, and sheets that are refused."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from assetlib.documents.license_sheet import COLUMNS
from tests.flows.test_people_and_licenses import PAPER, Studio

ROW = {
    "id": "LIC-1",
    "kind": "work_for_hire",
    "timezone": "America/Los_Angeles",
    "from": "jane-doe",
    "capacity": "owner",
    "to": "northlight",
    "document": "contract.pdf",
    "signed": "2026-01-14",
    "clause": "3.1",
    "character": "rhea",
    "facets": "character_ip",
    "actions": "view; generate.previs",
    "purposes": "previs; review",
    "productions": "main",
    "territories": "US; DE",
    "media": "svod | avod",
    "recipients": "local",
    "generate_from": "2026-01-15",
    "generate_until": "2027-02-28",
    "use_until": "perpetual",
    "survival": "sell off 90 days",
    "shots": "40",
    "approval_by": "jane-doe",
    "credit": "Jane Doe",
    "prohibits_actions": "train; mine",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studio")
    (folder / "passphrase").write_text("correct horse\n", encoding="utf-8")
    studio = Studio(folder)
    studio("init", str(folder / "library"), "--name", "Northlight")
    studio("party", "add", "jane-doe", "--name", "Jane Doe", "--kind", "person")
    studio("party", "add", "northlight", "--name", "Northlight", "--kind", "org")
    (folder / "contract.pdf").write_bytes(PAPER)
    return folder


@pytest.fixture
def studio(made: Path, tmp_path: Path) -> Studio:
    return Studio(Path(shutil.copytree(made, tmp_path / "studio")))


def sheet(studio: Studio, *rows: dict[str, str], name: str = "licenses.csv") -> str:
    path = studio.folder / name
    lines = [list(COLUMNS), *([row.get(column, "") for column in COLUMNS] for row in rows)]
    if path.suffix == ".csv":
        text = io.StringIO()
        csv.writer(text).writerows(lines)
        path.write_text(text.getvalue(), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line)
        book.save(path)
    return str(path)


def result(studio: Studio, path: str, *words: str, code: int = 0) -> list[dict[str, Any]]:
    document = studio("license", "import", path, *words, "--json", code=code).json
    return list(document["licenses"])


@pytest.mark.parametrize("name", ["licenses.csv", "licenses.xlsx"])
def test_rows_of_one_id_are_the_clauses_of_one_license(studio: Studio, name: str) -> None:
    second = {"id": "LIC-1", "clause": "3.2", **{k: ROW[k] for k in ("character", "facets", "actions", "purposes")}}
    second |= {k: ROW[k] for k in ("productions", "territories", "media", "recipients", "use_until")}
    path = sheet(studio, ROW, second, {**ROW, "id": "LIC-2", "character": "gate-keeper"}, name=name)
    planned = result(studio, path, "--dry-run")
    assert [one["result"] for one in planned] == ["would file", "would file"]
    assert studio("license", "list", "--json").json["licenses"] == []
    assert [one["result"] for one in result(studio, path)] == ["new", "new"]
    shown = studio("license", "show", "LIC-1", "--json").json
    assert shown["status"] == "draft"
    first, other = shown["terms"]["grants"]
    assert (first["clause"], other["clause"]) == ("3.1", "3.2")
    assert first["generate_until"] == "2027-03-01T08:00:00Z"  # the end of that day in Los Angeles
    assert first["territories"]["included"] == ["DE", "US"]
    assert first["media"] == ["svod", "avod"]
    assert first["survival"]["days"] == 90
    assert first["caps"][0]["limit"] == 40
    assert first["duties"][0]["by"] == "jane-doe"
    assert shown["terms"]["prohibitions"][0]["actions"] == ["train", "mine"]
    assert [one["result"] for one in result(studio, path)] == ["known", "known"]
    assert studio("license", "show", "LIC-1", "--json").json["revision"] == 1


def test_an_interrupted_import_goes_on_where_it_stopped(studio: Studio) -> None:
    result(studio, sheet(studio, ROW))
    both = sheet(studio, ROW, {**ROW, "id": "LIC-2"})
    assert [one["result"] for one in result(studio, both)] == ["known", "new"]


def test_other_words_under_a_known_id_are_a_conflict_and_nothing_is_revised(studio: Studio) -> None:
    result(studio, sheet(studio, ROW))
    changed = sheet(studio, {**ROW, "media": "svod"})
    for words in (("--dry-run",), ()):
        (one,) = result(studio, changed, *words, code=7)
        assert one["result"] == "conflict"
        assert "license amend" in one["detail"]
    assert studio("license", "show", "LIC-1", "--json").json["revision"] == 1


def test_overlapping_grants_and_unknown_names_are_listed(studio: Studio) -> None:
    result(studio, sheet(studio, ROW))
    other = {**ROW, "id": "LIC-9", "from": "jon-doe", "productions": "*", "collection": "house", "approval_by": "agent"}
    (one,) = result(studio, sheet(studio, other), "--dry-run")
    told = "\n".join(one["notes"])
    assert "clause 3.1 grants some of what LIC-1 cl. 3.1 grants already" in told
    for what in ("party jon-doe", "asset assetlib:///characters/rhea", "collection house", "party agent"):
        assert f"the {what} is not on file" in told
    later = {**other, "generate_from": "2028-01-01", "generate_until": ""}
    (one,) = result(studio, sheet(studio, later), "--dry-run")
    assert "grants already" not in "\n".join(one["notes"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"timezone": "Pacific"}, "row 2: timezone: expected an IANA zone"),
        ({"signed": "2026-01-14T10:00:00Z"}, "row 2: signed: expected a calendar day"),
        ({"generate_until": "28.02.2027"}, "row 2: generate_until: expected a date such as 2027-02-28"),
        ({"generate_until": "2020-01-01"}, "row 2: generate_until: ends on 2020-01-01, before it starts"),
        ({"kind": "gift"}, "row 2: kind: expected one of license"),
        ({"actions": "*"}, "row 2: actions: '*' is refused"),
        ({"actions": ""}, "row 2: actions: expected at least one"),
        ({"media": "tv"}, "row 2: media: unknown medium 'tv'"),
        ({"document": "lost.pdf"}, "row 2: document: the file 'lost.pdf' was not found"),
        ({"document": "../contract.pdf"}, "was not found beside the sheet"),
        ({"document": ""}, "row 2: document: a work_for_hire needs the signed document"),
        ({"sha256": "0" * 64}, "the sheet says"),
        ({"id": ""}, "row 2: id: "),
        ({"shots": "many"}, "row 2: shots: expected a whole number"),
        ({"character": ""}, "name what it covers"),
    ],
)
def test_a_bad_row_is_told_by_row_and_column_and_files_nothing(
    studio: Studio, change: dict[str, str], sentence: str
) -> None:
    (one,) = result(studio, sheet(studio, {**ROW, **change}), code=1)
    assert one["result"] == "failed"
    assert sentence in one["detail"]
    assert studio("license", "list", "--json").json["licenses"] == []


def test_rows_of_one_id_that_contradict_each_other(studio: Studio) -> None:
    (one,) = result(studio, sheet(studio, ROW, {**ROW, "clause": "4", "from": "joe"}), code=1)
    assert "row 3: from: says 'joe', while a row above says 'jane-doe'" in one["detail"]


def test_a_clause_that_stands_twice(studio: Studio) -> None:
    (one,) = result(studio, sheet(studio, ROW, ROW), code=1)
    assert "stands twice" in one["detail"]


def test_formulas_macros_and_links_are_refused(studio: Studio) -> None:
    formula = sheet(studio, {**ROW, "credit": '=HYPERLINK("http://a.example")'})
    assert "formula" in studio("license", "import", formula, code=1).err
    formula = sheet(studio, {**ROW, "credit": "=1+1"}, name="formula.xlsx")
    assert "formula" in studio("license", "import", formula, code=1).err
    plain = Path(sheet(studio, ROW, name="plain.xlsx"))
    for entry, word in (("xl/vbaProject.bin", "macros"), ("xl/externalLinks/externalLink1.xml", "linked")):
        active = studio.folder / "active.xlsx"
        shutil.copy(plain, active)
        with zipfile.ZipFile(active, "a") as archive:
            archive.writestr(entry, b"x")
        assert word in studio("license", "import", str(active), code=1).err
    shutil.copy(plain, studio.folder / "macro.xlsm")
    assert "expected a sheet that ends in" in studio("license", "import", str(studio.folder / "macro.xlsm"), code=1).err


def test_a_sheet_that_is_none(studio: Studio) -> None:
    path = studio.folder / "sheet.csv"
    for text, word in (("", "needs the columns"), ("id,what\n", "unknown column"), ("id,id\n", "twice")):
        path.write_text(text, encoding="utf-8")
        assert word in studio("license", "import", str(path), code=1).err
    path.write_bytes(b"PK\x03\x04 broken")
    studio("license", "import", str(path.rename(path.with_suffix(".xlsx"))), code=1)
    studio("license", "import", str(studio.folder / "absent.csv"), code=1)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_template_shows_a_row_that_would_be_filed(studio: Studio, suffix: str) -> None:
    path = str(studio.folder / f"empty{suffix}")
    studio("license", "import", path, "--template")
    assert [one["result"] for one in result(studio, path, "--dry-run")] == ["would file"]
    studio("license", "import", path, "--template", code=7)
