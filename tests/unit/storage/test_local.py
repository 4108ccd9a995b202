"""A local store keeps what it acknowledged, gives only verified bytes, and survives failing disks."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from assetlib.storage import Corrupt, LocalStore, Missing, StorageRefused, Unwritable
from provenance.digest import Digest, digest_bytes
from tests.disks import PowerFiles, ShortWrites, SteppedFiles, Unplugged

DATA = b"frame 1001 " * 40_000


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "blobs")


def blob_path(store: LocalStore, digest: Digest) -> Path:
    path = store.path(digest)
    path.chmod(0o600)
    return path


def test_bytes_come_back_under_their_sha256(store):
    digest, size = store.put(io.BytesIO(DATA))
    assert digest == "sha256:" + hashlib.sha256(DATA).hexdigest()
    assert size == len(DATA)
    with store.open(digest) as stream:
        assert stream.read() == DATA
        stream.seek(3)
        assert stream.read(4) == DATA[3:7]


def test_the_same_bytes_are_kept_once(store):
    assert store.put(io.BytesIO(DATA)) == store.put(io.BytesIO(DATA))
    assert len(list(store.digests())) == 1
    assert list(store.strays()) == []


def test_an_empty_file_is_a_blob(store):
    digest, size = store.put(io.BytesIO(b""))
    assert (digest, size) == (digest_bytes(b""), 0)
    assert store.open(digest).read() == b""


def test_a_file_is_kept_by_path_and_a_link_is_refused(store, tmp_path):
    source = tmp_path / "plate.exr"
    source.write_bytes(DATA)
    assert store.put_file(source)[0] == digest_bytes(DATA)
    link = tmp_path / "link.exr"
    link.symlink_to(source)
    with pytest.raises(OSError):
        store.put_file(link)


def test_an_unknown_digest_is_missing(store):
    for act in (store.open, store.path):
        with pytest.raises(Missing, match="no bytes of sha256:"):
            act(digest_bytes(b"nothing"))
    assert not store.has(digest_bytes(b"nothing"))


@pytest.mark.parametrize("text", ["../../etc/passwd", "sha256:../../../x", "sha256:ABC", ""])
def test_what_is_no_digest_is_refused_before_any_file_is_touched(store, text):
    with pytest.raises(ValueError, match="sha256"):
        store.has(Digest(text))


@pytest.mark.parametrize("damage", [DATA[:-1], DATA + b"x", b"x" + DATA[1:], b""])
def test_damaged_bytes_are_never_given_out(store, damage):
    digest, _ = store.put(io.BytesIO(DATA))
    blob_path(store, digest).write_bytes(damage)
    for act in (store.open, store.path):
        with pytest.raises(Corrupt, match="restore"):
            act(digest)


def test_putting_the_bytes_again_repairs_a_damaged_blob(store):
    digest, _ = store.put(io.BytesIO(DATA))
    blob_path(store, digest).write_bytes(b"x" * len(DATA))
    store.put(io.BytesIO(DATA))
    assert store.open(digest).read() == DATA


def test_a_blob_is_read_only_on_disk(store):
    digest, _ = store.put(io.BytesIO(DATA))
    assert store.path(digest).stat().st_mode & 0o333 == 0


def test_a_link_planted_in_the_store_leads_nowhere(store, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    digest = digest_bytes(b"secret")
    folder = tmp_path / "blobs" / "sha256" / digest[7:9]
    folder.mkdir(parents=True)
    (folder / digest[7:]).symlink_to(secret)
    assert not store.has(digest)
    with pytest.raises(StorageRefused):
        store.open(digest)


def test_a_fan_out_folder_replaced_by_a_link_is_refused(store, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "blobs" / "sha256").mkdir()
    (tmp_path / "blobs" / "sha256" / digest_bytes(DATA)[7:9]).symlink_to(outside)
    with pytest.raises(Unwritable):
        store.put(io.BytesIO(DATA))
    assert list(outside.iterdir()) == []


def test_a_copy_is_verified_and_never_overwrites(store, tmp_path):
    digest, _ = store.put(io.BytesIO(DATA))
    target = tmp_path / "asset.usda"
    store.copy_to(digest, target)
    assert target.read_bytes() == DATA
    with pytest.raises(FileExistsError):
        store.copy_to(digest, target)


def test_short_writes_lose_nothing(tmp_path):
    store = LocalStore(tmp_path, files=ShortWrites(tmp_path))
    digest, _ = store.put(io.BytesIO(DATA[:1000]))
    assert store.open(digest).read() == DATA[:1000]


def test_sixteen_threads_putting_the_same_bytes_agree(store):
    found = []
    threads = [threading.Thread(target=lambda: found.append(store.put(io.BytesIO(DATA)))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {(digest_bytes(DATA), len(DATA))}
    assert len(found) == 16
    assert list(store.strays()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("at", range(11))
def test_an_error_at_any_step_is_a_refusal_and_leaves_no_half_blob(tmp_path, code, at):
    steps = iter(range(10**6))

    def fail(name: str) -> None:
        if next(steps) == at:
            raise OSError(code, os.strerror(code))

    store = LocalStore(tmp_path, files=SteppedFiles(tmp_path, fail))
    with contextlib.suppress(Unwritable):
        store.put(io.BytesIO(DATA))
    for digest in store.digests():
        assert store.open(digest).read() == DATA
    assert store.put(io.BytesIO(DATA))[0] == digest_bytes(DATA)


def test_a_full_disk_is_named_in_the_refusal(tmp_path):
    def fail(name: str) -> None:
        if name == "write":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = LocalStore(tmp_path, files=SteppedFiles(tmp_path, fail))
    with pytest.raises(Unwritable, match="No space left"):
        store.put(io.BytesIO(DATA))
    assert list(store.strays()) == []


def kept_after_power_loss(budget: int, make=LocalStore) -> tuple[list[Digest], LocalStore, int]:
    """Put two blobs, the second twice, on a disk that loses power after `budget` steps; then reboot."""
    disk = PowerFiles(budget=budget)
    store, acknowledged = make(Path("/disk"), files=disk), []
    try:
        for data in (b"one", b"two", b"two"):
            acknowledged.append(store.put(io.BytesIO(data))[0])
    except (Unplugged, Unwritable):
        pass
    return acknowledged, LocalStore(Path("/disk"), files=disk.after_reboot()), budget - disk.budget


def lost_at_some_step(make) -> bool:
    """Whether power loss at any step loses an acknowledged blob or leaves a damaged one."""
    steps = kept_after_power_loss(10**6, make)[2]
    for budget in range(steps + 1):
        acknowledged, store, _ = kept_after_power_loss(budget, make)
        try:
            for digest in {*acknowledged, *store.digests()}:
                store.open(digest).close()
        except StorageRefused:
            return True
    return False


class WithoutFileSync(LocalStore):
    def __init__(self, directory, *, files):
        files.sync = lambda handle: None
        super().__init__(directory, files=files)


class WithoutFolderSync(LocalStore):
    def __init__(self, directory, *, files):
        files.sync_folder = lambda name: None
        super().__init__(directory, files=files)


class WithoutParentSync(LocalStore):
    def _folder(self, name):
        self._files.make_folder(name)


class AtTheFinalName(LocalStore):
    def _put(self, stream):
        data = stream.read()
        digest = digest_bytes(data)
        name = f"sha256/{digest[7:9]}/{digest[7:]}"
        for folder in ("sha256", name.rpartition("/")[0]):
            self._folder(folder)
        handle = self._files.create(name)
        self._files.sync_folder(name.rpartition("/")[0])
        self._files.write(handle, data)
        self._files.sync(handle)
        self._files.sync_folder(name.rpartition("/")[0])
        return digest, len(data)


def test_power_loss_at_any_step_loses_nothing_acknowledged():
    assert not lost_at_some_step(LocalStore)


@pytest.mark.parametrize("mutant", [WithoutFileSync, WithoutFolderSync, WithoutParentSync, AtTheFinalName])
def test_power_loss_catches_a_wrong_protocol(mutant):
    assert lost_at_some_step(mutant)


def test_a_blob_found_by_a_second_process_is_made_durable_before_it_is_acknowledged():
    """The first writer dies between rename and folder sync; the second must not rely on its rename."""
    disk = PowerFiles()
    first = LocalStore(Path("/disk"), files=disk)
    first.put(io.BytesIO(b"other"))
    digest = digest_bytes(b"two")
    disk.make_folder(f"sha256/{digest[7:9]}")
    handle = disk.create(f"sha256/{digest[7:9]}/{digest[7:]}")
    disk.write(handle, b"two")
    disk.sync(handle)
    LocalStore(Path("/disk"), files=disk).put(io.BytesIO(b"two"))
    rebooted = LocalStore(Path("/disk"), files=disk.after_reboot())
    assert rebooted.open(digest).read() == b"two"


def test_only_temporary_files_can_be_swept_as_strays(store):
    digest, _ = store.put(io.BytesIO(DATA))
    with pytest.raises(StorageRefused, match="nothing was removed"):
        store.remove_stray(f"sha256/{digest[7:9]}/{digest[7:]}")
    assert store.has(digest)
