"""The local certificate authority and the key files beside it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance.authority import CLAIM_SIGNING, create_authority, open_authority, renew_signer
from provenance.errors import KeyUnavailable
from provenance.keyfiles import create_ed25519_key, load_ed25519_key, load_private_key, write_once

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def leaf_of(directory: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates((directory / "signer.pem").read_bytes())[0]


def test_the_leaf_has_the_claim_signing_profile(tmp_path: Path) -> None:
    create_authority(tmp_path, name="Example Films", passphrase=b"secret", now=NOW)
    extensions = leaf_of(tmp_path).extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert constraints.critical and not constraints.value.ca
    assert usage.critical and usage.value.digital_signature and not usage.value.key_cert_sign
    assert list(purposes) == [ExtendedKeyUsageOID.EMAIL_PROTECTION, CLAIM_SIGNING]
    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


def test_the_authority_calls_itself_a_development_authority(tmp_path: Path) -> None:
    authority = create_authority(tmp_path, name="Example Films", passphrase=b"secret", now=NOW)
    root = x509.load_pem_x509_certificate(authority.anchors_pem)
    assert authority.development
    assert "assetlib development authority" in root.subject.rfc4514_string()


def test_keys_are_encrypted_and_for_the_owner_only(tmp_path: Path) -> None:
    create_authority(tmp_path, name="Example Films", passphrase=b"secret", now=NOW)
    for name in ("root.key", "signer.key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / name).read_bytes()


def test_a_second_authority_does_not_replace_the_first(tmp_path: Path) -> None:
    first = create_authority(tmp_path, name="Example Films", passphrase=b"secret", now=NOW)
    with pytest.raises(KeyUnavailable, match="already"):
        create_authority(tmp_path, name="Other", passphrase=b"secret", now=NOW)
    assert open_authority(tmp_path) == first


def test_a_renewed_signer_keeps_key_and_root_but_gets_a_serial_of_its_own(tmp_path: Path) -> None:
    first = create_authority(tmp_path, name="Example Films", passphrase=b"secret", now=NOW)
    key = leaf_of(tmp_path).public_key()
    renewed = renew_signer(tmp_path, passphrase=b"secret", now=NOW)
    assert renewed.serial != first.serial
    assert renewed.anchors_pem == first.anchors_pem
    assert leaf_of(tmp_path).public_key() == key
    assert (tmp_path / f"signer.{first.serial}.pem").exists()


def test_a_wrong_passphrase_is_refused_without_being_repeated(tmp_path: Path) -> None:
    create_ed25519_key(tmp_path / "log.key", b"right")
    with pytest.raises(KeyUnavailable) as refused:
        load_private_key(tmp_path / "log.key", b"guess-1234")
    assert "guess-1234" not in str(refused.value)


def test_an_ed25519_key_comes_back_as_it_was_made(tmp_path: Path) -> None:
    made = create_ed25519_key(tmp_path / "log.key", b"right")
    assert load_ed25519_key(tmp_path / "log.key", b"right").public_key() == made.public_key()


def test_an_existing_key_file_is_never_overwritten(tmp_path: Path) -> None:
    write_once(tmp_path / "a.key", b"first")
    with pytest.raises(FileExistsError):
        write_once(tmp_path / "a.key", b"second")
    assert (tmp_path / "a.key").read_bytes() == b"first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.key"]


def test_an_empty_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match="empty"):
        create_ed25519_key(tmp_path / "log.key", b"")
