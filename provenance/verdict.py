"""The pass rule: nine numbered steps from a reading to pass, fail or unknown. Pure.

The engine's "Trusted" is necessary and not enough: it is given over tampered ingredients. So every
ingredient of every manifest is walked, our own signers are checked again by issuer and serial, and
our own claims must be ones the signer vouched for. Pass needs every step that applies; unknown is
only for files that have nothing to judge; everything else fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from provenance.decision import instant
from provenance.digest import Digest
from provenance.reading import Assertion, IngredientInfo, Outcome, Reading, SignerInfo, Status, plain_text
from provenance.trust import TrustTable

OURS = "studio.assetlib."

# (entity, sha256 digest) → is it in the catalog? None as entity asks for the bytes under any entity.
Catalog = Callable[[str | None, Digest], bool]


class Judgment(StrEnum):
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One finding of the pass rule. `failed` false marks a note, such as a step that could not apply."""

    step: int
    code: str
    sentence: str
    failed: bool = True

    def to_json(self) -> dict[str, Any]:
        return {"step": self.step, "code": self.code, "sentence": self.sentence}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer about one file. `development` marks a signer that proves integrity, not identity."""

    file: str
    verdict: Judgment
    findings: tuple[Step, ...]
    signer: SignerInfo | None = None
    ingredients: tuple[IngredientInfo, ...] = ()
    development: bool = False

    @property
    def passed(self) -> bool:
        return self.verdict is Judgment.PASS

    def to_json(self) -> dict[str, Any]:
        """The `verify` JSON of the command line; foreign text is escaped here."""
        return {
            "file": self.file,
            "verdict": self.verdict.value,
            "findings": [step.to_json() for step in self.findings],
            "signer": None if self.signer is None else _signer_json(self.signer, self.development),
            "ingredients": [_ingredient_json(i) for i in self.ingredients],
        }


def judge(
    file: str,
    reading: Reading,
    *,
    trust: TrustTable | None,
    digest: Digest | None = None,
    catalog: Catalog | None = None,
    defects: tuple[Step, ...] = (),
) -> Verdict:
    """Apply the pass rule to `reading` of `file`.

    `digest` is that of the file's bytes, `defects` what step 9 (USDZ structure, listed files) found.
    """
    if reading.outcome is not Outcome.READ:
        return _nothing_to_judge(file, reading, defects)
    findings = [*_steps_1_to_5(reading), *_steps_6_to_8(reading, trust, digest, catalog), *defects]
    development = _is_development(reading, trust)
    if development:
        findings.append(
            _note(6, "signer.development", "signed under a development authority: proves the bytes, not who")
        )
    return Verdict(
        file=plain_text(file, limit=4096),
        verdict=Judgment.FAIL if any(step.failed for step in findings) else Judgment.PASS,
        findings=tuple(findings),
        signer=reading.signer,
        ingredients=reading.ingredients,
        development=development,
    )


def foundation_defects(reading: Reading) -> tuple[Step, ...]:
    """Steps 1–5 alone, for a file about to become an ingredient; empty when they hold."""
    if reading.outcome is not Outcome.READ:
        return (_nothing_to_judge("", reading, ()).findings[0],)
    return tuple(_steps_1_to_5(reading))


def _nothing_to_judge(file: str, reading: Reading, defects: tuple[Step, ...]) -> Verdict:
    unreadable = reading.outcome is Outcome.UNREADABLE
    code = {
        Outcome.ABSENT: "manifest.absent",
        Outcome.REMOTE: "manifest.remote",
        Outcome.UNSUPPORTED: "format.unsupported",
    }.get(reading.outcome, "file.unreadable")
    first = Step(step=1, code=code, sentence=plain_text(reading.reason), failed=unreadable)
    failed = unreadable or any(step.failed for step in defects)
    return Verdict(
        file=plain_text(file, limit=4096),
        verdict=Judgment.FAIL if failed else Judgment.UNKNOWN,
        findings=(first, *defects),
    )


def _steps_1_to_5(reading: Reading) -> Iterator[Step]:
    """The steps that judge any file; step 1 holds when there is a reading."""
    if reading.state != "Trusted":  # 2
        yield Step(step=2, code="state.untrusted", sentence=f"expected the state Trusted, found {_state(reading)}")
    for status in reading.failures:  # 3
        yield _failure(3, status, "this file")
    for delta in reading.deltas:  # 4
        for status in delta.failures:
            yield _failure(4, status, "an ingredient")
    for manifest in reading.manifests:  # 5
        for ingredient in manifest.ingredients:
            for status in ingredient.failures:
                if not _trusted_meanwhile(status, ingredient, reading):
                    yield _failure(5, status, f"the ingredient '{plain_text(ingredient.title)}', as recorded")


def _trusted_meanwhile(status: Status, ingredient: IngredientInfo, reading: Reading) -> bool:
    """A recorded untrusted signer is excused only by today's success that names that very manifest."""
    if status.code != "signingCredential.untrusted" or not ingredient.manifest:
        return False
    signature = f"/c2pa/{ingredient.manifest}/"
    if signature not in status.url:  # recorded about a manifest further down, which no delta here excuses
        return False
    return any(
        success.code == "signingCredential.trusted" and signature in success.url
        for delta in reading.deltas
        for success in delta.successes
    )


def _steps_6_to_8(
    reading: Reading, trust: TrustTable | None, digest: Digest | None, catalog: Catalog | None
) -> Iterator[Step]:
    """The steps for a file that claims to be ours, or whose bytes the catalog knows."""
    found = digest is not None and catalog is not None and catalog(None, digest)
    if not found and not any(label.startswith(OURS) for label in reading.labels):
        return
    yield from _step_6(reading, trust)
    yield from _step_7(reading)
    yield from _step_8(reading, digest, catalog)


def _step_6(reading: Reading, trust: TrustTable | None) -> Iterator[Step]:
    if trust is None or trust.signers is None:
        yield _note(6, "signer.not_checked", "no table of signers was given, so the signer was not looked up")
        return
    signer = reading.signer
    known = None if signer is None else trust.find(signer.issuer, signer.serial)
    if signer is None or known is None:
        name = "nobody" if signer is None else plain_text(f"{signer.issuer} {signer.serial}")
        yield Step(step=6, code="signer.unknown", sentence=f"claims to be ours, but {name} is not one of our signers")
    elif known.revoked_at is not None:
        stamped = signer.signed_at if reading.has_trusted_time else None
        if stamped is None or stamped >= known.revoked_at:
            yield Step(
                step=6,
                code="signer.revoked",
                sentence=f"{known.name} was revoked at {instant(known.revoked_at)}, and no trusted time stamp "
                "shows that this was signed before",
            )


def _step_7(reading: Reading) -> Iterator[Step]:
    manifest = reading.active_manifest
    assertions = manifest.assertions if manifest else ()
    for missing, label in (("c2pa.actions", "c2pa.actions"), (OURS, f"{OURS}*")):
        if not any(a.label.startswith(missing) for a in assertions):
            yield Step(step=7, code="claim.missing", sentence=f"expected an assertion {label}, found none")
    for assertion in assertions:
        if _must_be_created(assertion) and not assertion.created:
            sentence = f"{plain_text(assertion.label)} was gathered: the signer does not vouch for it"
            yield Step(step=7, code="claim.gathered", sentence=sentence)


def _must_be_created(assertion: Assertion) -> bool:
    return assertion.label.startswith((OURS, "c2pa.actions", "c2pa.training-mining", "cawg.training-mining"))


def _step_8(reading: Reading, digest: Digest | None, catalog: Catalog | None) -> Iterator[Step]:
    if catalog is None:
        yield _note(8, "catalog.not_checked", "no library was given, so its entities were not looked up")
        return
    for entity, digests in _claimed_entities(reading, digest):
        if not any(catalog(entity, candidate) for candidate in digests):
            sentence = f"the catalog has no {plain_text(entity)} with these bytes"
            yield Step(step=8, code="catalog.mismatch", sentence=sentence)


def _claimed_entities(reading: Reading, digest: Digest | None) -> Iterator[tuple[str, tuple[Digest, ...]]]:
    """Each entity that the active manifest names, with the digests any of which must be in the catalog.

    An asset is known by the bytes of the signed file, or by those it was signed from.
    """
    manifest = reading.active_manifest
    asset = manifest.data_of(f"{OURS}asset") if manifest else None
    if isinstance(asset, dict):
        source = asset.get("source_sha256")
        candidates = (*((digest,) if digest else ()), *((Digest(f"sha256:{source}"),) if source else ()))
        yield str(asset.get("entity")), candidates
    generation = manifest.data_of(f"{OURS}generation") if manifest else None
    for reference in (generation.get("references") or ()) if isinstance(generation, dict) else ():
        yield str(reference.get("entity")), (Digest(f"sha256:{reference.get('sha256')}"),)


def _is_development(reading: Reading, trust: TrustTable | None) -> bool:
    if trust is None or reading.state != "Trusted" or reading.signer is None:
        return False
    known = trust.find(reading.signer.issuer, reading.signer.serial)
    return known.development if known else trust.has_development_anchor


def _state(reading: Reading) -> str:
    return "Valid (intact, but the signer is not one we trust)" if reading.state == "Valid" else reading.state or "none"


def _failure(step: int, status: Status, where: str) -> Step:
    detail = f": {plain_text(status.explanation)}" if status.explanation else ""
    return Step(step=step, code=plain_text(status.code), sentence=f"{where} has a failure{detail}")


def _note(step: int, code: str, sentence: str) -> Step:
    return Step(step=step, code=code, sentence=sentence, failed=False)


def _signer_json(signer: SignerInfo, development: bool) -> dict[str, Any]:
    return {
        "issuer": plain_text(signer.issuer),
        "name": plain_text(signer.common_name),
        "serial": signer.serial,
        "algorithm": signer.algorithm,
        "signed_at": None if signer.signed_at is None else instant(signer.signed_at),
        "development": development,
    }


def _ingredient_json(ingredient: IngredientInfo) -> dict[str, Any]:
    return {
        "title": plain_text(ingredient.title),
        "relationship": plain_text(ingredient.relationship),
        "format": plain_text(ingredient.media_type),
        "signed": ingredient.manifest is not None,
    }
