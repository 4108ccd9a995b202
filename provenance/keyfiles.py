"""Private keys and passphrases as files: encrypted PKCS#8, mode 0600, written whole or not at all.

An existing key is never overwritten: losing one by accident would orphan everything it signed.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from provenance.errors import KeyUnavailable


def write_once(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write `data` to a new file at `path`, durable and complete; raises FileExistsError when there is one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    staged = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        path.hardlink_to(staged)  # unlike rename, a link refuses to replace
    finally:
        staged.unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make a rename or link in `directory` survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_private_key(path: Path, key: PrivateKeyTypes, passphrase: bytes) -> None:
    """Write `key` as encrypted PKCS#8 PEM; an empty passphrase is refused."""
    if not passphrase:
        raise KeyUnavailable(f"{path.name}: expected a passphrase to encrypt the key with, found an empty one")
    encryption = serialization.BestAvailableEncryption(passphrase)
    write_once(path, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption))


def load_private_key(path: Path, passphrase: bytes) -> PrivateKeyTypes:
    """Read an encrypted PKCS#8 PEM key; raises KeyUnavailable without saying anything about the passphrase."""
    try:
        return serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except OSError as error:
        raise KeyUnavailable(f"{path}: expected a private key file, found {error.strerror}") from None
    except TypeError:
        raise KeyUnavailable(f"{path}: the key is not encrypted; encrypt it with `openssl pkcs8 -topk8`") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnavailable(f"{path}: not a readable PKCS#8 key, or another passphrase than given") from None


def create_ed25519_key(path: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """A new Ed25519 key (permits, checkpoints, people), stored encrypted at `path`."""
    key = Ed25519PrivateKey.generate()
    write_private_key(path, key, passphrase)
    return key


def load_ed25519_key(path: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """The key written by `create_ed25519_key`; raises KeyUnavailable for any other kind."""
    key = load_private_key(path, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnavailable(f"{path}: expected an Ed25519 key, found {type(key).__name__}")
    return key
