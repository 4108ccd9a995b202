"""People's signing keys: Ed25519, kept as encrypted PKCS#8; the library stores the public key alone."""

from __future__ import annotations

from typing import ClassVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from assetlib.approvals.roles import ApprovalRefused


class KeyLocked(ApprovalRefused):
    """The right person perhaps, but not their passphrase; nobody else can help."""

    exit_code: ClassVar[int] = 1


def new_key(passphrase: bytes) -> tuple[bytes, bytes]:
    """A new person's key: (encrypted PEM to keep, raw public key of 32 bytes to enroll)."""
    if not passphrase:
        raise ApprovalRefused("a person's key needs a passphrase, so that only they can sign with it")
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
    return pem, public_bytes(key)


def open_key(pem: bytes, passphrase: bytes) -> Ed25519PrivateKey:
    """The key in `pem`; raises ApprovalRefused for a wrong passphrase or another kind of key."""
    try:
        key = load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyLocked("the key does not open: wrong passphrase, or not an encrypted PKCS#8 key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ApprovalRefused(f"expected an Ed25519 key, found {type(key).__name__}")
    return key


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_key(raw: bytes) -> Ed25519PublicKey:
    """The enrolled public key; raises ApprovalRefused unless it is 32 bytes."""
    try:
        return Ed25519PublicKey.from_public_bytes(raw)
    except ValueError as error:
        raise ApprovalRefused(f"expected a public key of 32 bytes, found {len(raw)}") from error
