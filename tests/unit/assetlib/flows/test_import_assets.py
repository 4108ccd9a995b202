"""A bulk import says for each row what became of it; a rerun changes nothing; what is wrong stays outside."""

import csv

import pytest
from PIL import Image

from assetlib.flows.import_assets import import_assets, write_template
from assetlib.model.refusals import BadInput

HEADER = ("name", "kind", "references", "source_type")


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "delivery"
    place.mkdir()
    for name, color in (("lamp", (200, 30, 30)), ("door", (30, 200, 30))):
        Image.new("RGB", (96, 64), color).save(place / f"{name}.png")
    return place


def sheet(folder, *rows, header=HEADER):
    path = folder / "sheet.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


LAMP = ("Lamp", "image", "lamp.png", "digitalCapture")
DOOR = ("Door", "image", "door.png", "digitalCapture")


def results(imported):
    return [row.result for row in imported.rows]


def entries(library):
    return library.catalog.ledger().size()


def test_every_row_becomes_a_version_and_a_rerun_changes_nothing(library, folder):
    listed = sheet(folder, LAMP, DOOR)
    first = import_assets(library, folder, listed)
    assert results(first) == ["new", "new"], first
    size = entries(library)
    assert results(import_assets(library, folder, listed)) == ["known", "known"]
    assert entries(library) == size


def test_a_dry_run_keeps_nothing(library, folder):
    size = entries(library)
    assert results(import_assets(library, folder, sheet(folder, LAMP), dry_run=True)) == ["would register"]
    assert entries(library) == size
    assert list(library.staging.iterdir()) == []


def test_an_import_that_was_interrupted_goes_on_where_it_stopped(library, folder):
    import_assets(library, folder, sheet(folder, LAMP))
    assert results(import_assets(library, folder, sheet(folder, LAMP, DOOR))) == ["known", "new"]


def test_changed_bytes_are_a_new_version(library, folder):
    listed = sheet(folder, LAMP)
    import_assets(library, folder, listed)
    Image.new("RGB", (96, 64), (1, 2, 3)).save(folder / "lamp.png")
    (row,) = import_assets(library, folder, listed).rows
    assert (row.result, row.detail) == ("new", "v002")


def test_a_bad_row_fails_with_its_reason_and_the_others_are_registered(library, folder):
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing")
    imported = import_assets(
        library,
        folder,
        sheet(
            folder,
            ("Broken", "image", "broken.png", ""),
            ("Absent", "image", "absent.png", ""),
            ("Thing", "gadget", "lamp.png", ""),
            ("???", "image", "lamp.png", ""),
            ("Empty", "image", "", ""),
            LAMP,
        ),
    )
    assert results(imported) == ["failed"] * 5 + ["new"]
    assert imported.failed == 5
    reasons = [row.detail for row in imported.rows[:5]]
    for reason, words in zip(reasons, ("", "absent.png", "gadget", "???", "nothing to register"), strict=True):
        assert reason
        assert words in reason


def test_a_name_stands_once_in_a_sheet(library, folder):
    imported = import_assets(library, folder, sheet(folder, LAMP, ("  lamp ", "image", "door.png", "")))
    assert results(imported) == ["new", "failed"]
    assert "row 2" in imported.rows[1].detail


def test_the_same_files_are_not_registered_under_another_name(library, folder):
    import_assets(library, folder, sheet(folder, LAMP))
    (row,) = import_assets(library, folder, sheet(folder, ("Other lamp", "image", "lamp.png", "digitalCapture"))).rows
    assert row.result == "failed"
    assert "assetlib:///images/lamp" in row.detail


@pytest.mark.parametrize("path", ["../secret.png", "/etc/hostname", "link.png"])
def test_a_sheet_reaches_nothing_outside_the_folder(library, folder, path):
    Image.new("RGB", (8, 8)).save(folder.parent / "secret.png")
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (row,) = import_assets(library, folder, sheet(folder, ("Secret", "image", path, ""))).rows
    assert row.result == "failed"
    assert "leads out" in row.detail


@pytest.mark.parametrize(
    ("header", "words"),
    [(("name",), "'kind'"), (("name", "kind", "owner"), "'owner'"), (("name", "kind", "Name"), "twice")],
)
def test_a_sheet_with_other_columns_is_refused_whole(library, folder, header, words):
    with pytest.raises(BadInput, match=words):
        import_assets(library, folder, sheet(folder, header=header))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_template_lists_the_folder_and_reads_as_a_sheet(library, folder, suffix):
    (folder / "hero").mkdir()
    Image.new("RGB", (96, 128), (9, 9, 200)).save(folder / "hero" / "front.png")
    template = folder.parent / f"template{suffix}"
    write_template(template, folder)
    (row,) = import_assets(library, folder, template).rows
    assert (row.name, row.result, row.entity) == ("Hero", "new", "assetlib:///characters/hero"), row


def test_a_template_replaces_no_file(folder):
    with pytest.raises(BadInput, match="already"):
        write_template(sheet(folder), folder)


@pytest.mark.parametrize("data", [b"PK\x03\x04 no workbook", b"", b"\x00" * 100])
def test_a_broken_workbook_is_refused_with_a_sentence(library, folder, data):
    path = folder / "sheet.xlsx"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="XLSX"):
        import_assets(library, folder, path)
