"""Write and read Content Credentials. The only importer of c2pa.

Signing writes beside the target and renames: a target is whole and signed, or not there. The pixels
are never re-encoded. Each call has its own Builder, Reader, Context and engine signer, so calls may
run in threads. Nothing here opens a connection, except c2pa's own call to `timestamp_url`, which the
caller has had checked by `provenance.transport`.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import struct
import tempfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from provenance.authority import create_authority
from provenance.claims import Manifest, signed_document
from provenance.digest import Digest, digest_bytes, digest_file
from provenance.errors import IngredientRefused, SigningFailed
from provenance.keyfiles import sync_directory
from provenance.reading import Outcome, Reading, reading_from_json
from provenance.signers import Signer, open_signer
from provenance.trust import TrustTable, c2pa_settings
from provenance.verdict import foundation_defects

if TYPE_CHECKING:
    import c2pa

T = TypeVar("T")

_SIDECAR_TYPES = {"c2pa", "application/c2pa"}  # with these the engine would take the file for a manifest
_VERIFYING, _OPEN_AT_ONCE = 2, 32
_AS_READ = {"usdz": "zip", "m4s": "mp4", "jpe": "jpg"}  # suffixes the engine does not know, and what they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """A file to be recorded as an ingredient; `label` is what actions cite in `ingredientIds`.

    A signed file must pass steps 1–5. `foreign` accepts a camera's or provider's intact manifest whose
    signer is not (yet) trusted; never a tampered one.
    """

    path: Path
    media_type: str
    title: str
    relationship: str
    label: str
    foreign: bool = False


def sign_embedded(
    source: Path,
    target: Path,
    media_type: str,
    manifest: Manifest,
    *,
    signer: Signer,
    trust: TrustTable | None,
    ingredients: Sequence[Ingredient] = (),
    timestamp_url: str | None = None,
    durable: bool = True,
) -> Digest:
    """Write `source` with `manifest` in it to `target` and return the digest of the signed file.

    Without `durable` a power cut may lose it: for a file on its way into a store, which syncs it itself.
    Raises SigningFailed or IngredientRefused; `target` is then as it was.
    """
    staged = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with source.open("rb") as original, staged.open("x+b") as signed:
            watched = _Watched(signed)
            try:
                _sign(original, watched, engine_format(media_type), manifest, signer, trust, ingredients, timestamp_url)
            except SigningFailed:
                if watched.failure is not None:
                    raise watched.failure from None
                raise
            signed.flush()
            if durable:
                os.fsync(signed.fileno())
        digest = digest_file(staged)
        staged.replace(target)
        if durable:
            sync_directory(target.parent)
    except OSError as error:
        raise SigningFailed(f"{target.name}: not signed; {error}") from error
    finally:
        staged.unlink(missing_ok=True)
    return digest


def sign_detached(
    source: Path,
    media_type: str,
    manifest: Manifest,
    *,
    signer: Signer,
    trust: TrustTable | None,
    ingredients: Sequence[Ingredient] = (),
    timestamp_url: str | None = None,
) -> bytes:
    """The manifest for a sidecar (``FILE.c2pa``); `source` is only read. Same errors as `sign_embedded`."""
    try:
        with source.open("rb") as original:
            return sign_detached_stream(
                original,
                media_type,
                manifest,
                signer=signer,
                trust=trust,
                ingredients=ingredients,
                timestamp_url=timestamp_url,
            )
    except OSError as error:
        raise SigningFailed(f"{source.name}: not signed; {error}") from error


def sign_detached_stream(
    source: BinaryIO,
    media_type: str,
    manifest: Manifest,
    *,
    signer: Signer,
    trust: TrustTable | None,
    ingredients: Sequence[Ingredient] = (),
    timestamp_url: str | None = None,
) -> bytes:
    """`sign_detached` for bytes that are not in a file, such as an inventory."""
    if media_type in _SIDECAR_TYPES:
        raise SigningFailed(f"expected the type of the signed file, found the type of a manifest: {media_type}")
    sink: Any = _Discard()
    return _sign(source, sink, media_type, manifest, signer, trust, ingredients, timestamp_url, embed=False)


def read(
    path: Path, *, media_type: str | None = None, manifest: bytes | None = None, trust: TrustTable | None
) -> Reading:
    """The credentials of `path`, or of the sidecar `manifest` over it. Never raises for a bad file."""
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                return Reading(outcome=Outcome.UNREADABLE, reason="the file is empty")
            stream.seek(0)
            return read_stream(stream, media_type=media_type or _suffix(path), manifest=manifest, trust=trust)
    except OSError as error:
        return Reading(outcome=Outcome.UNREADABLE, reason=f"the file cannot be read: {error.strerror}")


def read_stream(
    stream: BinaryIO, *, media_type: str | None, manifest: bytes | None = None, trust: TrustTable | None
) -> Reading:
    """`read` for an open stream; `media_type` is a hint (IANA type or suffix), the bytes decide."""
    import c2pa

    hint = engine_format(media_type) if media_type else None
    if hint not in readable_formats():
        hint = None
    try:
        with c2pa.Context.from_dict(c2pa_settings(trust)) as context:
            reader = c2pa.Reader.try_create(hint, stream, manifest, context)
            if reader is None:
                return Reading(outcome=Outcome.ABSENT, reason="the file carries no Content Credentials")
            with reader:
                return reading_from_json(reader.json())
    except c2pa.C2paError as error:
        return _refusal(error)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return Reading(outcome=Outcome.UNREADABLE, reason=f"the credentials are malformed ({type(error).__name__})")


def _refusal(error: c2pa.C2paError) -> Reading:
    """What the engine's error means; only its own kinds are known, everything else is unreadable."""
    import c2pa

    text = str(error)
    if text.startswith("Remote:"):
        return Reading(outcome=Outcome.REMOTE, reason=f"the manifest lies elsewhere and is not fetched ({text})")
    if isinstance(error, c2pa.C2paError.NotSupported):
        reason = "this format carries no Content Credentials; a sidecar FILE.c2pa can be given"
        return Reading(outcome=Outcome.UNSUPPORTED, reason=reason)
    return Reading(outcome=Outcome.UNREADABLE, reason=f"the credentials cannot be read: {text}")


def _sign(
    source: BinaryIO,
    target: Any,
    media_type: str,
    manifest: Manifest,
    signer: Signer,
    trust: TrustTable | None,
    ingredients: Sequence[Ingredient],
    timestamp_url: str | None,
    *,
    embed: bool = True,
) -> bytes:
    import c2pa

    _refuse_unmatched(manifest, ingredients)
    guarded = _Guarded(signer)
    try:
        with (
            c2pa.Context.from_dict(c2pa_settings(trust)) as context,
            c2pa.Builder(manifest.definition, context) as made,
        ):
            _add_all(made, ingredients, trust)
            if not embed:
                made.set_no_embed()
            with _engine_signer(guarded, timestamp_url) as engine_signer:
                return bytes(made.sign(engine_signer, media_type, source, target))
    except c2pa.C2paError as error:
        if guarded.failure:
            raise SigningFailed(f"the signer did not sign ({guarded.failure})") from None
        raise SigningFailed(f"'{manifest.title}' was not signed: {error}") from error


def _refuse_unmatched(manifest: Manifest, ingredients: Sequence[Ingredient]) -> None:
    given = [ingredient.label for ingredient in ingredients]
    if sorted(given) != sorted(manifest.ingredient_ids):
        raise IngredientRefused(f"the claim cites ingredients {list(manifest.ingredient_ids)}, given were {given}")


def _add_all(builder: c2pa.Builder, ingredients: Sequence[Ingredient], trust: TrustTable | None) -> None:
    """Verify every reference, then add it from the same open file, so that no other file can take its place.

    Verifying runs in threads, a few files open at a time; adding to one builder does not.
    """
    if not ingredients:
        return
    with ThreadPoolExecutor(_VERIFYING) as pool:
        for start in range(0, len(ingredients), _OPEN_AT_ONCE):
            some = ingredients[start : start + _OPEN_AT_ONCE]
            with contextlib.ExitStack() as opened:
                streams = [opened.enter_context(_opened(ingredient)) for ingredient in some]
                list(pool.map(_verify, some, streams, [trust] * len(some)))  # raises the first refusal
                for ingredient, stream in zip(some, streams, strict=True):
                    _add(builder, ingredient, stream)


def _opened(ingredient: Ingredient) -> BinaryIO:
    try:
        return ingredient.path.open("rb")
    except OSError as error:
        raise IngredientRefused(f"'{ingredient.title}' cannot be read: {error.strerror}") from error


def _verify(ingredient: Ingredient, stream: BinaryIO, trust: TrustTable | None) -> None:
    _refuse_unsound(ingredient, read_stream(stream, media_type=ingredient.media_type, trust=trust))


def _add(builder: c2pa.Builder, ingredient: Ingredient, stream: BinaryIO) -> None:
    description = {
        "title": ingredient.title,
        "relationship": ingredient.relationship,
        "label": ingredient.label,
    }
    try:
        stream.seek(0)
        builder.add_ingredient(description, engine_format(ingredient.media_type), stream)
    except OSError as error:
        raise IngredientRefused(f"'{ingredient.title}' cannot be read: {error.strerror}") from error


def _refuse_unsound(ingredient: Ingredient, reading: Reading) -> None:
    if reading.outcome in (Outcome.ABSENT, Outcome.REMOTE, Outcome.UNSUPPORTED):
        return  # recorded by title; our assertion carries its sha256
    defects = foundation_defects(reading)
    # our own signature over a stranger's reads "Trusted" and records the stranger as an untrusted ingredient
    if ingredient.foreign and reading.outcome is Outcome.READ and reading.state in ("Valid", "Trusted"):
        defects = tuple(d for d in defects if d.code not in ("state.untrusted", "signingCredential.untrusted"))
    if defects:
        reasons = "; ".join(d.sentence for d in defects)
        raise IngredientRefused(f"'{ingredient.title}' may not be built upon: {reasons}")


class _Guarded:
    """Keeps a signer's exception away from the engine, which logs its text, and with it perhaps a PIN."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer
        self.failure = ""

    def __call__(self, data: bytes) -> bytes:
        try:
            return self.signer.sign(data)
        except Exception as error:  # noqa: BLE001 - whatever a back end raises must not reach the engine's log
            self.failure = type(error).__name__
        raise SigningFailed("the signer did not sign")


def _engine_signer(guarded: _Guarded, timestamp_url: str | None) -> c2pa.Signer:
    import c2pa

    algorithm = getattr(c2pa.C2paSigningAlg, guarded.signer.algorithm.upper())
    return c2pa.Signer.from_callback(guarded, algorithm, guarded.signer.chain_pem.decode("ascii"), timestamp_url)


class _Watched:
    """A destination that remembers why it failed: the engine asks again and then says nothing of the reason."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        return self._try(lambda: self._stream.write(data))

    def read(self, size: int = -1) -> bytes:
        return self._try(lambda: self._stream.read(size))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._try(lambda: self._stream.seek(offset, whence))

    def tell(self) -> int:
        return self._try(self._stream.tell)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except OSError as error:
            self.failure = self.failure or error
            raise


class _Discard:
    """A destination that drops bytes: without one the engine buffers a full copy in memory."""

    def __init__(self) -> None:
        self._position = self._end = 0

    def write(self, data: bytes) -> int:
        self._position += len(data)
        self._end = max(self._end, self._position)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._end}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Nothing is kept, so nothing is flushed."""


def engine_format(media_type: str) -> str:
    """The name under which the engine knows a media type or suffix; USDZ goes as ``zip``."""
    if media_type in ("model/vnd.usdz+zip", "application/zip"):
        return "zip"
    return _AS_READ.get(media_type, media_type)


def supported_formats() -> tuple[str, ...]:
    """IANA types and suffixes that can carry an embedded manifest, sorted; for `doctor`."""
    import c2pa

    return tuple(sorted(c2pa.Builder.get_supported_mime_types()))


def readable_formats() -> tuple[str, ...]:
    """IANA types and suffixes that the engine can read; more than it can write."""
    import c2pa

    return tuple(sorted(c2pa.Reader.get_supported_mime_types()))


def engine_version() -> str:
    """Version of the C2PA engine, for `doctor` and audit reports."""
    import c2pa

    return str(c2pa.sdk_version())


def _suffix(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


def self_test(*, signer: Signer, trust: TrustTable, now: datetime) -> tuple[str, ...]:
    """Sentences about what does not hold; empty when signing and verification can be relied on.

    One picture must be Trusted, the same picture under a throw-away authority must not, and neither
    must it be after one byte was flipped. Run at start-up: a changed engine must not go unnoticed.
    """
    try:
        good = _sign_picture(signer, trust)
        with tempfile.TemporaryDirectory() as folder:
            stranger = create_authority(Path(folder), name="throw-away", passphrase=b"throw-away", now=now)
            foreign = _sign_picture(open_signer(stranger.signer_uri, passphrase=lambda: b"throw-away"), trust)
    except SigningFailed as error:
        return (f"the library's signer cannot sign: {error}",)
    flipped = bytearray(good)
    flipped[good.index(b"IDAT") + 6] ^= 0x01
    states = [_state_of(data, trust) for data in (good, foreign, bytes(flipped))]
    expected = [("Trusted", "our own picture"), ("Valid", "a stranger's picture"), ("Invalid", "a changed picture")]
    return tuple(
        f"{what}: expected {state}, the engine says {found}"
        for (state, what), found in zip(expected, states, strict=True)
        if state != found
    )


def _sign_picture(signer: Signer, trust: TrustTable) -> bytes:
    signed = io.BytesIO()
    claim = signed_document(document="D-000000", digest=digest_bytes(b""))
    _sign(io.BytesIO(_small_png()), signed, "image/png", claim, signer, trust, (), None)
    return signed.getvalue()


def _state_of(data: bytes, trust: TrustTable) -> str:
    return read_stream(io.BytesIO(data), media_type="image/png", trust=trust).state


def _small_png() -> bytes:
    """A gray pixel, 68 bytes."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\x80")),
        (b"IEND", b""),
    )
    framed = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)
