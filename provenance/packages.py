"""Assets of many files: one canonical inventory, signed once; and the strict check of USDZ.

An inventory lists every file of an asset version or image sequence by path, SHA-256 and size. It is
signed as a sidecar, so no layer or frame is touched, and its content is repeated in the claim.

USDZ is for delivery. c2pa reads a zip's central directory while OpenUSD scans local headers from the
first byte; three forgeries live in that gap and read "Trusted". `usdz_defects` closes it.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from provenance.assertions import Layers, check
from provenance.claims import Manifest
from provenance.credentials import Ingredient, read_stream, sign_detached_stream
from provenance.digest import Digest, canonical_json, digest_bytes, digest_file, digest_stream, hex_of
from provenance.errors import InvalidClaim
from provenance.reading import plain_text
from provenance.signers import Signer
from provenance.trust import TrustTable
from provenance.verdict import OURS, Catalog, Step, Verdict, judge

MEDIA_TYPE = "application/json"
CREDENTIAL_NAME = "META-INF/content_credential.c2pa"

_LARGEST_INVENTORY = 64 << 20
_MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """One file of a package: posix path inside its tree, digest, bytes."""

    path: str
    digest: Digest
    size: int


def measure(root: Path, paths: Iterable[str]) -> tuple[PackageFile, ...]:
    """Digest and size of the files at `paths` under `root`, sorted by path."""
    return tuple(
        PackageFile(path=path, digest=digest_file(root / path), size=(root / path).stat().st_size)
        for path in sorted(paths)
    )


def inventory(entity: str, version: str, root: str, files: Sequence[PackageFile]) -> bytes:
    """The canonical inventory (RFC 8785 JSON). `root` is the path of the file that opens the package.

    Raises InvalidClaim for a path that leaves the tree, a path listed twice, or a root that is not listed.
    """
    paths = [file.path for file in files]
    hostile = [path for path in paths if is_hostile_path(path)]
    if hostile:
        raise InvalidClaim(f"expected paths inside the package, found {plain_text(hostile[0])}")
    if len({path.casefold() for path in paths}) != len(paths):
        raise InvalidClaim("a path is listed twice, or differs from another by letter case only")
    if root not in paths:
        raise InvalidClaim(f"the root {plain_text(root)} is not among the files of the package")
    document = {
        "schema": 1,
        "alg": "sha256",
        "entity": entity,
        "version": version,
        "root": root,
        "files": [
            {"path": f.path, "sha256": hex_of(f.digest), "size": f.size} for f in sorted(files, key=lambda f: f.path)
        ],
    }
    return canonical_json(check(Layers, document))


def read_inventory(data: bytes) -> tuple[PackageFile, ...]:
    """The files that an inventory lists; raises InvalidClaim unless it is canonical and clean."""
    if len(data) > _LARGEST_INVENTORY:
        raise InvalidClaim(f"the inventory has {len(data)} bytes, more than {_LARGEST_INVENTORY}")
    try:
        document = json.loads(data)
        listed = document["files"]
        files = tuple(
            PackageFile(path=f["path"], digest=Digest(f"sha256:{f['sha256']}"), size=f["size"]) for f in listed
        )
        again = inventory(document["entity"], document["version"], document["root"], files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidClaim(f"expected an inventory, found something else ({error})") from None
    if again != data:
        # two readings of one document (duplicate keys, other order) must not be possible
        raise InvalidClaim("the inventory is not in canonical form")
    return files


def sign_package(
    inventory_bytes: bytes,
    manifest: Manifest,
    *,
    signer: Signer,
    trust: TrustTable | None,
    ingredients: Sequence[Ingredient] = (),
    timestamp_url: str | None = None,
) -> bytes:
    """The sidecar manifest over an inventory; write it beside the inventory."""
    read_inventory(inventory_bytes)
    return sign_detached_stream(
        io.BytesIO(inventory_bytes),
        MEDIA_TYPE,
        manifest,
        signer=signer,
        trust=trust,
        ingredients=ingredients,
        timestamp_url=timestamp_url,
    )


def verify_package(
    directory: Path,
    inventory_bytes: bytes,
    manifest_bytes: bytes,
    trust: TrustTable | None,
    *,
    catalog: Catalog | None = None,
    beside: Iterable[str] = (),
) -> Verdict:
    """Judge the inventory by its manifest, then every file under `directory` by the inventory.

    A file that is not listed fails too: a layer could reach it by a path that was empty when it was
    signed. `beside` names files that may lie there unlisted (the inventory, its sidecar).
    """
    reading = read_stream(io.BytesIO(inventory_bytes), media_type=MEDIA_TYPE, manifest=manifest_bytes, trust=trust)
    defects = tuple(file_defects(directory, inventory_bytes, beside=tuple(beside)))
    manifest = reading.active_manifest
    if manifest is not None and not defects:
        defects = claim_defects(manifest.data_of(f"{OURS}layers"), inventory_bytes)
    digest = digest_bytes(inventory_bytes)
    return judge(str(directory), reading, trust=trust, digest=digest, catalog=catalog, defects=defects)


def file_defects(directory: Path, inventory_bytes: bytes, *, beside: tuple[str, ...] = ()) -> Iterator[Step]:
    """What differs between the files under `directory` and the inventory."""
    try:
        files = read_inventory(inventory_bytes)
    except InvalidClaim as error:
        yield _defect("inventory.malformed", plain_text(str(error)))
        return
    for file in files:
        yield from listed_file_defects(directory / file.path, file)
    listed = {file.path for file in files} | set(beside)
    for path in sorted(p.relative_to(directory).as_posix() for p in directory.rglob("*") if not p.is_dir()):
        if path not in listed:
            yield _defect("file.unlisted", f"{plain_text(path)} is not in the inventory")


def incomplete_defects(inventory_path: Path) -> tuple[Step, ...]:
    """Listed files that are not beside an inventory. A kind of file that is absent altogether was left out on purpose
    (a delivery without EXR); of a kind that is there, every one has to be."""
    try:
        files = read_inventory(inventory_path.read_bytes())
    except (InvalidClaim, OSError):
        return ()  # what is wrong with it, its own reading says
    here = {file.path: (inventory_path.parent / file.path).is_file() for file in files}
    kinds = {PurePosixPath(path).suffix for path, there in here.items() if there}
    return tuple(
        _note(f"{plain_text(path)} is listed and not here")
        if PurePosixPath(path).suffix not in kinds
        else _defect("file.missing", f"{plain_text(path)} is listed and not here, though others of its kind are")
        for path, there in here.items()
        if not there
    )


def listed_file_defects(path: Path, expected: PackageFile) -> Iterator[Step]:
    """What is wrong with the file at `path`, which an inventory lists as `expected`."""
    name = plain_text(expected.path)
    try:
        if path.is_symlink() or not path.is_file():
            yield _defect("file.missing", f"{name} is listed and is not there as a plain file")
        elif path.stat().st_size != expected.size or digest_file(path) != expected.digest:
            yield _defect("file.changed", f"{name} is not the file that was signed")
    except (OSError, ValueError) as error:
        yield _defect("file.unreadable", f"{name} cannot be read ({type(error).__name__})")


def claim_defects(claimed: object, inventory_bytes: bytes) -> tuple[Step, ...]:
    """The claim repeats the inventory; when it does, both must say the same."""
    if claimed is None:
        return (_defect("inventory.unclaimed", "the manifest does not claim an inventory"),)
    try:
        same = canonical_json(claimed) == inventory_bytes
    except (ValueError, TypeError):
        same = False
    return () if same else (_defect("inventory.differs", "the manifest claims other files than the inventory lists"),)


# USDZ ------------------------------------------------------------------------------------------

Entry = tuple[str, int, int]
"""Name, offset of the first data byte, bytes: how OpenUSD sees a packaged file."""

_LOCAL = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC, _END_MAGIC, _END64_MAGIC = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06"
_END_SIZE = 22


def looks_like_zip(data: bytes) -> bool:
    """True when the first bytes of a file are those of a zip entry, an empty zip or a spanned one."""
    return data[:4] in (_LOCAL_MAGIC, _END_MAGIC, b"PK\x07\x08")


def usdz_defects(stream: BinaryIO, usd_view: Sequence[Entry] | None = None) -> tuple[Step, ...]:
    """Why the archive in `stream` could show OpenUSD other bytes than were signed; empty when it cannot.

    `usd_view` is what OpenUSD itself lists (name, data offset, size), in order. Without it, its way of
    reading (local headers from byte 0) is followed here. The bytes must not change meanwhile.
    """
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            directory = archive.infolist()
        ours = [info for info in directory if not info.filename.startswith("META-INF/")]
        defects = [*_name_defects(directory), *_end_defects(stream), *map(_entry_defect, directory)]
        views = [local_view(stream)] if usd_view is None else [list(usd_view), local_view(stream)]
        defects += [_view_defect(stream, ours, view) for view in views]
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError, RuntimeError) as error:
        return (_defect("usdz.unreadable", f"not a readable package ({plain_text(str(error))})"),)
    return tuple(dict.fromkeys(defect for defect in defects if defect is not None))


def usdz_layer_defects(stream: BinaryIO, claimed: object) -> tuple[Step, ...]:
    """Each packaged file against the ``studio.assetlib.layers`` that the package's own manifest claims."""
    listed = claimed.get("files") if isinstance(claimed, dict) else None
    if not isinstance(listed, list):
        return ()
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            packaged = {n: _sha256_of(archive, n) for n in archive.namelist() if not n.startswith("META-INF/")}
        expected = {str(file["path"]): str(file["sha256"]) for file in listed}
    except (zipfile.BadZipFile, OSError, KeyError, TypeError, RuntimeError, NotImplementedError) as error:
        return (_defect("usdz.unreadable", f"its files cannot be compared ({type(error).__name__})"),)
    different = sorted(n for n in packaged.keys() | expected.keys() if packaged.get(n) != expected.get(n))
    return tuple(_defect("usdz.layer", f"{plain_text(n)} is not the file that the claim lists") for n in different)


def _sha256_of(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as member:
        return hex_of(digest_stream(cast("BinaryIO", member))[0])


def local_view(stream: BinaryIO) -> list[Entry]:
    """The entries that a scan of local headers from byte 0 finds, as OpenUSD scans; META-INF included."""
    entries: list[Entry] = []
    offset = 0
    while len(entries) <= _MOST_ENTRIES:
        stream.seek(offset)
        header = stream.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != _LOCAL_MAGIC:
            break
        _, _, _, _, _, _, _, stored, _, name_length, extra_length = _LOCAL.unpack(header)
        name = stream.read(name_length).decode("utf-8", "surrogateescape")
        data = offset + _LOCAL.size + name_length + extra_length
        entries.append((name, data, stored))
        offset = data + stored
    return entries


def _name_defects(directory: list[zipfile.ZipInfo]) -> Iterator[Step]:
    names = [info.filename for info in directory]
    if len(names) > _MOST_ENTRIES:
        yield _defect("usdz.too_many", f"{len(names)} entries, more than {_MOST_ENTRIES}")
    if len({name.casefold() for name in names}) != len(names):
        yield _defect("usdz.duplicate", "a name occurs twice: the signature covers one entry, OpenUSD opens the other")
    for name in names:
        if is_hostile_path(name):
            yield _defect("usdz.name", f"{plain_text(name)} is not a path inside the package")
        elif name.startswith("META-INF/") and name not in (CREDENTIAL_NAME, "META-INF/"):
            yield _defect("usdz.meta_inf", f"{plain_text(name)} has no place in META-INF")
    if not names or not names[0].lower().endswith((".usd", ".usda", ".usdc")):
        yield _defect("usdz.root", "the first file of a package must be a USD layer")


def _end_defects(stream: BinaryIO) -> Iterator[Step]:
    """The directory must end where the end record begins, and that record must end the file."""
    length = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, length - (1 << 16) - _END_SIZE))
    tail_start = stream.tell()
    tail = stream.read()
    position = tail.rfind(_END_MAGIC)
    size, offset, comment = struct.unpack_from("<IIH", tail, position + 12)
    end = tail_start + position
    if offset + size != end or comment or end + _END_SIZE != length:
        yield _defect("usdz.end", "bytes lie before the package, after it, or between its parts")
    if _END64_MAGIC in tail[:position] or 0xFFFFFFFF in (size, offset):
        yield _defect("usdz.zip64", "ZIP64 records give a second answer about where the files are")


def _entry_defect(info: zipfile.ZipInfo) -> Step | None:
    name = plain_text(info.filename)
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        return _defect("usdz.compressed", f"{name} is compressed; USDZ stores its files as they are")
    if info.flag_bits & 0x2009:  # encrypted, sizes after the data, masked headers
        return _defect("usdz.flags", f"{name} is encrypted or hides its size")
    return None


def _view_defect(stream: BinaryIO, ours: list[zipfile.ZipInfo], view: list[Entry]) -> Step | None:
    """OpenUSD's list must equal, in order, the signed directory without META-INF, byte range for byte range."""
    seen = [entry for entry in view if not entry[0].startswith("META-INF/")]
    expected = [(info.filename, _data_offset(stream, info), info.file_size) for info in ours]
    if seen == expected and len(seen) == len({name for name, _, _ in seen}):
        return None
    extra = {name for name, _, _ in seen} ^ {name for name, _, _ in expected}
    what = f" ({plain_text(min(extra))})" if extra else ""
    return _defect("usdz.view", f"OpenUSD would open other entries than the signature covers{what}")


def _data_offset(stream: BinaryIO, info: zipfile.ZipInfo) -> int:
    stream.seek(info.header_offset + 26)
    name_length, extra_length = struct.unpack("<HH", stream.read(4))
    return info.header_offset + _LOCAL.size + int(name_length) + int(extra_length)


def is_hostile_path(name: str) -> bool:
    """True for a name that is absolute, leaves its tree, or reads differently on another system."""
    parts = PurePosixPath(name.removesuffix("/")).parts
    return (
        not parts
        or name.startswith("/")
        or name != "/".join(parts) + ("/" if name.endswith("/") else "")
        or any(part in ("..", ".") or part.endswith((" ", ".")) for part in parts)
        or any(c in '\\:*?"<>|' or ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in name)
    )


def _note(sentence: str) -> Step:
    return Step(step=9, code="file.absent", sentence=sentence, failed=False)


def _defect(code: str, sentence: str) -> Step:
    return Step(step=9, code=code, sentence=sentence)
