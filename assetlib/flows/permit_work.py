"""The permit for one generation and the run under it: minted from a recorded decision, redeemed once, then used.

The generator gets the files that the permit names and nothing else.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.flows.ask import Recorded
from assetlib.flows.frame_passes import FramedFrame
from assetlib.flows.generation_order import Order
from assetlib.flows.model_request import lineage, read_manifest
from assetlib.model.shot import Shot
from assetlib.rights.permits import ClearedFile, mint
from generators.request import GenerationRequest
from generators.result import GenerationResult
from generators.run import digests_needed, generator_id, run
from provenance.decision import Permit
from provenance.digest import Digest, digest_file

if TYPE_CHECKING:
    from assetlib.library import Library
    from generators.api import Generator


def permit_for(
    library: Library,
    order: Order,
    shot: Shot,
    recorded: Recorded,
    generator: Generator,
    request: GenerationRequest,
) -> Permit:
    """Mint from the recorded decision, over the framed passes and every other file, and keep it on record.

    Raises PermitRefused for a file that was made from something else than was decided upon.
    """
    made_from = lineage(library, shot, None if order.model is None else Digest(order.model), request)
    manifest = read_manifest(library, request)
    needed = digests_needed(generator, request, manifest)
    now = library.clock()
    with library.catalog.operations(now) as operations:
        permit = mint(
            recorded.for_permit(),
            [ClearedFile(digest=digest, lineage=made_from.get(digest, ())) for digest in needed],
            library.permit_key,
            key_id=library.permit_key_id,
            permit_id=operations.next_id("P"),
            generator=generator_id(generator),
            request=request.digest(),
            actor=recorded.decision.question.requester,
            nonce=secrets.token_hex(16),
            now=now,
        )
        operations.issue_permit(permit)
    return permit


def run_under(
    library: Library,
    generator: Generator,
    request: GenerationRequest,
    permit: Permit,
    framed: tuple[FramedFrame, ...],
    work: Path,
    canceled: Callable[[], bool],
) -> GenerationResult:
    files = {f.digest: f.beauty for f in framed}
    files |= {digest_file(f.depth): f.depth for f in framed if f.depth is not None}

    def blobs(digest: Digest) -> Path:
        return files[digest] if digest in files else library.store.path(digest)

    with library.catalog.operations(library.clock()) as operations:
        operations.redeem_permit(permit.id)
    return run(
        generator,
        request,
        permit=permit,
        public_key=library.permit_public_key,
        blobs=blobs,
        workdir=fresh(work / "run"),
        now=library.clock(),
        isolation=library.isolation,
        canceled=canceled,
    )


def fresh(folder: Path) -> Path:
    """An empty folder; what an interrupted attempt left in it is worthless and goes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
