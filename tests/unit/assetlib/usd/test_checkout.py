"""A checkout appears whole or not at all, holds the promised bytes, and opens without a search path."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from assetlib.model.asset import AssetFile
from assetlib.usd.author import author_asset
from assetlib.usd.checkout import localize, materialize
from assetlib.usd.errors import UsdError
from assetlib.usd.inventory import build_inventory
from provenance.digest import Digest, DigestMismatch
from tests.unit.assetlib.usd.assets import CRATE, crate_tree


class Store:
    """The bytes of a tree by digest."""

    def __init__(self, tree: Path, files: tuple[AssetFile, ...]) -> None:
        self.bytes = {file.digest: (tree / file.path).read_bytes() for file in files}

    def open(self, digest: Digest) -> io.BytesIO:
        return io.BytesIO(self.bytes[digest])


@pytest.fixture
def crate(tmp_path: Path) -> tuple[tuple[AssetFile, ...], Store]:
    files = author_asset(replace(CRATE, foreign=crate_tree(tmp_path / "in")), tmp_path / "out").files
    return files, Store(tmp_path / "out", files)


def test_the_tree_comes_back_byte_for_byte(tmp_path: Path, crate) -> None:
    files, store = crate
    materialize(files, store.open, tmp_path / "checkout" / "crate")
    assert build_inventory(tmp_path / "checkout" / "crate") == files


def test_a_changed_byte_is_found_and_nothing_is_left(tmp_path: Path, crate) -> None:
    files, store = crate
    store.bytes[files[-1].digest] += b"x"
    with pytest.raises(DigestMismatch, match=files[-1].path):
        materialize(files, store.open, tmp_path / "checkout" / "crate")
    assert list((tmp_path / "checkout").iterdir()) == []


@pytest.mark.parametrize("path", ["../evil.usda", "/etc/evil", "maps/../../evil", "C:\\evil"])
def test_a_path_that_leaves_the_tree_is_refused_before_anything_is_written(tmp_path: Path, crate, path: str) -> None:
    files, store = crate
    with pytest.raises(UsdError, match="inside the tree"):
        materialize((*files, replace(files[0], path=path)), store.open, tmp_path / "checkout" / "crate")
    assert not (tmp_path / "checkout").exists()


def test_a_taken_place_is_left_alone(tmp_path: Path, crate) -> None:
    files, store = crate
    (tmp_path / "crate").mkdir()
    (tmp_path / "crate" / "mine.txt").write_text("mine")
    with pytest.raises(UsdError, match="expected no folder"):
        materialize(files, store.open, tmp_path / "crate")
    assert [p.name for p in (tmp_path / "crate").iterdir()] == ["mine.txt"]


def test_a_shot_layer_opens_without_a_search_path_once_localized(tmp_path: Path, crate) -> None:
    from pxr import Usd

    files, store = crate
    materialize(files, store.open, tmp_path / "top" / "props" / "crate" / "v001")
    shot = tmp_path / "top" / "shots" / "sq010" / "sh.usda"
    shot.parent.mkdir(parents=True)
    shot.write_text('#usda 1.0\ndef "c" (references = @props/crate/v001/crate.usda@)\n{\n}\n')
    assert localize(shot, tmp_path / "top") == ("props/crate/v001/crate.usda",)
    stage = Usd.Stage.Open(str(shot))
    assert stage.GetPrimAtPath("/c/geo/asset/box")
    assert "@../../props/crate/v001/crate.usda@" in shot.read_text()
