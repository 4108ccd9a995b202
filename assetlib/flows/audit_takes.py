"""The verification stage of an audit: every byte of every take hashed once, every signature and ingredient walked.

A take carries two signed things, its sequence inventory and its clip. The inventory answers for the pictures; what is
not listed in it (the account of how it was made) is held against the digest on record. Reading and hashing run on
two threads, since both leave the interpreter's lock; judging asks the catalog and runs on the caller's.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from assetlib.audit.report import AuditedFile, AuditedTake
from assetlib.flows.verify_asset import blob_defects, listing_defects, stored_bytes
from assetlib.model.asset import AssetFile
from assetlib.model.shot import Take
from assetlib.storage.store import StorageRefused
from provenance.credentials import read_stream
from provenance.digest import Digest, digest_bytes
from provenance.packages import MEDIA_TYPE, claim_defects
from provenance.reading import Outcome, Reading
from provenance.verdict import OURS, Catalog, Judgment, Step, Verdict, judge

if TYPE_CHECKING:
    from assetlib.library import Library

INVENTORY, SIDECAR, ACCOUNT = "frames.json", "frames.c2pa", "take.json"
_WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What reading one signed file gave, before anybody judges it; `shown` is its name in the report."""

    shown: str
    digest: Digest
    reading: Reading
    defects: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeFiles:
    """A take as recorded, its files, and what examining them gave."""

    take: Take
    files: tuple[AssetFile, ...]
    examined: tuple[Examined, ...]
    account: Mapping[str, Any]


def examine_takes(library: Library, takes: Iterable[tuple[Take, tuple[AssetFile, ...]]]) -> tuple[TakeFiles, ...]:
    """Hash every blob and read every manifest of `takes`; damage is in the answers, never raised."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        return tuple(pool.map(lambda held: _examine(library, *held), list(takes)))


def judged_take(library: Library, catalog: Catalog, held: TakeFiles, *, image: str) -> AuditedTake:
    """The pass rule over each signed file of a take; `catalog` may be shared, so that no bytes are asked for twice."""
    verdict = partial(_judge, library, catalog)
    take = held.take
    return AuditedTake(
        code=take.code,
        digest=take.digest,
        status=take.status.value,
        generator=take.generator,
        source_type=take.source_type.rsplit("/", 1)[-1],
        isolation=str(held.account.get("isolation", "not recorded")),
        seed=str(take.seed),
        decision=take.decision,
        permit=take.permit,
        made_at=take.created_at.isoformat(),
        made_by=take.created_by,
        files=tuple(_shown(one, verdict(one)) for one in held.examined),
        image=image,
        model=", ".join(map(str, held.account.get("models", ()))),
    )


def _examine(library: Library, take: Take, files: tuple[AssetFile, ...]) -> TakeFiles:
    by_path = {file.path: file for file in files}
    clips = [file for file in files if file.media_type.startswith("video/")]
    rest = [file for file in files if file not in clips and file.path not in (INVENTORY, SIDECAR, ACCOUNT)]
    account, unread = _account(library, by_path.get(ACCOUNT))
    sequence = _sequence(library, take, by_path, (*blob_defects(library, rest), *unread))
    return TakeFiles(
        take=take, files=files, examined=(sequence, *(_clip(library, clip) for clip in clips)), account=account
    )


def _sequence(library: Library, take: Take, files: Mapping[str, AssetFile], defects: tuple[Step, ...]) -> Examined:
    """The inventory with its manifest; defects of the files that it answers for count against it."""
    listed = manifest = None
    for name in (INVENTORY, SIDECAR):
        if name not in files:
            defects += (Step(step=1, code="manifest.missing", sentence=f"the take has no {name}"),)
            continue
        data, unread = stored_bytes(library, files[name].digest, name)
        defects += unread
        listed, manifest = (data, manifest) if name == INVENTORY else (listed, data)
    reading = Reading(outcome=Outcome.ABSENT, reason="the signed inventory of its frames cannot be read")
    if listed is not None and manifest is not None:
        if digest_bytes(listed) != take.digest:
            defects += (Step(step=9, code="take.differs", sentence="the inventory is not the one on record"),)
        reading = read_stream(io.BytesIO(listed), media_type=MEDIA_TYPE, manifest=manifest, trust=library.trust)
        active = reading.active_manifest
        defects += listing_defects(listed, tuple(files.values()))
        defects += () if active is None else claim_defects(active.data_of(f"{OURS}layers"), listed)
    frames = sum(1 for path in files if path.endswith(".png"))
    return Examined(shown=f"{INVENTORY} ({frames} frames)", digest=take.digest, reading=reading, defects=defects)


def _clip(library: Library, clip: AssetFile) -> Examined:
    try:
        with library.store.open(clip.digest) as stream:
            reading = read_stream(stream, media_type=clip.media_type, trust=library.trust)
    except StorageRefused as error:
        damage = Step(step=9, code="file.damaged", sentence=f"{clip.path}: {error}")
        reading = Reading(outcome=Outcome.UNREADABLE, reason="its bytes are damaged or gone")
        return Examined(shown=clip.path, digest=clip.digest, reading=reading, defects=(damage,))
    return Examined(shown=clip.path, digest=clip.digest, reading=reading, defects=())


def account_of(library: Library, files: Sequence[AssetFile]) -> dict[str, Any]:
    """How a take says that it was made; empty when that cannot be read."""
    return _account(library, next((file for file in files if file.path == ACCOUNT), None))[0]


def _account(library: Library, file: AssetFile | None) -> tuple[dict[str, Any], tuple[Step, ...]]:
    if file is None:
        return {}, ()
    data, unread = stored_bytes(library, file.digest, file.path)
    return ({} if data is None else json.loads(data)), unread


def _judge(library: Library, catalog: Catalog, one: Examined) -> Verdict:
    return judge(one.shown, one.reading, trust=library.trust, digest=one.digest, catalog=catalog, defects=one.defects)


def _shown(one: Examined, verdict: Verdict) -> AuditedFile:
    """Of a take's own files nothing may be unknown: a signature that is not there is a failure."""
    signer = verdict.signer
    failed = not verdict.passed
    return AuditedFile(
        name=one.shown,
        digest=one.digest,
        verdict=Judgment.FAIL.value if failed else Judgment.PASS.value,
        findings=tuple(step.sentence for step in verdict.findings),
        signer="" if signer is None else signer.common_name or signer.issuer,
        ingredients=len(verdict.ingredients),
    )


def sentences_of_failure(files: Sequence[AuditedFile]) -> tuple[str, ...]:
    """One sentence for each file that does not pass."""
    return tuple(
        f"{file.name}: {file.findings[0] if file.findings else 'not signed'}"
        for file in files
        if file.verdict != "pass"
    )
