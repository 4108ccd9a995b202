"""Whom we believe: anchors, the table of our own signers, revocations, and the engine's settings.

`c2pa_settings` is pure and is the only place that knows the setting names of c2pa 0.91. The engine
ignores misspelt keys silently and does not keep claim, time-stamp and identity anchors apart, so the
signer table is checked again after it (step 6 of the pass rule).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from provenance.authority import DEVELOPMENT_UNIT, Authority
from provenance.errors import ProvenanceError

# "c2pa.actions" covers "c2pa.actions.v2". What is not listed would be gathered: not vouched for by the signer.
CREATED_LABELS = (
    "c2pa.actions",
    "cawg.training-mining",
    "c2pa.training-mining",
    "c2pa.ai-disclosure",
    "studio.assetlib.asset",
    "studio.assetlib.layers",
    "studio.assetlib.generation",
    "studio.assetlib.decision",
    "studio.assetlib.license",
    "studio.assetlib.export",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedSigner:
    """One claim-signing certificate of ours. `serial` is decimal; after `revoked_at` nothing counts."""

    issuer: str
    serial: str
    name: str
    development: bool = False
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustTable:
    """Anchors for claims and for time stamps (PEM bundles), and our signers.

    `signers` None means that there is no table (``--trust PEM`` without a library): step 6 is then
    listed as not checked. An empty tuple trusts no signer of ours. `trust_config` lists further
    extended-key-usage OIDs, one a line; leave it empty for our own profile.
    """

    anchors_pem: bytes
    signers: tuple[TrustedSigner, ...] | None = None
    tsa_anchors_pem: bytes = b""
    trust_config: str = ""

    def find(self, issuer: str, serial: str) -> TrustedSigner | None:
        known = (s for s in self.signers or () if (s.issuer, s.serial) == (issuer, serial))
        return next(known, None)

    @property
    def has_development_anchor(self) -> bool:
        return any(_is_development(certificate) for certificate in _certificates(self.anchors_pem))


def trust_authority(*authorities: Authority) -> TrustTable:
    """The table of a library that trusts exactly these authorities and the signer each has now."""
    signers = tuple(
        TrustedSigner(issuer=a.issuer, serial=a.serial, name=a.name, development=a.development) for a in authorities
    )
    return TrustTable(anchors_pem=b"".join(a.anchors_pem for a in authorities), signers=signers)


def trust_anchors(pem: bytes, *, trust_config: str = "") -> TrustTable:
    """Anchors without a signer table; raises ProvenanceError unless `pem` holds at least one certificate."""
    if not _certificates(pem):
        raise ProvenanceError("expected at least one trust anchor in PEM, found none; nothing would be trusted")
    return TrustTable(anchors_pem=pem, trust_config=trust_config)


def c2pa_settings(trust: TrustTable | None) -> dict[str, Any]:
    """Settings for c2pa 0.91: everything verified, no network, no thumbnails. None trusts nobody."""
    return {
        "version": 1,
        "trust": {"anchors": [] if trust is None else _anchors(trust)},
        "verify": {
            "verify_after_reading": True,
            "verify_after_sign": True,
            "verify_trust": True,
            "verify_timestamp_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
        "core": {"allowed_network_hosts": [], "allow_redirects": False},
        "builder": {"thumbnail": {"enabled": False}, "created_assertion_labels": list(CREATED_LABELS)},
    }


def _anchors(trust: TrustTable) -> list[dict[str, str]]:
    anchors = [_anchor("manifest", "studio", trust.anchors_pem)]
    if trust.trust_config:
        anchors[0]["trust_config"] = trust.trust_config
    if trust.tsa_anchors_pem:
        anchors.append(_anchor("tsa", "tsa", trust.tsa_anchors_pem))
    return anchors


def _anchor(kind: str, name: str, pem: bytes) -> dict[str, str]:
    return {"trust_kind": kind, "trust_uri": f"urn:assetlib:trust:{name}", "trust_anchors": pem.decode("ascii")}


def _certificates(pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        return []


def _is_development(certificate: x509.Certificate) -> bool:
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return any(unit.value == DEVELOPMENT_UNIT for unit in units)
