"""Lineage at the size of a studio: 100,000 versions, a million edges, 20,000 shots, 3,000 licenses.

Rows are seeded in bulk behind the committer's back; what is timed are the queries that flows ask. The bare
recursive SQL beside them is the same walk as a text statement on the same connection's database.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from assetlib.catalog import tables
from assetlib.catalog.catalog import Catalog
from provenance.digest import digest_bytes

ISSUE = 3
VERSIONS, SHOTS, LICENSES, PARENTS, BLOCK = 100_000, 20_000, 3_000, 8, 420
LOCAL = 0.998
ASKED = 60
_AT = datetime(2026, 11, 21, tzinfo=UTC)
_BARE = """
WITH RECURSIVE chain(digest) AS (
  SELECT child FROM derivation WHERE parent = :root AND kind <> 'inspired_by'
  UNION SELECT d.child FROM derivation d JOIN chain ON d.parent = chain.digest WHERE d.kind <> 'inspired_by')
SELECT DISTINCT take.shot FROM take JOIN chain ON chain.digest = take.digest ORDER BY take.shot
"""


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        rows = _measured("SQLite", f"sqlite:///{folder}/lineage.db")
    from tests.databases import postgres_server

    with postgres_server() as server:
        rows += _measured("PostgreSQL", server.empty())
    return rows


def _measured(name: str, url: str) -> list[dict[str, Any]]:
    rng = random.Random(20261121)
    catalog = Catalog.create(url)
    try:
        with catalog.transaction() as connection:
            _seed(connection, rng)
        with catalog.transaction() as connection:
            connection.execute(text("ANALYZE"))
        roots = [_version(n) for n in rng.sample(range(0, VERSIONS, BLOCK), ASKED)]
        shots = [_take(n) for n in rng.sample(range(SHOTS), ASKED)]
        licenses = [_license(n) for n in rng.sample(range(LICENSES), ASKED)]
        with catalog.reader() as queries:
            listed = _p50(queries.shots_under, licenses)
            above = _p50(queries.ancestors, shots)
            sizes = statistics.median(len(queries.ancestors(shot)) for shot in shots)
            ours, bare = _paired(queries.shots_below, lambda root: _bare(queries, root), roots)
            if any(queries.shots_below(root) != _bare(queries, root) for root in roots[:5]):
                raise AssertionError("the two walks disagree")
    finally:
        catalog.close()
    return [
        _row(f"{name}: shots of a license, listed", listed, None, "≤ 1 ms", listed <= 1),
        _row(f"{name}: shots below an asset, by recursion", ours, bare, "≤ 1.2× bare SQL", ours <= 1.2 * bare),
        _row(f"{name}: {sizes:.0f} ancestors of a shot, p50", above, None, "≤ 10 ms", above <= 10),
    ]


def _bare(queries: Any, root: str) -> tuple[str, ...]:
    return tuple(queries._connection.execute(text(_BARE), {"root": root}).scalars())


def _p50(ask: Callable[[Any], Any], about: list[Any]) -> float:
    return statistics.median(_milliseconds(ask, one) for one in about)


def _paired(ours: Callable[[Any], Any], bare: Callable[[Any], Any], about: list[Any]) -> tuple[float, float]:
    pairs = [(_milliseconds(ours, one), _milliseconds(bare, one)) for _ in range(3) for one in about]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def _milliseconds(ask: Callable[[Any], Any], about: Any) -> float:
    started = time.perf_counter()
    ask(about)
    return (time.perf_counter() - started) * 1e3


def _row(name: str, value: float, baseline: float | None, demand: str, met: bool) -> dict[str, Any]:
    return {
        "issue": ISSUE,
        "name": name,
        "value": round(value, 3),
        "unit": "ms",
        "baseline": None if baseline is None else f"bare recursive SQL, {baseline:.2f} ms",
        "ratio": None if baseline is None else round(value / baseline, 3),
        "demand": demand,
        "met": met,
    }


def _seed(connection: Connection, rng: random.Random) -> None:
    leaf = {"seq": 0, "entry": b"{}", "leaf_hash": bytes(32), "kind": "seed", "at": _AT}
    connection.execute(insert(tables.leaf), [leaf])
    _fill(connection, tables.asset, ({"entity": f"assetlib:///props/p{n}", "kind": "prop"} for n in range(VERSIONS)))
    _fill(connection, tables.asset_version, (_version_row(n) for n in range(VERSIONS)))
    _fill(connection, tables.derivation, _edges(rng))
    _fill(connection, tables.take, (_take_row(n) for n in range(SHOTS)))
    links = ({"shot": f"s{n}", "license": _license(rng.randrange(LICENSES))} for n in range(SHOTS) for _ in range(3))
    _fill(connection, tables.shot_license, {(r["shot"], r["license"]): r for r in links}.values())


def _fill(connection: Connection, table: Any, rows: Any) -> None:
    batch: list[dict[str, Any]] = []
    for step, row in enumerate(rows):
        batch.append({**row, "ledger_index": 0, "step": step, "recorded_at": _AT})
        if len(batch) == 20_000:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)


def _edges(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Versions are made from earlier ones of their block, seldom of another; a take from the last of its block."""
    for n in range(VERSIONS):
        first = n - n % BLOCK
        parents = {rng.randrange(max(first, n - 40), n) for _ in range(PARENTS)} if n > first else set()
        if n > BLOCK and rng.random() > LOCAL:
            parents.add(rng.randrange(n))
        yield from (_edge(_version(parent), _version(n)) for parent in sorted(parents))
    blocks = VERSIONS // BLOCK
    for n in range(SHOTS):
        last = (n % blocks) * BLOCK + BLOCK - 1
        yield from (_edge(_version(last - k), _take(n)) for k in range(PARENTS + 2))


def _edge(parent: str, child: str) -> dict[str, Any]:
    return {"parent": parent, "child": child, "kind": "reference", "job": None}


def _version_row(n: int) -> dict[str, Any]:
    return {
        "digest": _version(n),
        "entity": f"assetlib:///props/p{n}",
        "version": "v001",
        "source_type": "digitalCreation",
        "created_by": "li",
        "created_at": _AT,
        "manifest": None,
        "thumbnail": None,
    }


def _take_row(n: int) -> dict[str, Any]:
    return {
        "shot": f"s{n}",
        "number": 1,
        "digest": _take(n),
        "decision": "D-000001",
        "permit": "P-000001",
        "generator": "render 1",
        "source_type": "algorithmicMedia",
        "created_at": _AT,
        "created_by": "li",
        "seed": 0,
    }


def _version(n: int) -> str:
    return digest_bytes(f"version {n}".encode())


def _take(n: int) -> str:
    return digest_bytes(f"take {n}".encode())


def _license(n: int) -> str:
    return f"LIC-2026-{n:04d}"
