"""License files, contracts and sheets through the command line: one sentence each, nothing filed."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from assetlib.intake import sheet as sheet_intake
from assetlib.intake.answers import Unreadable
from assetlib.intake.limits import Limits
from tests.adversarial.cli_kit import HostileCli

PAPER = b"%PDF-1.7 a signed contract"
LICENSE = f"""\
assetlib_license: 1
id: LIC-2026-0042
kind: license
timezone: America/Los_Angeles
from: {{party: jane-doe, capacity: owner}}
to: small-films
document: {{file: "c.pdf", sha256: {hashlib.sha256(PAPER).hexdigest()}}}
signed: 2026-01-14
covers: {{character: [characters/hero], facets: [character_ip]}}
permits:
  - clause: "3.1"
    actions: [view, generate.previs]
    purposes: [previs]
    productions: [main]
    territories: [WW]
    media: [svod]
    recipients: [local]
    generate: {{from: 2026-01-15, until: 2031-12-31}}
    use_until: perpetual
    survival: perpetual
"""


def with_(before: str, after: str) -> str:
    assert before in LICENSE
    return LICENSE.replace(before, after)


ZONE = "America/Los_Angeles"
LICENSES: dict[str, tuple[str | bytes, str]] = {
    "unknown_key": (LICENSE + "foo: 1\n", "line 21: foo: unknown key"),
    "duplicate_key": (LICENSE + "to: x\n", "line 21: to: duplicate key; it stands already on line 6"),
    "merge_key": (LICENSE + "<<: {to: evil}\n", "<<: unknown key"),
    "second_document": (LICENSE + "---\n" + LICENSE, "found another document"),
    "zone_that_is_none": (with_(ZONE, "Mars/Olympus"), "expected an IANA zone"),
    "zone_that_is_a_file": (with_(ZONE, "/etc/passwd"), "expected an IANA zone"),
    "zone_that_is_a_folder": (with_(ZONE, "America"), "expected an IANA zone"),
    "zone_with_a_nul": (with_(ZONE, '"A\\0B"'), "expected an IANA zone"),
    "zone_that_fills_a_page": (with_(ZONE, "A" * 100_000), "expected an IANA zone"),
    "zone_that_is_a_list": (with_(ZONE, "[a]"), "timezone"),
    "alias_bomb": ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchors and aliases are refused"),
    "python_tag": ("!!python/object/apply:os.system ['true']\n", "the tag .*os.system is refused"),
    "deep_lists": ("[" * 100_000, "nested deeper than 16"),
    "deep_mappings": ("a: " + "{b: " * 5000 + "1" + "}" * 5000, "nested deeper than 16"),
    "megabytes": (b"a" * (2 << 20), "expected at most"),
    "many_mistakes": ("".join(f"k{n}: v\n" for n in range(9_000)), "and 89.. more"),
    "nul_byte": (b"assetlib_license: 1\n\0", "not readable as YAML"),
    "utf16": (LICENSE.encode("utf-16"), "expected UTF-8 text"),
    "binary": (bytes(range(256)), "expected UTF-8 text"),
    "newer_yaml": ("%YAML 9.9\n---\na: b\n", "not readable as YAML"),
    "empty": ("", "expected a file that starts with"),
    "day_that_is_none": (with_("2031-12-31", "2031-02-31"), "day value is outside expected range"),
    "first_day_of_the_calendar": (with_("2026-01-15", "0001-01-01"), "expected a year from 1800 to 2999"),
    "last_day_of_the_calendar": (with_("2031-12-31", "9999-12-31"), "what never ends is 'perpetual'"),
    "signed_in_the_year_one": (with_("signed: 2026", "signed: 0001"), "expected a year from 1800"),
    "days_beyond_time": (with_("survival: perpetual", "survival: {sell_off_days: 9999999999}"), "survival"),
    "document_elsewhere": (with_('"c.pdf"', '"../../../etc/passwd"'), "'../../../etc/passwd' was not found"),
    "document_that_is_absolute": (with_('"c.pdf"', '"/etc/passwd"'), "'/etc/passwd' was not found"),
    "document_that_is_a_folder": (with_('"c.pdf"', '"."'), "expected a plain file, found a folder"),
    "document_with_a_nul": (with_('"c.pdf"', '"a\\0b"'), "was not found"),
    "document_with_an_endless_name": (with_('"c.pdf"', f'"{"a" * 5000}"'), "document: the file 'aaaa"),
    "id_that_is_a_path": (with_("LIC-2026-0042", "../../x"), "id: expected an id such as"),
    "id_that_steers_a_terminal": (with_("LIC-2026-0042", '"a\\e[2Jb"'), "id: expected an id such as"),
    "key_written_backward": (LICENSE + "\u202efoo: 1\n", r"\\u202efoo: unknown key"),
}


@pytest.mark.parametrize("name", LICENSES)
def test_a_hostile_license_is_refused_with_its_mistakes_and_is_not_filed(
    name: str, cli: HostileCli, tmp_path: Path
) -> None:
    text, says = LICENSES[name]
    (tmp_path / "c.pdf").write_bytes(PAPER)
    (tmp_path / "l.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    cli.refused("license", "add", tmp_path / "l.yaml", says=says)


def test_a_license_with_another_document_is_refused(cli: HostileCli, tmp_path: Path) -> None:
    (tmp_path / "c.pdf").write_bytes(PAPER + b" altered")
    (tmp_path / "l.yaml").write_text(LICENSE)
    cli.refused("license", "add", tmp_path / "l.yaml", says="file the document that was signed")


def test_the_same_license_without_its_defect_is_filed(cli: HostileCli, tmp_path: Path) -> None:
    """None of the refusals above is empty."""
    (tmp_path / "c.pdf").write_bytes(PAPER)
    (tmp_path / "l.yaml").write_text(LICENSE)
    cli.accepted("license", "add", tmp_path / "l.yaml", says="LIC-2026-0042 revision 1: draft")


# Pipes and devices: reading one would never end ------------------------------------------------


@pytest.mark.timeout(60)
@pytest.mark.parametrize("what", ["pipe", "device", "folder"])
def test_what_is_no_plain_file_is_not_waited_for(what: str, cli: HostileCli, tmp_path: Path) -> None:
    given = {"pipe": tmp_path / "pipe.csv", "device": Path("/dev/zero"), "folder": tmp_path}[what]
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "l.yaml").write_text(LICENSE)
    cli.refused("license", "add", given, says=f"expected a plain file, found a {what}")
    cli.refused("license", "add", tmp_path / "l.yaml", "--document", given, says=f"found a {what}")
    cli.refused("asset", "import", tmp_path, "--sheet", given, says="found no plain file")
    cli.refused("asset", "register", "x", "--kind", "prop", "--usd", given, says="expected a USD file")
    cli.refused("cut", "import", given, says="found no file")
    if what != "folder":
        cli.refused("character", "register", "x", "--reference", given, says="found nothing")


# Sheets ----------------------------------------------------------------------------------------

HEAD = b"name,kind,usd,references\n"
SHEETS: dict[str, tuple[bytes, str]] = {
    "parent.csv": (HEAD + b"a,prop,../../x.usd,\n", "leads out of"),
    "absolute.csv": (HEAD + b"a,prop,/etc/passwd,\n", "leads out of"),
    "link.csv": (HEAD + b"a,prop,link.usda,\n", "leads out of"),
    "link_in_references.csv": (HEAD + b"a,character,,pictures\n", "leads out of"),
    "pipe.csv": (HEAD + b"a,prop,pipe.usda,\n", "expected a plain file"),
    "folder.csv": (HEAD + b"a,prop,.,\n", "expected a plain file"),
    "nul.csv": (HEAD + b"a,prop,x\0y,\n", "is no path"),
    "long.csv": (HEAD + b"a,prop," + b"x/" * 1900 + b",\n", "expected a file or folder|is no path"),
    "formula.csv": (HEAD + b'=cmd|calc,prop,"=HYPERLINK(""http://x"")",\n', "expected a file or folder '=HYPERLINK"),
    "name_that_is_a_path.csv": (HEAD + b"../../evil,prop,none.usd,\n", "expected a file or folder 'none.usd'"),
    "name_that_steers.csv": (HEAD + b"a\x1b[2J,prop,none.usd,\n", "printable characters"),
    "kind_that_is_a_path.csv": (HEAD + b"a,../x,x,\n", "expected a kind among"),
    "latin1.csv": (HEAD + "é,prop,x,\n".encode("latin1"), "save it as UTF-8"),
    "utf16.csv": (HEAD.decode().encode("utf-16"), "save it as UTF-8"),
    "endless_cell.csv": (HEAD + b"a" * 1_000_000 + b",prop,x,\n", "field larger than field limit"),
    "open_quote.csv": (HEAD + b'"a,prop,x\n', "not readable as CSV"),
    "short_row.csv": (HEAD + b"a\n", "expected a kind among"),
    "empty.csv": (b"", "the first line needs the column 'name'"),
    "many_columns.csv": (HEAD + b"a,prop" + b"," * 2000 + b"\n", "row 2 has 2002 cells"),
    "many_rows.csv": (HEAD + b"\n" * 30_000, "goes on below row 20000"),
    "macros.xlsm": (b"PK\x03\x04", "expected a sheet that ends in .csv or .xlsx"),
    "garbage.xlsx": (b"PK\x03\x04junk", "not readable as an XLSX workbook"),
}


def workbook(
    change: Callable[[bytes], bytes] = bytes, rows: tuple[tuple[str, ...], ...] = (("a", "prop", "none.usd"),)
) -> bytes:
    """A workbook whose sheet went through `change`."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("name", "kind", "usd"), *rows):
        book.active.append(row)
    plain, changed = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, change(data) if name.endswith("sheet1.xml") else data)
    return changed.getvalue()


def below(xml: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"</sheetData>", xml + b"</sheetData>")


def entities(declared: bytes, said: bytes) -> Callable[[bytes], bytes]:
    cell = b'<row r="9"><c t="inlineStr"><is><t>' + said + b"</t></is></c></row>"
    head = b'<?xml version="1.0"?><!DOCTYPE l [' + declared + b"]>"
    return lambda data: head + below(cell)(data).split(b"?>", 1)[-1]


LAUGHS = b'<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
SHEETS |= {
    "laughs.xlsx": (workbook(entities(LAUGHS, b"&j;")), "not readable as an XLSX workbook"),
    "quadratic.xlsx": (
        workbook(entities(b'<!ENTITY a "' + b"a" * 100_000 + b'">', b"&a;" * 100_000)),
        "not readable as an XLSX workbook",
    ),
    "file_entity.xlsx": (
        workbook(entities(b'<!ENTITY a SYSTEM "file:///etc/passwd">', b"&a;")),
        "not readable as an XLSX workbook|expected a file or folder",
    ),
    "last_cell.xlsx": (
        workbook(lambda data: below(FAR)(data).replace(b"A1:C2", b"A1:XFD1048576")),
        "goes on below row 20000|cells, more than 1000",
    ),
    "row_two_billion.xlsx": (
        workbook(below(b'<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>')),
        "goes on below row 20000",
    ),
    "unpacks_to_much.xlsx": (workbook(below(b"<row/>" * 25_000_000)), "unpacks to .* bytes, more than"),
    "formula.xlsx": (workbook(rows=(("x", "prop", '=WEBSERVICE("http://x")'),)), "failed"),
}


def tree(folder: Path) -> Path:
    """A folder to import, with a pipe in it and links out of it."""
    given = folder / "given"
    (given / "pictures").mkdir(parents=True)
    (folder / "secret.usda").write_text('#usda 1.0\ndef "secret"\n{\n}\n')
    (folder / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (given / "link.usda").symlink_to(folder / "secret.usda")
    (given / "pictures" / "front.png").symlink_to(folder / "secret.png")
    os.mkfifo(given / "pipe.usda")
    return given


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", SHEETS)
def test_a_hostile_sheet_registers_nothing(name: str, cli: HostileCli, tmp_path: Path) -> None:
    content, says = SHEETS[name]
    (tmp_path / name).write_bytes(content)
    cli.refused("asset", "import", tree(tmp_path), "--sheet", tmp_path / name, says=says)


def test_a_workbook_with_a_far_cell_takes_everything_where_rows_are_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case is not empty: counted in no place, its rows are read until the child's CPU time is over."""
    (tmp_path / "a.xlsx").write_bytes(SHEETS["row_two_billion.xlsx"][0])
    (tmp_path / "uncounted.py").write_text(
        "from assetlib.documents import sheet_lines\n"
        "from assetlib.intake.sheet import read_rows\n"
        "sheet_lines._MOST_ROWS = sheet_lines._MOST_COLUMNS = 1 << 40\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sheet_intake.run_limited.__globals__["TASKS"], "sheet", "uncounted:read_rows")
    tight = Limits(memory=1 << 30, cpu_seconds=2, wall_seconds=60.0)
    with pytest.raises(Unreadable, match=r"2 s of CPU|memory"):
        sheet_intake.intake_sheet(tmp_path / "a.xlsx", limits=tight)
