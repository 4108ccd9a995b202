"""What the catalog knows about bytes: the callback of steps 6 and 8 of the pass rule, and a sentence for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from assetlib.model.asset import AssetFile, AssetVersion
from assetlib.model.shot import Take
from provenance.digest import Digest
from provenance.verdict import Catalog

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries


def known_to(
    queries: Queries, versions: Iterable[AssetVersion] = (), takes: Iterable[tuple[str, Take, Iterable[AssetFile]]] = ()
) -> Catalog:
    """(entity, digest) → whether that entity has these bytes: as a version, a take, or a file of one.

    None as entity asks for the bytes under any name. Answers are of the snapshot that `queries` reads; `versions`
    and `takes` (production, take, its files) were read from it before, and what they answer is not asked again.
    """
    held = {digest: version.entity for version in versions for digest in _digests(version)}
    held |= {file.digest: _take(production, take) for production, take, files in takes for file in files}
    seen: dict[Digest, frozenset[str]] = {}

    def is_known(entity: str | None, digest: Digest) -> bool:
        if digest in held and entity in (None, held[digest]):
            return True
        if digest not in seen:
            seen[digest] = frozenset(_entities(queries, digest))
        return bool(seen[digest]) if entity is None else entity in seen[digest]

    return is_known


def _take(production: str, take: Take) -> str:
    return f"assetlib://{production}/takes/{take.shot}/{take.code}"


def _digests(version: AssetVersion) -> Iterator[Digest]:
    yield version.digest
    yield from (file.digest for file in version.files)


def described(queries: Queries, digest: Digest) -> str:
    """Where the library holds these bytes, in a few words; '' when it does not."""
    for version in (*queries.by_digest([digest]), *queries.version_by_file(digest)):
        return f"{version.name} {version.version}"
    for take in (*queries.takes_by_digest(digest), *queries.takes_by_file(digest)):
        return f"{take.shot} {take.code}"
    return ""


def _entities(queries: Queries, digest: Digest) -> Iterator[str]:
    for version in (*queries.by_digest([digest]), *queries.version_by_file(digest)):
        yield version.entity
    for take in (*queries.takes_by_digest(digest), *queries.takes_by_file(digest)):
        yield _take(queries.shot(take.shot).production, take)
