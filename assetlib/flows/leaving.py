"""The last step through the export door: bytes move to their target between two ledger entries.

The export, its receipt included, is on record as *leaving* before anything moves; the move is one rename; whether it
*left* or *stayed* is recorded after. A process that dies on the way leaves an export that is still leaving, and what
stands at the target says which it was: a complete delivery is therefore never unknown to the ledger.
`settle_exports` says so for every export whose process is gone; a live process holds a lock on what it put together.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import CatalogRefused
from assetlib.catalog.refusals import Conflict as CatalogConflict
from assetlib.model.record import Departure, ExportState
from assetlib.model.refusals import Conflict, Refusal
from provenance.digest import canonical_json, digest_file, hex_of
from provenance.keyfiles import sync_directory

if TYPE_CHECKING:
    from assetlib.library import Library

RECEIPT = "receipt.json"
_SHELF, _NEW, _PARCEL = "export-", "new-", "parcel"


class Unsettled(Refusal):
    """An export stands where it was to go, or not, and the ledger could not be told; the next command tells it."""


@contextmanager
def staged(library: Library) -> Iterator[Path]:
    """A folder inside the library in which a parcel is put together; gone afterwards unless it was moved out.

    It is this process's own while the process lives. What an earlier one left behind is settled first.
    """
    settle_exports(library)
    new = Path(tempfile.mkdtemp(prefix=_NEW, dir=library.staging))
    with _held(new):
        shelf = new.rename(new.with_name(_SHELF + new.name.removeprefix(_NEW)))  # seen by others only when held
        parcel = shelf / _PARCEL
        parcel.mkdir(mode=0o700)
        try:
            yield parcel
        finally:
            if not _is_leaving(library, shelf):
                shutil.rmtree(shelf, ignore_errors=True)


def leave(library: Library, departure: Departure) -> None:
    """Move what is recorded as leaving, and record that it left. Raises Conflict when it could not: then it stayed."""
    source, target = library.staging / departure.stage, Path(departure.target)
    try:
        place(source, target, mark=_shelf(library, departure).name)
    except Exception:
        if _settle(library, departure)[0] is ExportState.STAYED:
            raise
        return
    _record(library, departure, ExportState.LEFT)


def settle_exports(library: Library) -> tuple[str, ...]:
    """Find out of every interrupted export whether it left, record it, clean up; one sentence for each."""
    with library.catalog.reader() as queries:
        departures = queries.departures()
    told = tuple(sentence for departure in departures if (sentence := _settle_interrupted(library, departure)))
    _clear_shelves(library)
    return told


def interrupted_exports(library: Library) -> tuple[Departure, ...]:
    """Exports that are leaving and whose process is gone."""
    with library.catalog.reader() as queries:
        departures = queries.departures()
    return tuple(departure for departure in departures if not _is_held(_shelf(library, departure)))


def place(source: Path, target: Path, *, mark: str = "") -> None:
    """Move a staged file or folder to `target`, whole or not at all. Raises Conflict when something came there.

    `mark` names the copy that grows beside the target when that lies on another file system.
    """
    sync_tree(source)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise _unplaced(target, error) from error
        _carry_over(source, target, mark or f"{_SHELF}{secrets.token_hex(8)}")
    sync_directory(target.parent)


def sync_tree(path: Path) -> None:
    """Make a file, or every file and folder below and at `path`, durable."""
    if path.is_file():
        _sync_file(path)
        return
    for folder, _, names in os.walk(path, topdown=False):
        for name in names:
            _sync_file(Path(folder, name))
        sync_directory(Path(folder))


def _sync_file(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _carry_over(source: Path, target: Path, mark: str) -> None:
    """Onto another file system: a whole copy beside the target first, then the rename."""
    beside = _beside(target, mark)
    try:
        if source.is_dir():
            shutil.copytree(source, beside)
        else:
            shutil.copyfile(source, beside)
        sync_tree(beside)
        _rename(beside, target)
    except (OSError, shutil.Error) as error:
        raise _unplaced(target, error) from error
    finally:
        _discard(beside)


def _unplaced(target: Path, error: Exception) -> Exception:
    """What a person is told: somebody else's file in the way, or why the disk did not take ours."""
    found = _cause(error)
    if found.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR):
        return Conflict(f"{target} was taken meanwhile ({found.strerror}); nothing was written there")
    return Refusal(f"{target} cannot be written: {found.strerror}; nothing of the delivery is there")


def _cause(error: Exception) -> OSError:
    """The first reason of a failed copy: `shutil.copytree` lists them as text, the disk's own error comes first."""
    if isinstance(error, shutil.Error):
        for *_, why in error.args[0]:
            for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                if os.strerror(number) in str(why):
                    return OSError(number, os.strerror(number))
        return OSError(errno.EIO, str(error.args[0][0][-1]))
    assert isinstance(error, OSError)
    return error


def _beside(target: Path, mark: str) -> Path:
    return target.with_name(f".{mark}.part")


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _rename(source: Path, target: Path) -> None:
    if source.is_dir():
        source.rename(target)  # replaces an empty folder, refuses any other
    else:
        os.link(source, target)  # refuses an existing file, which a rename would replace
        source.unlink()


def _settle_interrupted(library: Library, departure: Departure) -> str:
    """A sentence, or '' when its process lives or somebody else settled it."""
    shelf = _shelf(library, departure)
    try:
        with _held(shelf), suppress(CatalogConflict):
            return _settle(library, departure)[1]
    except FileNotFoundError:
        with suppress(CatalogConflict):
            return _settle(library, departure)[1]
    except BlockingIOError:
        return ""
    return ""


def _settle(library: Library, departure: Departure) -> tuple[ExportState, str]:
    """Look where the bytes are, clean up, record it. What may have left counts as left."""
    name, target = departure.export.id, departure.target
    source = library.staging / departure.stage
    if _stands(departure):
        state = ExportState.LEFT
        sentence = f"{name} was interrupted after it had moved: it stands whole at {target}, and that is now recorded"
    elif source.exists():
        _discard(_beside(Path(target), _shelf(library, departure).name))
        state = ExportState.STAYED
        sentence = f"{name} was interrupted before it had moved: nothing of it is at {target}; recorded as not left"
    else:
        state = ExportState.LEFT
        sentence = f"{name} had moved to {target} and is not there as it left; recorded as delivered"
    _record(library, departure, state)
    shutil.rmtree(_shelf(library, departure), ignore_errors=True)
    return state, sentence


def _stands(departure: Departure) -> bool:
    """Whether exactly what the receipt names is at the target."""
    receipt = json.loads(departure.export.body)
    subjects = {one["name"]: one["digest"]["sha256"] for one in receipt["statement"]["subject"]}
    target = Path(departure.target)
    if not departure.stage.endswith(f"/{_PARCEL}"):
        (digest,) = (subjects[Path(departure.stage).name],)
        return _is(target, digest)
    return all(_is(target / name, digest) for name, digest in subjects.items()) and _has_receipt(target, receipt)


def _is(path: Path, digest: str) -> bool:
    try:
        return path.is_file() and hex_of(digest_file(path)) == digest
    except OSError:
        return False


def _has_receipt(target: Path, receipt: dict[str, Any]) -> bool:
    said = {RECEIPT: canonical_json(receipt["statement"]), f"{RECEIPT}.c2pa": base64.b64decode(receipt["manifest"])}
    try:
        return all((target / name).read_bytes() == data for name, data in said.items())
    except OSError:
        return False


def _record(library: Library, departure: Departure, state: ExportState) -> None:
    export = departure.export
    body = {"export": export.id, "decision": export.decision, "receipt": export.digest}
    try:
        library.committer.commit(f"export.{state.value}", body, lambda write, _: write.settle_export(departure, state))
    except CatalogConflict:
        raise
    except CatalogRefused as error:
        where = f"stands whole at {departure.target}" if state is ExportState.LEFT else "did not leave"
        sentence = f"{export.id} {where}, which the next command on this library records: it could not be done now"
        raise Unsettled(f"{sentence} ({error})") from error


def _shelf(library: Library, departure: Departure) -> Path:
    return library.staging / Path(departure.stage).parts[0]


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Nobody else's while this lasts; a killed process gives it back. Raises BlockingIOError, FileNotFoundError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _is_held(folder: Path) -> bool:
    try:
        with _held(folder):
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False


def _is_leaving(library: Library, shelf: Path) -> bool:
    """Also when the catalog does not answer: then what was put together is kept for whoever settles it."""
    try:
        with library.catalog.reader() as queries:
            return any(_shelf(library, departure) == shelf for departure in queries.departures())
    except CatalogRefused:
        return True


def _clear_shelves(library: Library) -> None:
    """Remove what killed processes had put together and not yet recorded as leaving."""
    for shelf in (library.directory / "staging").glob(f"{_SHELF}*"):  # which a library only read may not have
        with suppress(OSError), _held(shelf):
            if not _is_leaving(library, shelf):
                shutil.rmtree(shelf, ignore_errors=True)
