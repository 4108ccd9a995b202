"""fsck finds nothing in a healthy library and names each injected damage; a sweep removes only leftovers."""

from __future__ import annotations

import io
import os
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assetlib.catalog import Catalog, Committer
from assetlib.model.asset import AssetFile
from assetlib.model.record import Document, JobState
from assetlib.storage import LocalStore
from assetlib.upkeep import fsck, sweep
from provenance.digest import digest_bytes
from tests.unit.catalog.samples import asset, license_row

KEY = Ed25519PrivateKey.from_private_bytes(b"u" * 32)
ORIGIN = "example.com/assetlib/upkeep"
CONTRACT = b"%PDF the contract"


class Library:
    def __init__(self, folder):
        self.folder = folder
        self.catalog = Catalog.create(str(folder / "library.db"))
        self.store = LocalStore(folder / "blobs")
        self.committer = Committer(self.catalog, KEY, ORIGIN)

    def fill(self):
        files = []
        for path, data in (("asset.usda", b"#usda 1.0"), ("refs/front.png", b"png")):
            digest, size = self.store.put(io.BytesIO(data))
            files.append(AssetFile(path=path, digest=digest, size=size, media_type="x/y"))
        contract, _ = self.store.put(io.BytesIO(CONTRACT))
        document = Document(digest=contract, media_type="application/pdf", name="contract.pdf")
        for write in (
            lambda w, i: w.add_version(asset(files=tuple(files))),
            lambda w, i: w.add_document(document),
            lambda w, i: w.put_license(replace(license_row(), document=contract)),
        ):
            self.committer.commit("said", {}, write)
        return self

    def path(self, data):
        path = self.folder / "blobs" / "sha256" / digest_bytes(data)[7:9] / digest_bytes(data)[7:]
        path.parent.mkdir(exist_ok=True)
        return path

    def fsck(self, read_data=True, now=None):
        moment = now or datetime.now(UTC)
        key = KEY.public_key()
        return fsck(self.catalog, self.store, read_data=read_data, origin=ORIGIN, log_key=key, now=moment)

    def kinds(self, **options):
        return {damage.kind for damage in self.fsck(**options).damage}


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path).fill()


def test_a_healthy_library_is_whole(library):
    report = library.fsck()
    assert report.is_whole
    assert dict(report.checked)["blobs"] == 3
    assert dict(report.checked)["entries"] == 3


def test_an_empty_library_is_whole(tmp_path):
    assert Library(tmp_path).fsck().is_whole


def test_a_missing_blob_is_named_with_its_place_and_its_repair(library):
    library.path(b"png").unlink()
    (damage,) = library.fsck().damage
    assert (damage.kind, "refs/front.png" in damage.where, digest_bytes(b"png") in damage.where) == (
        "blob-missing",
        True,
        True,
    )
    assert "backup" in damage.repair


def test_a_truncated_blob_is_found_without_reading_data(library):
    library.path(b"png").chmod(0o600)
    library.path(b"png").write_bytes(b"pn")
    assert library.kinds(read_data=False) == {"blob-size"}


def test_a_flipped_bit_is_found_when_data_is_read(library):
    library.path(CONTRACT).chmod(0o600)
    library.path(CONTRACT).write_bytes(CONTRACT[:-1] + b"T")
    assert library.kinds(read_data=False) == set()
    assert library.kinds() == {"blob-corrupt"}


def test_a_file_that_is_no_blob_is_found(library):
    library.path(b"png").with_name("notes.txt").write_text("x")
    assert library.kinds() == {"foreign-file"}


def test_an_orphan_is_damage_only_when_it_is_old(library):
    digest, _ = library.store.put(io.BytesIO(b"orphan"))
    assert library.kinds() == set()
    os.utime(library.path(b"orphan"), (0, 0))
    assert library.kinds() == {"blob-orphan"}
    swept = sweep(library.catalog, library.store, now=datetime.now(UTC))
    assert swept.orphans == (digest,)
    assert library.fsck().is_whole
    assert library.store.open(digest_bytes(b"png")).read() == b"png"


def test_a_blob_put_again_is_young_and_stays(library):
    library.store.put(io.BytesIO(b"orphan"))
    os.utime(library.path(b"orphan"), (0, 0))
    library.store.put(io.BytesIO(b"orphan"))
    assert sweep(library.catalog, library.store, now=datetime.now(UTC)).orphans == ()


def test_old_temporary_files_are_swept_and_young_ones_stay(library):
    incoming = library.folder / "blobs" / "incoming"
    for name in ("1-old.part", "1-young.part"):
        (incoming / name).write_bytes(b"half")
    os.utime(incoming / "1-old.part", (0, 0))
    assert library.kinds() == {"temp-file"}
    assert sweep(library.catalog, library.store, now=datetime.now(UTC)).temporary == ("incoming/1-old.part",)
    assert [path.name for path in incoming.iterdir()] == ["1-young.part"]


def test_an_abandoned_job_is_named_and_swept_back_to_the_queue(library):
    now = datetime.now(UTC)
    with library.catalog.operations(now) as operations:
        operations.enqueue("render", b"{}")
        operations.lease("worker", seconds=60)
    assert library.kinds() == set()
    later = now + timedelta(minutes=2)
    assert library.kinds(now=later) == {"job-abandoned"}
    assert sweep(library.catalog, library.store, now=later).jobs == ("JOB-1",)
    with library.catalog.reader() as queries:
        assert queries.job("JOB-1").state is JobState.QUEUED


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE instrument SET body = x'78'", "body-digest"),
        ("UPDATE version_file SET size = size + 1", "row-altered"),
        ("DELETE FROM asset", "foreign-key"),
        ("DELETE FROM leaf WHERE seq = 1", "entry-missing"),
        ("UPDATE version_file SET digest = substr(digest, 1, 70) || 'X'", "digest-malformed"),
        ("DELETE FROM checkpoint", "checkpoint-missing"),
    ],
)
def test_damage_in_the_database_is_named(library, statement, kind):
    connection = sqlite3.connect(library.folder / "library.db", isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(statement)
    connection.close()
    assert kind in library.kinds(read_data=False)
