"""The local certificate authority of the embedded default, and its one claim signer.

It lets a library sign from its first minute. It proves that files are unchanged since this library
signed them, not who the studio is: its subject says so and every verdict under it is marked
"development".

The leaf has the exact profile that C2PA validators accept (measured): BasicConstraints CA=false and
KeyUsage digitalSignature, both critical; EKU emailProtection and C2PA claim signing; SKI and AKI.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from provenance.errors import KeyUnavailable
from provenance.keyfiles import create_ed25519_key, load_ed25519_key, load_private_key, write_once, write_private_key

__all__ = ["Authority", "create_authority", "create_ed25519_key", "issue_leaf", "load_ed25519_key", "open_authority"]

DEVELOPMENT_UNIT = "assetlib development authority"
CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")

_ROOT_KEY, _ROOT_CERTIFICATE = "root.key", "root.pem"
_LEAF_KEY, _LEAF_CHAIN = "signer.key", "signer.pem"
_ROOT_LIFE, _LEAF_LIFE = timedelta(days=3650), timedelta(days=825)
_BACKDATED = timedelta(minutes=5)  # another machine's clock may run a little behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An opened authority: its anchor, and where the signer it issued lies. Holds no key."""

    directory: Path
    name: str
    anchors_pem: bytes
    issuer: str
    serial: str
    expires_at: datetime
    development: bool

    @property
    def signer_uri(self) -> str:
        """For `provenance.signers.open_signer`."""
        return f"file:{self.directory / _LEAF_KEY}"


def create_authority(directory: Path, *, name: str, passphrase: bytes, now: datetime) -> Authority:
    """Make root and claim signer in `directory`, keys encrypted with `passphrase`; refuses to replace one."""
    if (directory / _ROOT_KEY).exists():
        raise KeyUnavailable(f"{directory}: an authority is already there; nothing was changed")
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _issue_root(root_key, name, now)
    leaf = issue_leaf(leaf_key.public_key(), issuer=root, issuer_key=root_key, name=name, now=now)
    write_private_key(directory / _LEAF_KEY, leaf_key, passphrase)
    write_once(directory / _LEAF_CHAIN, _pem(leaf), mode=0o644)
    write_once(directory / _ROOT_CERTIFICATE, _pem(root), mode=0o644)
    write_private_key(directory / _ROOT_KEY, root_key, passphrase)
    return open_authority(directory)


def open_authority(directory: Path) -> Authority:
    """Read the public half; raises KeyUnavailable when `directory` holds no authority."""
    try:
        anchors = (directory / _ROOT_CERTIFICATE).read_bytes()
        root = x509.load_pem_x509_certificate(anchors)
        leaf = x509.load_pem_x509_certificates((directory / _LEAF_CHAIN).read_bytes())[0]
    except (OSError, ValueError) as error:
        raise KeyUnavailable(f"{directory}: expected root.pem and signer.pem of an authority; {error}") from None
    return Authority(
        directory=directory,
        name=_attribute(root.subject, NameOID.ORGANIZATION_NAME),
        anchors_pem=anchors,
        issuer=_attribute(leaf.subject, NameOID.ORGANIZATION_NAME),
        serial=str(leaf.serial_number),
        expires_at=leaf.not_valid_after_utc,
        development=_attribute(root.subject, NameOID.ORGANIZATIONAL_UNIT_NAME) == DEVELOPMENT_UNIT,
    )


def renew_signer(directory: Path, *, passphrase: bytes, now: datetime) -> Authority:
    """Issue the existing claim signer's key a new certificate; the old chain stays as ``signer.<serial>.pem``."""
    old = open_authority(directory)
    root = x509.load_pem_x509_certificate(old.anchors_pem)
    root_key = load_private_key(directory / _ROOT_KEY, passphrase)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    chain = directory / _LEAF_CHAIN
    current = x509.load_pem_x509_certificates(chain.read_bytes())[0]
    public_key = current.public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    leaf = issue_leaf(public_key, issuer=root, issuer_key=root_key, name=old.name, now=now)
    staged = directory / f".{_LEAF_CHAIN}.{leaf.serial_number}"
    write_once(staged, _pem(leaf), mode=0o644)
    write_once(directory / f"signer.{old.serial}.pem", chain.read_bytes(), mode=0o644)
    staged.replace(chain)
    return open_authority(directory)


def issue_leaf(
    public_key: ec.EllipticCurvePublicKey,
    *,
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    name: str,
    now: datetime,
    life: timedelta = _LEAF_LIFE,
) -> x509.Certificate:
    """A claim-signing certificate for `public_key` with the profile named above; serials are random, 159 bits."""
    key_usage = _key_usage(digital_signature=True)
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, CLAIM_SIGNING])
    unit = _attribute(issuer.subject, NameOID.ORGANIZATIONAL_UNIT_NAME)
    builder = (
        _certificate(_subject(name, unit, f"{name} claim signer"), issuer.subject, public_key, now, life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage, critical=True)
        .add_extension(purposes, critical=False)
        .add_extension(_key_identifier_of(issuer), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _issue_root(key: ec.EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    subject = _subject(name, DEVELOPMENT_UNIT, f"{name} {DEVELOPMENT_UNIT}")
    builder = (
        _certificate(subject, subject, key.public_key(), now, _ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_key_usage(key_cert_sign=True), critical=True)
    )
    return builder.sign(key, hashes.SHA256())


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _key_identifier_of(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _subject(organization: str, unit: str, common_name: str) -> x509.Name:
    # X.520 bounds every one of these at 64 characters
    parts = [(NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, common_name)]
    if unit:
        parts.insert(1, (NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    return x509.Name([x509.NameAttribute(oid, text[:64]) for oid, text in parts])


def _attribute(name: x509.Name, oid: ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
