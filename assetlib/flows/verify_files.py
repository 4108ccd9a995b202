"""Judge any media file, ours or foreign: pass, fail or unknown, with reasons; also without a library.

Files are read in the limited subprocess. What it wants to know of the catalog comes back as a question of an entity
and a digest, so that no foreign byte is read where the library's keys are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.given_files import read_given
from assetlib.flows.known_files import described, known_to
from assetlib.intake.verify import intake_verify
from assetlib.model.refusals import BadInput
from provenance.digest import digest_file
from provenance.errors import ProvenanceError
from provenance.trust import TrustTable, trust_anchors
from provenance.verify import INVENTORIES

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_BESIDE = {".c2pa", ".tsr", ".xmp"}
_LARGEST_TRUST = 4 << 20


def verify_files(library: Library | None, paths: Sequence[Path], *, trust: Path | None) -> list[dict[str, Any]]:
    """The `verify` JSON of every file, folders walked; raises BadInput for a path that is not there.

    `trust` (PEM) takes the place of the library's anchors. Without either nobody is trusted, so nothing passes.
    """
    files = [file for path in paths for file in _files(path)]
    anchors = _anchors(library, trust)
    with nullcontext() if library is None else library.catalog.reader() as queries:
        catalog = None if queries is None else known_to(queries)
        verdicts = intake_verify(files, trust=anchors, catalog=catalog)
        return [_noted(queries, path, verdict) for path, verdict in zip(files, verdicts, strict=True)]


def _files(path: Path) -> Iterator[Path]:
    """The file itself, or every file below a folder; sidecars speak for their files and are not judged alone."""
    if path.is_file():
        yield _spoken_for(path)
    elif path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() not in _BESIDE)
        if not inside:
            raise BadInput(f"no files in {path}; name a file, or a folder that holds some")
        yield from inside
    else:
        raise BadInput(f"expected a file or a folder at {path}, found nothing")


def _spoken_for(path: Path) -> Path:
    """The file that a named sidecar is about, when it lies beside it; any other file is itself."""
    if path.suffix.lower() != ".c2pa":
        return path
    about = path.with_suffix("")  # FILE.c2pa is about FILE, an inventory's asset.c2pa about asset.json
    if about.name in INVENTORIES:
        about = path.with_suffix(".json")
    return about if about.is_file() else path


def _anchors(library: Library | None, trust: Path | None) -> TrustTable | None:
    if trust is None:
        return None if library is None else library.trust
    try:
        return trust_anchors(read_given(trust, _LARGEST_TRUST))
    except ProvenanceError as error:
        raise BadInput(f"{trust}: {error}") from error


def _noted(queries: Queries | None, path: Path, verdict: dict[str, Any]) -> dict[str, Any]:
    """An unknown file whose very bytes the library holds says so; it proves possession, not a signature."""
    if queries is None or verdict["verdict"] != "unknown" or path.stem in INVENTORIES:
        return verdict
    held = described(queries, digest_file(path))
    if not held:
        return verdict
    sentence = f"the library holds these very bytes, in {held}; its signed inventory is not beside this copy"
    return {**verdict, "findings": [*verdict["findings"], {"step": 8, "code": "catalog.known", "sentence": sentence}]}
