"""What of ours comes back in under another name: a registered picture, a frame of a take.

Whoever checks a character's picture out and registers it as something else has a new asset, and not new rights: it
stems from where its bytes come from, and so needs every grant that those need.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from assetlib.model.asset import AssetVersion
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries

_SIGNED = ("refs/", "thumbnail")


def known_parts(queries: Queries, digests: Iterable[Digest], entity: str) -> tuple[AssetVersion, ...]:
    """The versions of other assets that files with these digests show, by entity and version.

    Only what we signed ourselves tells where it is from: a texture that two models share makes neither of the other.
    A frame stands for everything that its take was made from.
    """
    found: dict[Digest, AssetVersion] = {}
    for digest in sorted(set(digests)):
        for version in queries.version_by_file(digest):
            if any(file.digest == digest and file.path.startswith(_SIGNED) for file in version.files):
                found[version.digest] = version
        takes = {take.digest for take in queries.takes_by_file(digest)}
        parents = {edge.parent for edge in queries.closure(takes)[1] if edge.child in takes}
        found |= {version.digest: version for version in queries.by_digest(parents)}
    others = (version for version in found.values() if version.entity != entity)
    return tuple(sorted(others, key=lambda version: (version.entity, version.version)))
