"""Many models in one flat folder: each row reads what it depends on, and nothing of its neighbors."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image

from assetlib.flows.import_assets import Imported, import_assets
from assetlib.library import Library
from tests.opened_files import OpenedFiles

MANY = 200
_AT_MOST = 8  # times a file is opened for its row, however many others lie beside it
_LAYER = """\
#usda 1.0
(
    defaultPrim = "thing"
    metersPerUnit = 1
    upAxis = "Y"
)

def Xform "thing"
{{
    def Mesh "body"
    {{
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (0, {number}, 0)]
        asset skin = @./skin{number}.png@
        asset tiles = @./wall{number}.<UDIM>.png@
    }}
}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "delivery"
    place.mkdir()
    for number in range(1, MANY + 1):
        (place / f"thing{number}.usda").write_text(_LAYER.format(number=number))
        picture(place / f"skin{number}.png", number)
        picture(place / f"wall{number}.1001.png", number)
    return place


def picture(path: Path, shade: int) -> None:
    Image.new("RGB", (8, 8), (shade % 256, 40, 40)).save(path)


def imported(library: Library, folder: Path, numbers: range) -> Imported:
    sheet = folder.parent / "sheet.csv"
    with sheet.open("w", newline="", encoding="utf-8") as stream:
        rows = [(f"Thing {number}", "prop", f"thing{number}.usda", "digitalCreation") for number in numbers]
        csv.writer(stream).writerows([("name", "kind", "usd", "source_type"), *rows])
    return import_assets(library, folder, sheet)


def results(found: Imported) -> set[str]:
    return {row.result for row in found.rows}


def files_of(number: int) -> set[str]:
    return {f"thing{number}.usda", f"skin{number}.png", f"wall{number}.1001.png"}


@pytest.mark.parametrize("rows", [2, pytest.param(MANY, marks=[pytest.mark.nightly, pytest.mark.timeout(2 * 3600)])])
def test_each_file_is_read_a_constant_number_of_times(library: Library, folder: Path, rows: int) -> None:
    numbers = range(1, rows + 1)
    opened = OpenedFiles(folder)
    assert results(imported(library, folder, numbers)) == {"new"}
    first = opened.counts()
    assert set(first) == {name for number in numbers for name in files_of(number)}
    assert max(first.values()) <= _AT_MOST
    opened = OpenedFiles(folder)
    assert results(imported(library, folder, numbers)) == {"known"}
    again = opened.counts()
    assert set(again) == set(first)
    assert max(again.values()) == 1


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        ("neighbor.usda", "known"),
        ("skin2.png", "known"),
        ("skin1.png", "new"),
        ("wall1.1002.png", "new"),
        ("LICENSE.txt", "new"),
    ],
)
def test_only_what_a_model_depends_on_makes_it_another(
    library: Library, folder: Path, changed: str, result: str
) -> None:
    assert results(imported(library, folder, range(1, 2))) == {"new"}
    if changed.endswith(".png"):
        picture(folder / changed, 255)
    else:
        (folder / changed).write_text("CC0 1.0 Universal")
    assert results(imported(library, folder, range(1, 2))) == {result}
