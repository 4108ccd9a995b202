"""Which certificates the engine lets sign: the reason for the exact profile in `authority`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from provenance.authority import CLAIM_SIGNING, create_authority
from provenance.credentials import read, sign_embedded
from provenance.errors import SigningFailed
from provenance.keyfiles import load_private_key, write_private_key
from provenance.signers import open_signer
from provenance.trust import trust_authority
from tests.provenance_kit import Studio, make_studio, reference_of

EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a leaf certificate says; the defaults are ours."""

    purposes: tuple[ObjectIdentifier, ...] = (EMAIL, CLAIM_SIGNING)
    digital_signature: bool = True
    key_cert_sign: bool = False
    ca: bool = False
    authority_key_identifier: bool = True
    starts_in: timedelta = timedelta(days=-1)


def issue(folder: Path, profile: Profile) -> Studio:
    """A studio whose signer has a certificate with `profile`, issued by its own authority."""
    studio = make_studio(folder)
    root = x509.load_pem_x509_certificate(studio.authority.anchors_pem)
    root_key = load_private_key(folder / "ca" / "root.key", b"pw")
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    usage = x509.KeyUsage(
        profile.digital_signature, False, not profile.digital_signature, False, False, profile.key_cert_sign,
        False, False, False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Films")]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + profile.starts_in)
        .not_valid_after(now + profile.starts_in + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=profile.ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if profile.purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(profile.purposes), critical=False)
    if profile.authority_key_identifier:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    certificate = builder.sign(root_key, hashes.SHA256())
    write_private_key(folder / "other.key", key, b"pw")
    (folder / "other.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    signer = open_signer(f"file:{folder / 'other.key'}", passphrase=lambda: b"pw")
    return Studio(folder=folder, authority=studio.authority, signer=signer, trust=trust_authority(studio.authority))


def sign(studio: Studio) -> Path:
    source, target = studio.image("plain.png"), studio.folder / "signed.png"
    sign_embedded(source, target, "image/png", reference_of(source), signer=studio.signer, trust=studio.trust)
    return target


@pytest.mark.parametrize("purposes", [(EMAIL, CLAIM_SIGNING), (EMAIL,)], ids=["both", "email only"])
def test_an_accepted_purpose_signs_trusted(tmp_path: Path, purposes: tuple[ObjectIdentifier, ...]) -> None:
    studio = issue(tmp_path, Profile(purposes=purposes))
    assert read(sign(studio), trust=studio.trust).state == "Trusted"


REFUSED = {
    "no purpose": Profile(purposes=()),
    "any purpose": Profile(purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
    "code signing": Profile(purposes=(ExtendedKeyUsageOID.CODE_SIGNING,)),
    "client authentication": Profile(purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
    "claim signing alone": Profile(purposes=(CLAIM_SIGNING,)),
    "time stamping beside": Profile(purposes=(EMAIL, ExtendedKeyUsageOID.TIME_STAMPING)),
    "no digital signature": Profile(digital_signature=False),
    "signs certificates": Profile(key_cert_sign=True),
    "an authority": Profile(ca=True),
    "no authority key identifier": Profile(authority_key_identifier=False),
    "expired": Profile(starts_in=timedelta(days=-60)),
    "not yet valid": Profile(starts_in=timedelta(days=5)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_certificate_with_this_defect_cannot_sign(tmp_path: Path, name: str) -> None:
    studio = issue(tmp_path, REFUSED[name])
    with pytest.raises(SigningFailed):
        sign(studio)
    assert not (tmp_path / "signed.png").exists()


def test_a_signer_of_another_root_signs_and_is_not_trusted(tmp_path: Path) -> None:
    studio = issue(tmp_path / "a", Profile())
    other = create_authority(tmp_path / "b", name="Other", passphrase=b"pw", now=datetime.now(UTC))
    reading = read(sign(studio), trust=trust_authority(other))
    assert reading.state == "Valid"
    assert [s.code for s in reading.failures] == ["signingCredential.untrusted"]
