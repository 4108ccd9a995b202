"""The inventory lists every file of a tree once, in one order, and refuses what another system reads differently."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetlib.usd.errors import UsdError
from assetlib.usd.inventory import build_inventory, media_type
from provenance.digest import digest_bytes


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def test_files_are_sorted_and_carry_digest_size_and_type(tmp_path: Path) -> None:
    _write(tmp_path, "hero.usda", "maps/b.png", "maps/a.png")
    files = build_inventory(tmp_path)
    assert [(f.path, f.media_type) for f in files] == [
        ("hero.usda", "model/vnd.usda"),
        ("maps/a.png", "image/png"),
        ("maps/b.png", "image/png"),
    ]
    assert (files[0].digest, files[0].size) == (digest_bytes(b"hero.usda"), 9)


def test_the_inventory_and_its_manifest_are_not_listed_in_it(tmp_path: Path) -> None:
    _write(tmp_path, "hero.usda", "asset.json", "hero.c2pa")
    assert [f.path for f in build_inventory(tmp_path)] == ["hero.usda"]


@pytest.mark.parametrize("target", ["/etc/hostname", "hero.usda", "."])
def test_a_link_is_refused(tmp_path: Path, target: str) -> None:
    _write(tmp_path, "hero.usda")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(UsdError, match="found a link"):
        build_inventory(tmp_path)


@pytest.mark.parametrize("name", ["a:b.png", "tab\t.png", "back\\slash.png", "ends with dot."])
def test_a_name_that_another_system_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    _write(tmp_path, name)
    with pytest.raises(UsdError, match="every system"):
        build_inventory(tmp_path)


def test_names_that_differ_by_case_alone_are_refused(tmp_path: Path) -> None:
    _write(tmp_path, "Maps.png", "maps.png")
    with pytest.raises(UsdError, match="letter case"):
        build_inventory(tmp_path)


def test_an_unknown_ending_is_plain_bytes() -> None:
    assert media_type("notes.xyz") == "application/octet-stream"
