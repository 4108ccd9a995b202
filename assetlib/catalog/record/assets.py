"""Recording assets: versions, names, facets and lineage."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from assetlib.catalog import tables
from assetlib.catalog.ask.assets import AssetQueries
from assetlib.catalog.record.base import LedgeredWrites
from assetlib.catalog.refusals import Conflict
from assetlib.model.asset import AssetStatus, AssetVersion, Derivation, FacetClaim
from provenance.digest import Digest


class AssetWrites(LedgeredWrites):
    def add_version(self, version: AssetVersion) -> None:
        """A new version, and its asset when it is the first. Raises Conflict for a digest or number that exists."""
        asset = select(tables.asset.c.kind).where(tables.asset.c.entity == version.entity)
        kind = self._connection.execute(asset).scalar()
        if kind is None:
            self._add(tables.asset, entity=version.entity, kind=version.kind.value)
            self._set_state(version.entity, version.status, version.name, "registered")
        elif kind != version.kind.value:
            raise Conflict(f"{version.entity} is a {kind}; a new version cannot make it a {version.kind.value}")
        self._refuse_taken(version)
        self._add(
            tables.asset_version,
            digest=version.digest,
            entity=version.entity,
            version=version.version,
            source_type=version.source_type,
            created_by=version.created_by,
            created_at=version.created_at,
            manifest=version.manifest,
            thumbnail=version.thumbnail,
        )
        self._add_parts(version)

    def derive(self, derivation: Derivation) -> None:
        """An edge of the lineage. Added to a child that decisions may know already, it moves the rights."""
        edge = tables.derivation.c
        key = (edge.child == derivation.child, edge.parent == derivation.parent, edge.kind == derivation.kind.value)
        if self._connection.execute(select(edge.child).where(*key)).first() is not None:
            return
        self._add(
            tables.derivation,
            parent=derivation.parent,
            child=derivation.child,
            kind=derivation.kind.value,
            job=derivation.job,
        )
        version = tables.asset_version.c
        known = select(version.ledger_index).where(version.digest == derivation.child)
        if self._connection.execute(known).scalar() not in (None, self.index):
            self._move_rights()

    def set_status(self, entity: str, status: AssetStatus, reason: str = "") -> None:
        """Retire or restore an asset; raises NotFound."""
        self._set_state(entity, status, self._state(entity).name, reason)
        self._move_rights()

    def rename(self, entity: str, name: str, reason: str = "") -> None:
        """Give an asset another name; the old one stays an alias."""
        state = self._state(entity)
        self.add_alias(state.name, entity)
        self._set_state(entity, AssetStatus(state.status), name, reason)

    def add_alias(self, alias: str, entity: str) -> None:
        """Another name under which the asset is found."""
        self._state(entity)
        found = select(tables.alias.c.alias).where(tables.alias.c.alias == alias, tables.alias.c.entity == entity)
        if self._connection.execute(found).first() is None:
            self._add(tables.alias, alias=alias, entity=entity)

    def set_hero(self, digest: Digest, reason: str = "") -> None:
        """Point the entity's ``?version=hero`` to this version; raises NotFound."""
        row = self._require(tables.asset_version, f"no version has the digest {digest}", digest=digest)
        self._next_step()
        self._add(tables.hero, entity=row.entity, digest=digest, reason=reason)

    def set_facets(self, digest: Digest, claims: Iterable[FacetClaim]) -> None:
        """What of other people's is in a version, from now on; the claims before stay in its history."""
        sentence = f"no version has the digest {digest}"
        self._require(tables.asset_version, sentence, digest=digest)
        self._set_facets(digest, claims)
        self._move_rights()

    def _add_parts(self, version: AssetVersion) -> None:
        self._add_all(
            tables.version_file,
            (
                {
                    "version_digest": version.digest,
                    "path": file.path,
                    "digest": file.digest,
                    "size": file.size,
                    "media_type": file.media_type,
                }
                for file in version.files
            ),
        )
        names = sorted(set(version.collections))
        self._add_all(tables.collection, ({"version_digest": version.digest, "collection": n} for n in names))
        self._set_facets(version.digest, version.facets)

    def _set_facets(self, digest: Digest, claims: Iterable[FacetClaim]) -> None:
        self._next_step()
        self._add(tables.facet_set, version_digest=digest)
        self._add_all(
            tables.facet_claim,
            (
                {
                    "version_digest": digest,
                    "facet": claim.facet.value,
                    "subject": claim.subject,
                    "status": claim.status.value,
                    "by": claim.by,
                }
                for claim in claims
            ),
        )

    def _set_state(self, entity: str, status: AssetStatus, name: str, reason: str) -> None:
        self._next_step()
        self._add(tables.asset_state, entity=entity, status=status.value, name=name, reason=reason)

    def _state(self, entity: str) -> AssetVersion:
        return AssetQueries(self._connection).newest(entity)

    def _refuse_taken(self, version: AssetVersion) -> None:
        row = tables.asset_version.c
        same = (row.digest == version.digest) | ((row.entity == version.entity) & (row.version == version.version))
        taken = self._connection.execute(select(row.entity, row.version, row.digest).where(same)).first()
        if taken is not None:
            raise Conflict(f"{taken.entity} {taken.version} exists already, with the digest {taken.digest}")
