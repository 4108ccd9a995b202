"""Judge foreign files: Content Credentials, inventories and packages, by the pass rule of `provenance.verify`.

The rule runs in the limited child. What it asks the catalog is answered here: the child is run again with the
answers until it asks nothing new, so that it never holds the catalog.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from assetlib.intake.harness import run_many
from assetlib.intake.limits import Limits
from assetlib.usd.errors import UsdError
from assetlib.usd.usdz import package_view
from provenance.digest import Digest
from provenance.packages import looks_like_zip
from provenance.reading import Outcome, Reading
from provenance.trust import TrustedSigner, TrustTable
from provenance.verdict import Catalog, judge
from provenance.verify import INVENTORIES, verify_file

VERIFY_LIMITS = Limits(memory=4 << 30, cpu_seconds=120, wall_seconds=180.0, file_size=1 << 20)
_CHUNK = 16
_ROUNDS = 4
_FOLDERS_ABOVE = 4

_Asked = tuple[str | None, str]


def intake_verify(
    paths: Sequence[Path],
    *,
    trust: TrustTable | None,
    catalog: Catalog | None = None,
    manifests: Mapping[Path, bytes] | None = None,
    workers: int = 2,
    limits: Limits = VERIFY_LIMITS,
) -> list[dict[str, Any]]:
    """The `verify` JSON of each file, in order. A file that ends its reader fails; it stops no other.

    `manifests` gives credentials that were found elsewhere, such as in the catalog, by path. Without `trust`
    nothing passes.
    """
    known: dict[_Asked, bool] = {}
    documents: dict[Path, dict[str, Any]] = {}
    waiting = list(dict.fromkeys(paths))
    for _ in range(_ROUNDS):
        answers = _judge(waiting, trust, known if catalog is not None else None, manifests or {}, workers, limits)
        documents |= answers
        asked = {path: [q for q in _asked(answers[path]) if q not in known] for path in waiting}
        waiting = [path for path in waiting if asked[path]]
        if catalog is None or not waiting:
            break
        known |= {q: catalog(q[0], Digest(q[1])) for path in waiting for q in asked[path]}
    return [{name: value for name, value in documents[path].items() if name != "asked"} for path in paths]


def _judge(
    paths: list[Path],
    trust: TrustTable | None,
    known: dict[_Asked, bool] | None,
    manifests: Mapping[Path, bytes],
    workers: int,
    limits: Limits,
) -> dict[Path, dict[str, Any]]:
    common = {
        "trust": None if trust is None else _trust_to_json(trust),
        "known": None if known is None else [[entity, digest, answer] for (entity, digest), answer in known.items()],
    }
    payloads = [
        {"path": path, "name": str(path), "manifest": _encoded(manifests.get(path)), **common} for path in paths
    ]
    inputs = sorted({place for path in paths for place in _places(path)})
    answers = run_many("verify", payloads, inputs=inputs, output=None, limits=limits, workers=workers, chunk=_CHUNK)
    return {
        path: answer.value if answer.was_read else _unreadable(path, answer.reason)
        for path, answer in zip(paths, answers, strict=True)
    }


def _places(path: Path) -> list[Path]:
    """The file, its sidecar, the inventories beside and above it with theirs, and what an inventory may list."""
    names = [f"{stem}{ending}" for stem in INVENTORIES for ending in (".json", ".c2pa", ".json.c2pa")]
    above = [folder / name for folder in list(path.absolute().parents)[:_FOLDERS_ABOVE] for name in names]
    beside = [path.with_name(path.name + ".c2pa"), path.with_suffix(".c2pa")]
    whole = [path.absolute().parent] if path.suffix == ".json" and path.stem in INVENTORIES else []
    return [path, *whole, *(place for place in (*beside, *above) if place.is_file())]


def _unreadable(path: Path, reason: str) -> dict[str, Any]:
    reading = Reading(outcome=Outcome.UNREADABLE, reason=reason)
    return judge(str(path), reading, trust=None).to_json()


def _asked(document: dict[str, Any]) -> list[_Asked]:
    return [(entity, digest) for entity, digest in document.get("asked", [])]


def _encoded(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _trust_to_json(trust: TrustTable) -> dict[str, Any]:
    return {
        "anchors": trust.anchors_pem.decode("ascii"),
        "tsa": trust.tsa_anchors_pem.decode("ascii"),
        "config": trust.trust_config,
        "signers": None
        if trust.signers is None
        else [
            [s.issuer, s.serial, s.name, s.development, None if s.revoked_at is None else s.revoked_at.isoformat()]
            for s in trust.signers
        ],
    }


# In the limited child --------------------------------------------------------------------------


def judge_file(
    path: Path, name: str, trust: dict[str, Any] | None, manifest: str | None, known: list[list[Any]] | None
) -> dict[str, Any]:
    """The verdict on one file, and what it asked the catalog; an unknown answer counts as no."""
    asked: list[tuple[str | None, str]] = []
    answers = {(entity, digest): bool(answer) for entity, digest, answer in known or []}

    def catalog(entity: str | None, digest: Digest) -> bool:
        asked.append((entity, digest))
        return answers.get((entity, digest), False)

    verdict = verify_file(
        path,
        trust=None if trust is None else _trust_from_json(trust),
        catalog=None if known is None else catalog,
        usdz_view=_view(path),
        manifest=None if manifest is None else base64.b64decode(manifest),
        name=name,
    )
    return {**verdict.to_json(), "asked": list(dict.fromkeys(asked))}


def _view(path: Path) -> list[tuple[str, int, int]] | None:
    with path.open("rb") as stream:
        is_package = looks_like_zip(stream.read(4)) and path.suffix.lower() == ".usdz"
    if not is_package:
        return None
    try:
        return list(package_view(path))
    except UsdError:
        return []  # OpenUSD finds nothing in it: differs from any signed list


def _trust_from_json(document: dict[str, Any]) -> TrustTable:
    signers = document["signers"]
    return TrustTable(
        anchors_pem=document["anchors"].encode("ascii"),
        tsa_anchors_pem=document["tsa"].encode("ascii"),
        trust_config=document["config"],
        signers=None if signers is None else tuple(map(_signer_from_json, signers)),
    )


def _signer_from_json(row: list[Any]) -> TrustedSigner:
    issuer, serial, name, development, revoked_at = row
    return TrustedSigner(
        issuer=issuer,
        serial=serial,
        name=name,
        development=development,
        revoked_at=None if revoked_at is None else datetime.fromisoformat(revoked_at),
    )
