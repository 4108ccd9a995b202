"""Time-stamped signatures, with a real RFC 3161 authority (openssl) on loopback."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provenance.credentials import read, sign_embedded
from provenance.errors import SigningFailed
from provenance.trust import TrustedSigner
from provenance.verify import verify_file
from tests.provenance_kit import Studio, make_studio, reference_of

_CONFIGURATION = """
[tsa]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256,sha384,sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def make_certificates(folder: Path) -> bytes:
    """A root and a time-stamping certificate in `folder`; returns the root as PEM."""
    now = datetime.now(UTC)
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    root_name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Time root")])
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Time")])

    def builder(subject: x509.Name, public_key: rsa.RSAPublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root_name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        )

    def usage(*, stamps: bool) -> x509.KeyUsage:
        return x509.KeyUsage(stamps, False, False, False, False, not stamps, not stamps, False, False)

    root = (
        builder(root_name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage(stamps=False), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    stamping = (
        builder(name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(stamps=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(identifier, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    (folder / "tsa.pem").write_bytes(stamping.public_bytes(serialization.Encoding.PEM))
    (folder / "tsa.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(_CONFIGURATION.format(folder=folder))
    return root.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, bytes]]:
    """URL and root (PEM) of a running time-stamp authority."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl (make system)")
    folder = tmp_path_factory.mktemp("tsa")
    root, turn = make_certificates(folder), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            with turn:
                (folder / "query").write_bytes(query)
                command = ["openssl", "ts", "-reply", "-config", "ts.cnf", "-section", "tsa", "-queryfile", "query"]
                subprocess.run([*command, "-out", "reply"], cwd=folder, check=True, capture_output=True, timeout=30)
                reply = (folder / "reply").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", root
        server.shutdown()
        thread.join()


def stamped(studio: Studio, url: str) -> Path:
    source, target = studio.image("plain.png"), studio.folder / "stamped.png"
    claim = reference_of(source)
    sign_embedded(source, target, "image/png", claim, signer=studio.signer, trust=studio.trust, timestamp_url=url)
    return target


def test_a_trusted_stamp_gives_the_signature_its_time(tmp_path: Path, tsa: tuple[str, bytes]) -> None:
    url, root = tsa
    studio = make_studio(tmp_path)
    path = stamped(studio, url)
    reading = read(path, trust=replace(studio.trust, tsa_anchors_pem=root))
    assert (reading.state, reading.has_trusted_time) == ("Trusted", True)
    assert reading.signer is not None and reading.signer.signed_at is not None
    assert abs(reading.signer.signed_at - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("revoked_in_days", "anchored", "passes"), [(1, True, True), (-1, True, False), (1, False, False)]
)
def test_a_revoked_signer_passes_only_for_what_a_trusted_stamp_dates_before(
    tmp_path: Path, tsa: tuple[str, bytes], revoked_in_days: int, anchored: bool, passes: bool
) -> None:
    url, root = tsa
    studio = make_studio(tmp_path)
    revoked = TrustedSigner(
        issuer=studio.signer.issuer,
        serial=studio.signer.serial,
        name="Example Films",
        revoked_at=datetime.now(UTC) + timedelta(days=revoked_in_days),
    )
    trust = replace(studio.trust, signers=(revoked,), tsa_anchors_pem=root if anchored else b"")
    assert verify_file(stamped(studio, url), trust=trust).passed is passes


def test_a_closed_time_stamp_authority_fails_the_signature_instead_of_leaving_it_unstamped(tmp_path: Path) -> None:
    studio = make_studio(tmp_path)
    with pytest.raises(SigningFailed):
        stamped(studio, "http://127.0.0.1:9/")
    assert not (studio.folder / "stamped.png").exists()
