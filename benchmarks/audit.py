"""The audit's verification stage against the least that any audit must do: verify every manifest, hash every byte once.

Both run on the same blobs, in the same process and on the same number of threads. The bare side asks the C2PA engine
for each clip and each sidecar, and reads every file through SHA-256; it judges nothing and looks nothing up.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from assetlib.flows.audit_rights import ReferenceAudit
from assetlib.flows.audit_takes import INVENTORY, SIDECAR, examine_takes, judged_take
from assetlib.flows.known_files import known_to
from assetlib.flows.world import load_world
from assetlib.library import Library
from assetlib.model.asset import AssetFile, AssetVersion
from assetlib.model.shot import Take
from assetlib.model.world import World
from provenance.credentials import read_stream
from provenance.digest import Digest
from provenance.packages import MEDIA_TYPE

_MOST_RATIO = 1.5
_ROUNDS, _WORKERS = 3, 2
_DEMO = Path(__file__).parents[1] / "build" / "demo" / "library"
_Takes = list[tuple[Take, tuple[AssetFile, ...]]]


def run() -> list[dict[str, Any]]:
    """Rows, the best of three rounds each: over the demo's library when it was made here, else over seven takes of
    24 frames at 640×360 whose grain makes them as large as rendered ones."""
    from tests.flows.small_library import build

    if (_DEMO / "assetlib.toml").is_file():
        library = Library.open(_DEMO)
        rows = measure(library)
        library.close()
        return rows
    with tempfile.TemporaryDirectory() as folder:
        place = build(Path(folder), takes=7, size=(640, 360), frames=24)
        library = place.open()
        rows = measure(library)
        library.close()
    return rows


def measure(library: Library) -> list[dict[str, Any]]:
    """The figure for every take and every asset of a library, such as the demo's."""
    with library.catalog.reader() as queries:
        takes: _Takes = [
            (take, queries.take_files(take.shot, take.number))
            for shot in queries.shots()
            for take in queries.takes(shot.code)
        ]
        versions = tuple(v for newest in queries.assets() for v in queries.versions(newest.entity))
    with library.catalog.reader() as queries:
        world = load_world(library, queries, [v.digest for v in versions], now=library.clock())
    bare = _best(lambda: _bare(library, takes, versions))
    ours = _best(lambda: _audit_stage(library, world, takes, versions))
    return [
        _row("audit.bare_c2pa_and_sha256", bare, "s"),
        _row("audit.verification_stage", ours, "s"),
        _row("audit.ratio", ours / bare, "x", baseline=bare, demand=_MOST_RATIO),
    ]


def _bare(library: Library, takes: _Takes, versions: Sequence[AssetVersion]) -> None:
    blobs = {file.digest for _, files in takes for file in files} | {f.digest for v in versions for f in v.files}
    blobs |= {d for v in versions for d in (v.digest, v.manifest) if d is not None}
    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(lambda digest: _hash(library, digest), sorted(blobs)))
        list(pool.map(lambda held: _read_take(library, held[1]), takes))
        list(pool.map(lambda v: _read(library, v.digest, v.manifest), versions))


def _hash(library: Library, digest: Digest) -> None:
    hasher = hashlib.sha256()
    with _blob(library, digest).open("rb") as stream:
        while chunk := stream.read(1 << 20):
            hasher.update(chunk)
    assert digest.endswith(hasher.hexdigest())


def _read_take(library: Library, files: tuple[AssetFile, ...]) -> None:
    by_path = {file.path: file.digest for file in files}
    _read(library, by_path[INVENTORY], by_path[SIDECAR])
    for file in files:
        if file.media_type == "video/mp4":
            with _blob(library, file.digest).open("rb") as stream:
                assert read_stream(stream, media_type=file.media_type, trust=library.trust).state == "Trusted"


def _read(library: Library, inventory: Digest, manifest: Digest | None) -> None:
    signed = None if manifest is None else _blob(library, manifest).read_bytes()
    listed = io.BytesIO(_blob(library, inventory).read_bytes())
    assert read_stream(listed, media_type=MEDIA_TYPE, manifest=signed, trust=library.trust).state == "Trusted"


def _blob(library: Library, digest: Digest) -> Path:
    hexadecimal = digest.removeprefix("sha256:")
    return library.settings.path("store.path") / "sha256" / hexadecimal[:2] / hexadecimal


def _audit_stage(library: Library, world: World, takes: _Takes, versions: Sequence[AssetVersion]) -> None:
    with library.catalog.reader() as queries:
        catalog = known_to(queries, versions, [("main", take, files) for take, files in takes])
        references = ReferenceAudit(library, queries, world, catalog)
        for held in examine_takes(library, takes):
            judged = judged_take(library, catalog, held, image="")
            assert all(file.verdict == "pass" for file in judged.files)
        found = references.references([v.digest for v in versions], ())
        assert all(reference.integrity == "pass" for reference in found)


def _best(work: Callable[[], None]) -> float:
    spent = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return min(spent)


def _row(name: str, value: float, unit: str, *, baseline: float | None = None, demand: float | None = None) -> Any:
    return {
        "issue": 2,
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 4),
        "ratio": round(value, 4) if unit == "x" else None,
        "demand": demand,
        "met": None if demand is None else value <= demand,
    }
