"""A new library is whole; each damage is named with what mends it; only leftovers are ever removed."""

import io
import os
import sqlite3

from PIL import Image

from assetlib.flows.check_library import check_library
from assetlib.flows.job_folder import job_folder
from assetlib.flows.job_table import CatalogJobTable
from assetlib.flows.register_asset import register_asset
from provenance.digest import hex_of

DAY = 24 * 3600


def kinds(library, **options):
    wanted = {"read_data": False, "repair_orphans": False, **options}
    return {damage["kind"] for damage in check_library(library, **wanted)["damage"]}


def old(path):
    now = path.stat().st_mtime
    os.utime(path, (now - 2 * DAY, now - 2 * DAY))
    return path


def test_a_new_library_is_whole(library):
    report = check_library(library, read_data=True, repair_orphans=True)
    assert report["damage"] == []
    assert report["checked"] >= 1


def test_an_asset_whose_manifest_was_swapped_is_named(library, tmp_path):
    Image.new("RGB", (64, 64), (200, 30, 30)).save(tmp_path / "front.png")
    made = register_asset(library, "Lamp", kind="image", references=[tmp_path / "front.png"])
    assert kinds(library) == set()
    with library.catalog.reader() as queries:
        version = queries.version(f"{made.entity}?version={made.digest}")
    blob = library.directory / "store" / "sha256" / hex_of(version.manifest)[:2] / hex_of(version.manifest)
    blob.chmod(0o640)
    data = bytearray(blob.read_bytes())
    data[len(data) // 2] ^= 1
    blob.write_bytes(bytes(data))
    library._checked.clear()
    report = check_library(library, read_data=True, repair_orphans=False)
    found = {damage["kind"]: damage for damage in report["damage"]}
    assert {"signature", "blob-corrupt"} <= set(found)
    assert made.digest in found["signature"]["where"]


def test_a_row_that_was_edited_behind_the_ledger_is_named(library):
    with sqlite3.connect(library.directory / "catalog.sqlite") as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute("UPDATE leaf SET entry = x'7b7d' WHERE seq = 0")
    assert kinds(library)


def test_old_leftovers_are_told_then_removed_and_young_ones_stay(library):
    left, young = library.staging / "register-abc", library.staging / "register-new"
    for folder in (left, young):
        folder.mkdir()
    old(left)
    assert kinds(library) == {"staging-leftover"}
    assert left.exists()
    report = check_library(library, read_data=False, repair_orphans=True)
    assert report["removed"] == ["staging/register-abc"]
    assert report["damage"] == []
    assert young.exists()


def test_the_folder_of_an_open_job_is_no_leftover(library):
    job = CatalogJobTable(library.catalog, library.clock).enqueue("generate", b"{}").id
    old(job_folder(library, job))
    assert kinds(library, repair_orphans=True) == set()
    assert (library.staging / job).exists()


def test_a_link_in_staging_is_removed_and_what_it_leads_to_is_not(library, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    link = library.staging / "link"
    link.symlink_to(precious)
    os.utime(link, (0, 0), follow_symlinks=False)
    check_library(library, read_data=False, repair_orphans=True)
    assert precious.is_dir()
    assert not link.is_symlink()


def test_bytes_that_no_row_needs_are_no_damage_on_the_first_day(library):
    library.store.put(io.BytesIO(b"an ingest in flight"))
    assert kinds(library) == set()
