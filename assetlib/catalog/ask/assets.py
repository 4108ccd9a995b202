"""Asking for assets: by reference, by name, by file, and along the lineage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, or_, select

from assetlib.catalog import rows, tables
from assetlib.catalog.history import current
from assetlib.catalog.refusals import Ambiguous, NotFound, absent
from assetlib.model.asset import AssetKind, AssetStatus, AssetVersion, Derivation, DerivationKind, FacetClaim
from assetlib.model.ids import EntityUri
from provenance.digest import Digest

T = TypeVar("T")

_BATCH = 500  # bound variables per statement; SQLite's limit is far above
_SILENT = [kind.value for kind in DerivationKind if not kind.transmits_rights]


class AssetQueries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def version(self, reference: str, *, as_known: datetime | None = None) -> AssetVersion:
        """The version that `reference` means: an entity URI with or without ``?version=v003|latest|hero|sha256:…``,
        a digest, or a plain name. Raises NotFound, Ambiguous, or MalformedReference for a broken URI."""
        if reference.startswith("sha256:"):
            return self._one(tables.asset_version.c.digest == reference, reference, as_known)
        if "://" not in reference:
            return self.newest(self.entity(reference), as_known=as_known)
        uri = EntityUri.parse(reference)
        entity = str(EntityUri(path=uri.path, production=uri.production))
        match uri.version:
            case None | "latest":
                return self.newest(entity, as_known=as_known)
            case "hero":
                return self._one(tables.asset_version.c.digest == self._hero(entity), reference, as_known)
            case selector:
                column = "digest" if selector.startswith("sha256:") else "version"
                exact = tables.asset_version.c[column] == selector
                return self._one((tables.asset_version.c.entity == entity) & exact, reference, as_known)

    def newest(self, entity: str, *, as_known: datetime | None = None) -> AssetVersion:
        """The version recorded last; raises NotFound."""
        return self._one(tables.asset_version.c.entity == entity, entity, as_known)

    def entity(self, name: str) -> str:
        """The URI of the asset called `name` now, or whose path ends so, or that was once called so."""
        state = current(tables.asset_state, ["entity"])
        named = self._texts(select(state.c.entity).where(state.c.name == name))
        ends = tables.asset.c.entity.endswith("/" + name, autoescape=True)
        found = (
            named
            or self._texts(select(tables.asset.c.entity).where(ends))
            or self._texts(select(tables.alias.c.entity).where(tables.alias.c.alias == name))
        )
        if not found:
            paths = self._texts(select(state.c.entity))
            known = {*self._texts(select(state.c.name)), *(path.rpartition("/")[2] for path in paths)}
            raise absent(f"no asset is called {name!r}; 'assetlib asset list' shows them", name, known)
        if len(found) > 1:
            raise Ambiguous(f"{name!r} may be any of {', '.join(sorted(found))}; give the whole URI")
        return found.pop()

    def versions(self, entity: str) -> tuple[AssetVersion, ...]:
        """Every version of an asset, oldest first."""
        return self._load(tables.asset_version.c.entity == entity)

    def assets(self, kind: AssetKind | None = None, status: AssetStatus | None = None) -> tuple[AssetVersion, ...]:
        """The newest version of every asset, by entity."""
        version = current(tables.asset_version, ["entity"])
        digests = select(version.c.digest).join(tables.asset, tables.asset.c.entity == version.c.entity)
        if kind is not None:
            digests = digests.where(tables.asset.c.kind == kind.value)
        found = self._load(tables.asset_version.c.digest.in_(digests))
        return tuple(sorted((v for v in found if status in (None, v.status)), key=lambda v: v.entity))

    def by_digest(self, digests: Iterable[Digest], *, as_known: datetime | None = None) -> tuple[AssetVersion, ...]:
        """The versions among `digests`, in ledger order; digests of other things are passed over."""
        return tuple(
            version
            for batch in _batches(sorted(set(digests)))
            for version in self._load(tables.asset_version.c.digest.in_(batch), as_known)
        )

    def closure(
        self, digests: Iterable[Digest], *, as_known: datetime | None = None, silent: bool = False
    ) -> tuple[tuple[AssetVersion, ...], tuple[Derivation, ...]]:
        """`digests` and all their ancestors, with the edges between them. Edges that carry no rights
        (inspired_by) only with `silent`. An ancestor that no version has shows as an edge without one."""
        reached, edges = self._walk(digests, tables.derivation.c.child, tables.derivation.c.parent, as_known, silent)
        return self.by_digest(reached, as_known=as_known), edges

    def descendants(self, digest: Digest, *, silent: bool = False) -> tuple[Digest, ...]:
        """Everything made from `digest`, at any distance: versions and takes; without itself."""
        derived = tables.derivation.c
        return tuple(sorted(self._reach(digest, derived.parent, derived.child, silent) - {digest}))

    def ancestors(self, digest: Digest, *, silent: bool = False) -> tuple[Digest, ...]:
        """Everything that `digest` was made from, at any distance; without itself."""
        derived = tables.derivation.c
        return tuple(sorted(self._reach(digest, derived.child, derived.parent, silent) - {digest}))

    def shots_below(self, digest: Digest) -> tuple[str, ...]:
        """The shots with a take that was made from `digest`, at any distance."""
        derived, take = tables.derivation.c, tables.take.c
        walk = _chain(digest, derived.parent, derived.child, silent=False)
        query = select(take.shot).distinct().join(walk, walk.c.digest == take.digest).order_by(take.shot)
        return tuple(self._connection.execute(query).scalars())

    def _reach(self, digest: Digest, near: Any, far: Any, silent: bool) -> set[Digest]:
        return {Digest(d) for d in self._texts(select(_chain(digest, near, far, silent=silent).c.digest))}

    def version_by_file(self, digest: Digest) -> tuple[AssetVersion, ...]:
        """The versions that hold this file."""
        holds = select(tables.version_file.c.version_digest).where(tables.version_file.c.digest == digest)
        return self._load(tables.asset_version.c.digest.in_(holds))

    def aliases(self, entity: str) -> tuple[str, ...]:
        return tuple(sorted(self._texts(select(tables.alias.c.alias).where(tables.alias.c.entity == entity))))

    def _walk(
        self, digests: Iterable[Digest], near: Any, far: Any, as_known: datetime | None, silent: bool
    ) -> tuple[set[Digest], tuple[Derivation, ...]]:
        start = sorted(set(digests))
        passes: list[Any] = [] if silent else [tables.derivation.c.kind.not_in(_SILENT)]
        if as_known is not None:
            passes.append(tables.derivation.c.recorded_at <= as_known)
        edges: dict[tuple[str, str, str], Derivation] = {}
        for batch in _batches(start):
            walk = select(far.label("digest")).where(near.in_(batch), *passes).cte("walk", recursive=True)
            walk = walk.union(select(far.label("digest")).join(walk, near == walk.c.digest).where(*passes))
            inside = or_(near.in_(batch), near.in_(select(walk.c.digest)))
            for row in self._connection.execute(select(tables.derivation).where(inside, *passes)):
                edge = rows.derivation(row)
                edges[edge.child, edge.parent, edge.kind] = edge
        reached = {*start, *(end for edge in edges.values() for end in (edge.parent, edge.child))}
        return reached, tuple(edges[key] for key in sorted(edges))

    def _hero(self, entity: str) -> str:
        hero = current(tables.hero, ["entity"], tables.hero.c.entity == entity)
        digest: str | None = self._connection.execute(select(hero.c.digest)).scalar()
        if digest is None:
            raise NotFound(f"no version of {entity} was chosen as hero; name a version")
        return digest

    def _texts(self, query: Any) -> set[str]:
        return set(self._connection.execute(query).scalars())

    def _one(self, condition: Any, reference: str, as_known: datetime | None) -> AssetVersion:
        row = tables.asset_version.c
        query = select(row.digest).where(condition).order_by(row.ledger_index.desc(), row.step.desc()).limit(1)
        if as_known is not None:
            query = query.where(row.recorded_at <= as_known)
        digest = self._connection.execute(query).scalar()
        if digest is None:
            raise NotFound(f"nothing is registered as {reference}; 'assetlib asset list' shows what is")
        return self._load(row.digest == digest, as_known)[0]

    def _load(self, condition: Any, as_known: datetime | None = None) -> tuple[AssetVersion, ...]:
        """Versions with their files, facets and the asset's present name and status, in ledger order."""
        version = tables.asset_version
        entities = tables.asset_state.c.entity.in_(select(version.c.entity).where(condition))
        state = current(tables.asset_state, ["entity"], entities, as_known=as_known)
        query = (
            select(version, tables.asset.c.kind, state.c.name, state.c.status)
            .join(tables.asset, tables.asset.c.entity == version.c.entity)
            .join(state, state.c.entity == version.c.entity)
            .where(condition)
            .order_by(version.c.ledger_index, version.c.step, version.c.digest)
        )
        found = self._connection.execute(query).all()
        digests = [row.digest for row in found]
        files = self._parts(tables.version_file, digests, rows.asset_file, "path")
        groups = self._parts(tables.collection, digests, lambda row: str(row.collection), "collection")
        facets = self._facets(digests, as_known)
        return tuple(
            rows.asset_version(row, facets[row.digest], files[row.digest], groups[row.digest]) for row in found
        )

    def _parts(
        self, table: Table, digests: list[str], value: Callable[[Any], T], order: str
    ) -> defaultdict[str, list[T]]:
        parts: defaultdict[str, list[T]] = defaultdict(list)
        for batch in _batches(digests):
            query = select(table).where(table.c.version_digest.in_(batch)).order_by(table.c[order])
            for row in self._connection.execute(query):
                parts[row.version_digest].append(value(row))
        return parts

    def _facets(self, digests: list[str], as_known: datetime | None) -> defaultdict[str, list[FacetClaim]]:
        claims: defaultdict[str, list[FacetClaim]] = defaultdict(list)
        claim = tables.facet_claim
        for batch in _batches(digests):
            latest = current(
                tables.facet_set, ["version_digest"], tables.facet_set.c.version_digest.in_(batch), as_known=as_known
            )
            same = [claim.c[name] == latest.c[name] for name in ("version_digest", "ledger_index", "step")]
            query = select(claim).join(latest, same[0] & same[1] & same[2]).order_by(claim.c.facet, claim.c.subject)
            for row in self._connection.execute(query):
                claims[row.version_digest].append(rows.facet_claim(row))
        return claims


def _chain(digest: Digest, near: Any, far: Any, *, silent: bool) -> Any:
    """All that hangs on `digest` in one direction, each once: UNION ends also where edges run in a circle."""
    passes = [] if silent else [tables.derivation.c.kind.not_in(_SILENT)]
    walk = select(far.label("digest")).where(near == digest, *passes).cte("chain", recursive=True)
    return walk.union(select(far.label("digest")).join(walk, near == walk.c.digest).where(*passes))


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]
