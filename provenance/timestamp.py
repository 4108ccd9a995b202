"""RFC 3161 time stamps: a third party's signed word that bytes existed at a time.

Only a digest leaves, through `provenance.transport`. A token is checked when it arrives and can be checked
years later with the authority's root certificate alone.

    token = request_timestamp(data, url="https://tsa.example/tsr", transport=transport, roots=roots)
    stamp = verify_timestamp(token, data, roots=roots)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509

from provenance.transport import Transport

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

_MAX_TOKEN = 64 << 10


class TimestampRefused(Exception):
    """No time stamp came, or it does not say what it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """What the authority says: when (UTC), its serial number and the OID of its policy."""

    at: datetime
    serial: int
    policy: str


def request_timestamp(data: bytes, *, url: str, transport: Transport, roots: Iterable[x509.Certificate]) -> bytes:
    """Ask the authority at `url` to stamp SHA-256 of `data`; returns the verified response in DER.

    The question carries a fresh nonce that the answer must repeat, so that an old answer cannot be played
    again. Raises TimestampRefused; TransportError passes through.
    """
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    _refuse_empty(data)
    question = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = transport.send(
        "POST", url, headers=[("Content-Type", "application/timestamp-query")], content=question.as_bytes()
    )
    if answer.status != 200:
        raise TimestampRefused(f"the time-stamp authority answered with status {answer.status}; try again later")
    _verified(answer.body, data, roots, question.nonce)
    return answer.body


def verify_timestamp(token: bytes, data: bytes, *, roots: Iterable[x509.Certificate]) -> Timestamp:
    """What `token` (a response in DER) says about `data`; raises TimestampRefused with the reason.

    Certificates are judged at the stamp's own time, as RFC 3161 intends. Certificates inside the token
    complete the chain; only `roots` are trusted.
    """
    _refuse_empty(data)
    info = _verified(token, data, roots, None).tst_info
    return Timestamp(at=info.gen_time.astimezone(UTC), serial=info.serial_number, policy=info.policy.dotted_string)


def _verified(token: bytes, data: bytes, roots: Iterable[x509.Certificate], nonce: int | None) -> TimeStampResponse:
    from rfc3161_client import VerifierBuilder, decode_timestamp_response

    trusted = list(roots)
    if not trusted:
        raise TimestampRefused("no root certificate of a time-stamp authority is trusted; add one")
    if len(token) > _MAX_TOKEN:
        raise TimestampRefused(f"expected at most {_MAX_TOKEN} bytes, found {len(token)}")
    try:
        response = decode_timestamp_response(token)
        VerifierBuilder(roots=trusted, nonce=nonce).build().verify_message(response, data)
    except Exception as error:  # parsers of foreign bytes raise what they like
        raise TimestampRefused(f"the time stamp does not verify: {error}") from error
    return response


def _refuse_empty(data: bytes) -> None:
    if not data:
        raise TimestampRefused("expected bytes to stamp, found none")
