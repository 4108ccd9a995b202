"""Who signs claims: a key in a file, in a token (PKCS#11), or behind a plug-in. A key is a URI.

    file:/srv/keys/signer.key                                      encrypted PKCS#8, chain in signer.pem
    pkcs11:token=studio;object=claims?module-path=/usr/lib/…so&x-chain=/srv/keys/claims.pem

Other schemes (``awskms:``) come from the entry points ``assetlib.signers``. A signer is given the raw
bytes and hashes them itself. Passphrases and PINs never appear in a message: errors of the libraries
underneath are replaced, not wrapped, because their text has been seen to repeat a PIN.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from provenance.errors import KeyUnavailable, SigningFailed
from provenance.keyfiles import load_private_key

Passphrase = Callable[[], bytes]

_CURVES = {"secp256r1": ("ES256", hashes.SHA256()), "secp384r1": ("ES384", hashes.SHA384())}


class Signer(Protocol):
    """Signs the bytes of a C2PA claim. `issuer` and `serial` read as in `Reading.signer`."""

    @property
    def algorithm(self) -> str:
        """COSE name: ES256, ES384 or Ed25519."""

    @property
    def chain_pem(self) -> bytes:
        """Leaf first, then intermediates; the root is left out."""

    @property
    def issuer(self) -> str:
        """Organization in the leaf's subject: who issues the claims, which C2PA calls the issuer."""

    @property
    def serial(self) -> str:
        """Decimal serial number of the leaf."""

    def sign(self, data: bytes) -> bytes:
        """Signature over `data` (DER or r‖s for ECDSA); raises SigningFailed."""


def open_signer(uri: str, *, passphrase: Passphrase) -> Signer:
    """Open the signer that `uri` names; raises KeyUnavailable."""
    scheme, separator, rest = uri.partition(":")
    if not separator:
        raise KeyUnavailable(f"expected a signer URI such as file:PATH or pkcs11:token=…, found {uri!r}")
    match scheme:
        case "file":
            return _open_file(Path(unquote(rest)), passphrase)
        case "pkcs11":
            return _open_token(rest, passphrase)
        case _:
            return _open_plugin(scheme, uri, passphrase)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    pem: bytes
    leaf: x509.Certificate

    @property
    def issuer(self) -> str:
        # c2pa's `signature_info.issuer` is the organization in the leaf's *subject*: who issued the claim
        found = self.leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        return str(found[0].value) if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSigner:
    """A key held in this process, decrypted once when it was opened."""

    algorithm: str
    chain_pem: bytes
    issuer: str
    serial: str
    _key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(data)
        return self._key.sign(data, ec.ECDSA(_CURVES[self._key.curve.name][1]))


def _open_file(path: Path, passphrase: Passphrase) -> FileSigner:
    chain = _read_chain(path.with_suffix(".pem"))
    key = load_private_key(path, passphrase())
    if isinstance(key, Ed25519PrivateKey):
        algorithm = "Ed25519"
    elif isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        algorithm = _CURVES[key.curve.name][0]
    else:
        raise KeyUnavailable(f"{path}: expected a P-256, P-384 or Ed25519 key, found {type(key).__name__}")
    if key.public_key() != chain.leaf.public_key():
        raise KeyUnavailable(f"{path}: the first certificate of {path.with_suffix('.pem').name} is for another key")
    return FileSigner(
        algorithm=algorithm, chain_pem=chain.pem, issuer=chain.issuer, serial=str(chain.leaf.serial_number), _key=key
    )


def _read_chain(path: Path) -> _Chain:
    try:
        pem = path.read_bytes()
        return _Chain(pem=pem, leaf=x509.load_pem_x509_certificates(pem)[0])
    except (OSError, ValueError) as error:
        raise KeyUnavailable(f"{path}: expected the signer's certificate chain in PEM; {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSigner:
    """An ES256 key that never leaves its PKCS#11 token. One session, used by one thread at a time."""

    chain_pem: bytes
    issuer: str
    serial: str
    algorithm: str = "ES256"
    _key: Any = field(repr=False)
    _session: Any = field(repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def sign(self, data: bytes) -> bytes:
        import pkcs11

        digest = hashlib.sha256(data).digest()
        try:
            with self._turn:
                return bytes(self._key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        except pkcs11.PKCS11Error as error:
            raise SigningFailed(f"the PKCS#11 token did not sign ({type(error).__name__})") from None

    def close(self) -> None:
        self._session.close()


def _open_token(rest: str, passphrase: Passphrase) -> TokenSigner:
    try:
        import pkcs11
    except ImportError:
        raise KeyUnavailable("a pkcs11: signer needs the package python-pkcs11; install it") from None
    path, query = _token_fields(rest)
    chain = _read_chain(Path(query["x-chain"]))
    pin = passphrase().decode()
    try:
        token = pkcs11.lib(query["module-path"]).get_token(token_label=path["token"])
        session = token.open(user_pin=pin)
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        raise KeyUnavailable(f"token {path['token']!r} cannot be opened ({type(error).__name__})") from None
    try:
        key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=path["object"])
    except pkcs11.PKCS11Error as error:
        with contextlib.suppress(pkcs11.PKCS11Error):
            session.close()
        raise KeyUnavailable(
            f"token {path['token']!r} gives no private key {path['object']!r} ({type(error).__name__})"
        ) from None
    return TokenSigner(
        chain_pem=chain.pem, issuer=chain.issuer, serial=str(chain.leaf.serial_number), _key=key, _session=session
    )


def _token_fields(rest: str) -> tuple[dict[str, str], dict[str, str]]:
    """Path and query attributes of an RFC 7512 URI; a PIN in the URI is refused, for URIs get logged."""
    path_text, _, query_text = rest.partition("?")
    path = dict(parse_qsl(path_text, separator=";"))
    query = dict(parse_qsl(query_text, separator="&"))
    if "pin-value" in query:
        raise KeyUnavailable("a PIN does not belong in a signer URI; give it as the passphrase")
    missing = [n for n in ("token", "object") if n not in path] + [
        n for n in ("module-path", "x-chain") if n not in query
    ]
    if missing:
        raise KeyUnavailable(f"the pkcs11: URI lacks {', '.join(missing)}")
    return path, query


def _open_plugin(scheme: str, uri: str, passphrase: Passphrase) -> Signer:
    for point in entry_points(group="assetlib.signers", name=scheme):
        opened: Signer = point.load()(uri, passphrase=passphrase)
        return opened
    raise KeyUnavailable(f"no signer for {scheme!r}: expected file:, pkcs11: or an installed assetlib.signers plug-in")
