"""Permits and requests for tests of the generation door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from generators.api import Generator
from generators.model_manifest import ModelManifest
from generators.request import ClearedReference, ControlPass, Controls, GenerationRequest, MediaRef, Modality, PassKind
from generators.run import digests_needed, generator_id
from provenance.decision import Permit
from provenance.digest import Digest, digest_bytes

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Shelf:
    """Bytes by digest; remembers what was asked for."""

    def __init__(self, *contents: bytes) -> None:
        self.contents = {digest_bytes(data): data for data in contents}
        self.asked: list[Digest] = []

    def add(self, data: bytes) -> Digest:
        self.contents[digest_bytes(data)] = data
        return digest_bytes(data)

    def raw(self, digest: Digest) -> bytes:
        return self.contents[digest]

    def in_folder(self, folder: Path) -> Any:
        def find(digest: Digest) -> Path:
            self.asked.append(digest)
            path = folder / digest.removeprefix("sha256:")
            if not path.exists():
                path.write_bytes(self.contents[digest])
            return path

        return find


def media(data: bytes, media_type: str = "image/png") -> MediaRef:
    return MediaRef(digest=digest_bytes(data), media_type=media_type, width=64, height=64, colorspace="sRGB")


def request_for(references: Iterable[bytes] = (), passes: Iterable[bytes] = (), **changes: Any) -> GenerationRequest:
    base = GenerationRequest(
        shot="sq010_sh0010",
        modality=Modality.IMAGE,
        width=64,
        height=64,
        frame_range=(1001, 1002),
        fps=Fraction(24),
        seed=7,
        references=tuple(
            ClearedReference(
                media=media(data), entity="assetlib:///characters/a", version="v001", role="likeness", name=f"r{i}"
            )
            for i, data in enumerate(references)
        ),
        controls=Controls(
            passes=tuple(ControlPass(kind=PassKind.DEPTH, media=media(data), space="metric") for data in passes)
        ),
    )
    return replace(base, **changes)


def permit_for(
    generator: Generator,
    request: GenerationRequest,
    model: ModelManifest | None = None,
    /,
    *,
    key: Ed25519PrivateKey = KEY,
    **changes: Any,
) -> Permit:
    """A permit that fits, signed; `changes` are made before signing."""
    fitting = Permit(
        id="P-000001",
        decision="D-000001",
        decision_digest=digest_bytes(b"decision"),
        recipient=generator.prepare(request).recipient,
        generator=generator_id(generator),
        request=request.digest(),
        digests=digests_needed(generator, request, model),
        actor="person:jd",
        issued_at=NOW - timedelta(seconds=5),
        expires_at=NOW + timedelta(seconds=55),
        nonce="n",
        checkpoint=digest_bytes(b"checkpoint"),
        key_id="permit-1",
    )
    unsigned = replace(fitting, **changes)
    return replace(unsigned, signature=key.sign(unsigned.payload()))
