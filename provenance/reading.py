"""What was read from a file's Content Credentials, as plain data, before anybody judges it.

Built from the engine's JSON report (`Reader.json`). Everything in it that came from the file (titles,
names, assertion data) is foreign text: show it through `plain_text`.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

# Codes of C2PA 2.x §15 that record no failure, for the flat lists of older claims, which do not say which
# is which. An unknown code counts as a failure; so do malformed and mismatching time stamps.
_HARMLESS = frozenset(
    {
        "claimSignature.validated",
        "claimSignature.insideValidity",
        "signingCredential.trusted",
        "signingCredential.ocsp.notRevoked",
        "signingCredential.ocsp.skipped",
        "signingCredential.ocsp.inaccessible",
        "timeStamp.trusted",
        "timeStamp.validated",
        "timeStamp.untrusted",
        "timeStamp.outsideValidity",
        "timeOfSigning.insideValidity",
        "assertion.hashedURI.match",
        "assertion.dataHash.match",
        "assertion.bmffHash.match",
        "assertion.boxesHash.match",
        "assertion.collectionHash.match",
        "assertion.multiAssetHash.match",
        "assertion.accessible",
        "assertion.dataHash.additionalExclusionsPresent",
        "assertion.bmffHash.additionalExclusionsPresent",
        "assertion.boxesHash.additionalExclusionsPresent",
        "ingredient.manifest.validated",
        "ingredient.claimSignature.validated",
        "ingredient.unknownProvenance",
        "algorithm.deprecated",
    }
)


class Outcome(StrEnum):
    """How far reading came; only READ has a state and manifests."""

    READ = "read"
    ABSENT = "absent"  # a format that can carry a manifest, and there is none
    REMOTE = "remote"  # only a URL, which is never fetched
    UNSUPPORTED = "unsupported"  # no place for a manifest in this format
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One line of the engine's report."""

    code: str
    url: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInfo:
    """Who signed a manifest; `serial` is decimal, `signed_at` comes from a time stamp and may be None."""

    algorithm: str
    issuer: str
    common_name: str
    serial: str
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """`created` is true when the signer vouches for it, false when it was merely gathered."""

    label: str
    data: Any
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IngredientInfo:
    """What a manifest says it was made from; `failures` are those recorded when it was added."""

    title: str
    relationship: str
    media_type: str
    manifest: str | None
    failures: tuple[Status, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestInfo:
    label: str
    title: str
    generator: str
    signer: SignerInfo | None
    assertions: tuple[Assertion, ...]
    ingredients: tuple[IngredientInfo, ...]
    redactions: tuple[str, ...] = ()

    def data_of(self, label: str) -> Any:
        """The data of the first assertion labeled `label`, or None."""
        return next((a.data for a in self.assertions if a.label == label), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What today's validation of an ingredient adds to what was recorded."""

    ingredient: str
    failures: tuple[Status, ...]
    successes: tuple[Status, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file's credentials. `reason` says in a sentence why there are none to judge."""

    outcome: Outcome
    reason: str = ""
    state: str = ""
    active: str = ""
    manifests: tuple[ManifestInfo, ...] = ()
    failures: tuple[Status, ...] = ()
    successes: tuple[Status, ...] = ()
    deltas: tuple[Delta, ...] = ()

    @property
    def active_manifest(self) -> ManifestInfo | None:
        return next((m for m in self.manifests if m.label == self.active), None)

    @property
    def signer(self) -> SignerInfo | None:
        return self.active_manifest.signer if self.active_manifest else None

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(a.label for a in self.active_manifest.assertions) if self.active_manifest else ()

    @property
    def ingredients(self) -> tuple[IngredientInfo, ...]:
        """Direct ingredients of the active manifest."""
        return self.active_manifest.ingredients if self.active_manifest else ()

    @property
    def has_trusted_time(self) -> bool:
        return any(s.code == "timeStamp.trusted" for s in self.successes)


def reading_from_json(report: str) -> Reading:
    """Parse the engine's report; raises KeyError, TypeError or ValueError when its shape is another."""
    document = json.loads(report)
    results = document["validation_results"]
    now = results["activeManifest"]
    return Reading(
        outcome=Outcome.READ,
        state=str(document["validation_state"]),
        active=document["active_manifest"],
        manifests=tuple(_manifest(label, m) for label, m in document["manifests"].items()),
        failures=_statuses(now["failure"]),
        successes=_statuses(now["success"]),
        deltas=tuple(_delta(d) for d in results.get("ingredientDeltas") or ()),
    )


def _manifest(label: str, manifest: dict[str, Any]) -> ManifestInfo:
    generators = manifest.get("claim_generator_info") or [{}]
    return ManifestInfo(
        label=label,
        title=str(manifest.get("title") or ""),
        generator=str(generators[0].get("name") or manifest.get("claim_generator") or ""),
        signer=_signer(manifest.get("signature_info")),
        assertions=tuple(
            Assertion(label=a["label"], data=a.get("data"), created=a.get("created") is True)
            for a in manifest.get("assertions") or ()
        ),
        ingredients=tuple(_ingredient(i) for i in manifest.get("ingredients") or ()),
        redactions=tuple(manifest.get("redactions") or ()),
    )


def _signer(info: dict[str, Any] | None) -> SignerInfo | None:
    if not info:
        return None
    time = info.get("time")
    return SignerInfo(
        algorithm=str(info.get("alg") or ""),
        issuer=str(info.get("issuer") or ""),
        common_name=str(info.get("common_name") or ""),
        serial=str(info.get("cert_serial_number") or ""),
        signed_at=datetime.fromisoformat(time) if time else None,
    )


def _ingredient(ingredient: dict[str, Any]) -> IngredientInfo:
    """Failures stand in `validation_results` (active and deltas) or, in older claims, in `validation_status` only."""
    results = ingredient.get("validation_results") or {}
    recorded = list((results.get("activeManifest") or {}).get("failure") or ())
    for delta in results.get("ingredientDeltas") or ():
        recorded += delta["validationDeltas"].get("failure") or ()
    recorded += [s for s in ingredient.get("validation_status") or () if s["code"] not in _HARMLESS]
    return IngredientInfo(
        title=str(ingredient.get("title") or ""),
        relationship=str(ingredient.get("relationship") or ""),
        media_type=str(ingredient.get("format") or ""),
        manifest=ingredient.get("active_manifest"),
        failures=tuple(dict.fromkeys(_statuses(recorded))),
    )


def _delta(delta: dict[str, Any]) -> Delta:
    changes = delta["validationDeltas"]
    return Delta(
        ingredient=str(delta.get("ingredientAssertionURI") or ""),
        failures=_statuses(changes.get("failure") or ()),
        successes=_statuses(changes.get("success") or ()),
    )


def _statuses(lines: Iterable[dict[str, Any]]) -> tuple[Status, ...]:
    return tuple(
        Status(code=line["code"], url=str(line.get("url") or ""), explanation=str(line.get("explanation") or ""))
        for line in lines
    )


def plain_text(text: str, *, limit: int = 300) -> str:
    r"""Foreign text on one harmless line: control, bidi, zero-width and unassigned characters become ``\u{…}``.

    >>> plain_text("a\x1b[31mb\u202ec")
    'a\\u{1b}[31mb\\u{202e}c'
    """
    shown = "".join(_visible(character) for character in text[:limit])
    return shown + "…" if len(text) > limit else shown


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    unsafe = category.startswith("C") or category in ("Zl", "Zp")
    return f"\\u{{{ord(character):x}}}" if unsafe else character
