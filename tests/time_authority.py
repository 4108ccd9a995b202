"""A real RFC 3161 authority for tests: openssl ts over a root made here."""

from __future__ import annotations

import subprocess
from pathlib import Path

CONFIG = """
[tsa]
default_tsa = one
[one]
dir = {dir}
serial = {dir}/serial
crypto_device = builtin
signer_cert = {dir}/tsa.pem
certs = {dir}/tsa.pem
signer_key = {dir}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[req]
distinguished_name = dn
[dn]
[root_ext]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


def make_authority(place: Path) -> Path:
    """Keys and certificates of an authority in `place`; its root is ``root.pem``."""
    config = place / "openssl.cnf"
    config.write_text(CONFIG.format(dir=place))
    (place / "serial").write_text("01\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    _openssl("req", "-x509", *curve, "-keyout", place / "root.key", "-out", place / "root.pem", "-subj", "/CN=root",
             "-days", "2", "-config", config, "-extensions", "root_ext")  # fmt: skip
    _openssl("req", "-new", *curve, "-keyout", place / "tsa.key", "-out", place / "tsa.csr", "-subj", "/CN=tsa",
             "-config", config)  # fmt: skip
    _openssl("x509", "-req", "-in", place / "tsa.csr", "-CA", place / "root.pem", "-CAkey", place / "root.key",
             "-CAcreateserial", "-days", "2", "-extfile", config, "-extensions", "tsa_ext",
             "-out", place / "tsa.pem")  # fmt: skip
    return place


def answer_to(place: Path, question: bytes) -> bytes:
    """The response (DER) of the authority in `place` to a query (DER)."""
    (place / "question").write_bytes(question)
    _openssl(
        "ts", "-reply", "-config", place / "openssl.cnf", "-queryfile", place / "question", "-out", place / "answer"
    )
    return (place / "answer").read_bytes()
