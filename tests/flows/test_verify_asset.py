from __future__ import annotations

import pytest

from assetlib.catalog.refusals import NotFound
from assetlib.flows.verify_asset import verify_assets
from assetlib.library import Library
from tests.flows.small_library import damage


def test_an_untouched_asset_passes(library: Library) -> None:
    (result,) = verify_assets(library, ["hero"])
    assert (result["verdict"], result["files"]) == ("pass", 3)


@pytest.mark.parametrize("path", ["hero.usda", "refs/front.png"])
def test_a_damaged_file_fails_and_is_named(library: Library, path: str) -> None:
    with library.catalog.reader() as queries:
        file = next(f for f in queries.version("hero").files if f.path == path)
    damage(library, file.digest)
    (result,) = verify_assets(library, None)
    assert result["verdict"] == "fail"
    assert any(finding["sentence"].startswith(f"{path}:") for finding in result["findings"])


@pytest.mark.parametrize("which", ["digest", "manifest"])
def test_a_damaged_inventory_or_manifest_fails(library: Library, which: str) -> None:
    with library.catalog.reader() as queries:
        damage(library, getattr(queries.version("hero"), which))
    (result,) = verify_assets(library, ["hero"])
    assert result["verdict"] == "fail"


def test_an_unknown_name_is_not_found(library: Library) -> None:
    with pytest.raises(NotFound, match="no asset is called"):
        verify_assets(library, ["nobody"])
