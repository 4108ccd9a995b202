"""Signers by URI, and where passphrases come from."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from provenance.authority import create_authority, issue_leaf
from provenance.errors import KeyUnavailable
from provenance.keyfiles import load_private_key
from provenance.passphrases import passphrase_source, store_random_passphrase
from provenance.signers import open_signer

NOW = datetime.now(UTC)
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


def public_key(pem: bytes) -> ec.EllipticCurvePublicKey:
    key = x509.load_pem_x509_certificates(pem)[0].public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def test_a_file_signer_signs_what_its_certificate_verifies(tmp_path: Path) -> None:
    authority = create_authority(tmp_path, name="Example Films", passphrase=b"pw", now=NOW)
    signer = open_signer(authority.signer_uri, passphrase=lambda: b"pw")
    assert (signer.algorithm, signer.issuer, signer.serial) == ("ES256", "Example Films", authority.serial)
    public_key(signer.chain_pem).verify(signer.sign(b"claim"), b"claim", ec.ECDSA(hashes.SHA256()))


def test_a_signer_never_shows_its_key(tmp_path: Path) -> None:
    authority = create_authority(tmp_path, name="Example Films", passphrase=b"pw", now=NOW)
    assert "PrivateKey" not in repr(open_signer(authority.signer_uri, passphrase=lambda: b"pw"))


def test_a_chain_for_another_key_is_refused(tmp_path: Path) -> None:
    first = create_authority(tmp_path / "a", name="Example Films", passphrase=b"pw", now=NOW)
    create_authority(tmp_path / "b", name="Example Films", passphrase=b"pw", now=NOW)
    shutil.copy(tmp_path / "b" / "signer.pem", tmp_path / "a" / "signer.pem")
    with pytest.raises(KeyUnavailable, match="another key"):
        open_signer(first.signer_uri, passphrase=lambda: b"pw")


@pytest.mark.parametrize("uri", ["signer.key", "awskms:alias/none", "pkcs11:token=x", "file:/nowhere/signer.key"])
def test_a_signer_that_cannot_be_had_is_refused_in_a_sentence(uri: str) -> None:
    with pytest.raises(KeyUnavailable):
        open_signer(uri, passphrase=lambda: b"pw")


def test_a_pin_in_the_uri_is_refused_and_not_repeated() -> None:
    with pytest.raises(KeyUnavailable) as refused:
        open_signer("pkcs11:token=t;object=o?module-path=/m&x-chain=/c&pin-value=98765", passphrase=lambda: b"")
    assert "98765" not in str(refused.value)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """URI of a P-256 key made inside a fresh SoftHSM token, with its certificate chain."""
    if shutil.which("softhsm2-util") is None or not MODULE.exists():
        pytest.skip("needs softhsm2 (make system)")
    pkcs11 = pytest.importorskip("pkcs11", reason="needs python-pkcs11")
    (tmp_path / "tokens").mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    initialize = ["softhsm2-util", "--init-token", "--free", "--label", "studio", "--so-pin", "1234", "--pin", "567890"]
    subprocess.run(initialize, check=True, capture_output=True, timeout=30, env={**os.environ})
    module = pkcs11.lib(str(MODULE))
    module.reinitialize()
    with module.get_token(token_label="studio").open(rw=True, user_pin="567890") as session:
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: pkcs11.util.ec.encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        public, _ = parameters.generate_keypair(store=True, label="claims")
        der = pkcs11.util.ec.encode_ec_public_key(public)
    certified = serialization.load_der_public_key(der)
    assert isinstance(certified, ec.EllipticCurvePublicKey)
    authority = create_authority(tmp_path / "ca", name="Example Films", passphrase=b"pw", now=NOW)
    root = x509.load_pem_x509_certificate(authority.anchors_pem)
    root_key = load_private_key(tmp_path / "ca" / "root.key", b"pw")
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    leaf = issue_leaf(certified, issuer=root, issuer_key=root_key, name="Example Films", now=NOW)
    (tmp_path / "claims.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    return f"pkcs11:token=studio;object=claims?module-path={MODULE}&x-chain={tmp_path}/claims.pem"


def test_a_token_signs_without_giving_its_key_away(token: str) -> None:
    signer = open_signer(token, passphrase=lambda: b"567890")
    signature = signer.sign(b"claim")
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    public_key(signer.chain_pem).verify(der, b"claim", ec.ECDSA(hashes.SHA256()))


def test_a_wrong_pin_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(KeyUnavailable) as refused:
        open_signer(token, passphrase=lambda: b"111222")
    assert "111222" not in str(refused.value)
    assert "studio" in str(refused.value)


def test_passphrases_come_from_the_named_file_before_the_environment(tmp_path: Path) -> None:
    (tmp_path / "named").write_text("first\n")
    (tmp_path / "env").write_text("second\n")
    environ = {"ASSETLIB_PASSPHRASE_FILE": str(tmp_path / "env"), "XDG_STATE_HOME": str(tmp_path)}

    def source(named: Path | None) -> bytes:
        return passphrase_source("L1", passphrase_file=named, environ=environ, prompt=None, use_keyring=False)()

    assert source(tmp_path / "named") == b"first"
    assert source(None) == b"second"


def test_without_a_terminal_the_stored_random_passphrase_opens_the_keys(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    path = store_random_passphrase("L1", environ)
    obtain = passphrase_source("L1", passphrase_file=None, environ=environ, prompt=None, use_keyring=False)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(obtain()) >= 43
    with pytest.raises(KeyUnavailable, match="already"):
        store_random_passphrase("L1", environ)


def test_without_any_source_the_refusal_says_what_to_give(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    obtain = passphrase_source("L1", passphrase_file=None, environ=environ, prompt=None, use_keyring=False)
    with pytest.raises(KeyUnavailable, match="--passphrase-file"):
        obtain()


def test_a_named_passphrase_file_that_is_missing_does_not_fall_through_to_a_prompt(tmp_path: Path) -> None:
    obtain = passphrase_source(
        "L1", passphrase_file=tmp_path / "typo", environ={}, prompt=lambda: "asked", use_keyring=False
    )
    with pytest.raises(KeyUnavailable, match="typo"):
        obtain()
