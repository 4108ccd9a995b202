"""The pass rule on real files, step by step."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provenance.claims import (
    DecisionReference,
    Manifest,
    ModelIdentity,
    SourceType,
    UsedReference,
    delivered_export,
    generated_media,
    redaction_uri,
    signed_document,
)
from provenance.credentials import read, self_test, sign_detached, sign_embedded
from provenance.digest import Digest, digest_file
from provenance.errors import IngredientRefused
from provenance.reading import Reading, Status, plain_text
from provenance.trust import TrustedSigner, TrustTable, trust_anchors
from provenance.verdict import Judgment, Verdict, judge
from provenance.verify import verify_file
from tests.provenance_kit import HERO, ZERO, Studio, flip, ingredient, make_studio

SECRET = "diffusers-secret-params"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return make_studio(tmp_path_factory.mktemp("studio"))


def codes(verdict: Verdict, *, step: int | None = None) -> list[str]:
    return [s.code for s in verdict.findings if step in (None, s.step)]


def generated_claim(reference: Path, **changes: Any) -> Manifest:
    used = UsedReference(entity=HERO.entity, version=HERO.version, digest=digest_file(reference), label="ref0")
    facts: dict[str, Any] = {
        "title": "sh010_f1001.png",
        "declared": SourceType.TRAINED_ALGORITHMIC_MEDIA,
        "when": datetime(2026, 11, 21, 2, tzinfo=UTC),
        "agent": ("diffusers", "0.42.1"),
        "job": "JOB-77",
        "generator": SECRET,
        "seed": 1234,
        "params": ZERO,
        "prompt": ZERO,
        "references": [used],
        "decision": DecisionReference(id="D-000912", digest=ZERO, policy=ZERO),
        "model": ModelIdentity(name="example-1", digest=ZERO),
    }
    return generated_media(**{**facts, **changes})


def frame(studio: Studio, name: str = "sh010_f1001.png") -> Path:
    reference, source, target = studio.reference(), studio.image("raw.png"), studio.folder / name
    sign_embedded(
        source,
        target,
        "image/png",
        generated_claim(reference),
        signer=studio.signer,
        trust=studio.trust,
        ingredients=[ingredient(reference)],
    )
    return target


def export_of(studio: Studio, path: Path, name: str, *, redact: bool) -> Path:
    active = read(path, trust=studio.trust).active
    claim = delivered_export(
        title=name,
        export="EX-000417",
        purpose="delivery",
        recipient="distributor",
        decision=DecisionReference(id="D-001204", digest=ZERO),
        parent="p0",
        transcoded=True,
        redact=[redaction_uri(active, "studio.assetlib.generation")] if redact else [],
    )
    target = studio.folder / name
    sign_embedded(
        studio.image("transcoded.png"),
        target,
        "image/png",
        claim,
        signer=studio.signer,
        trust=studio.trust,
        ingredients=[ingredient(path, label="p0", relationship="parentOf")],
    )
    return target


def test_a_generated_frame_passes_and_names_its_reference(studio: Studio) -> None:
    verdict = verify_file(frame(studio), trust=studio.trust)
    assert verdict.passed
    assert [(i.title, i.relationship) for i in verdict.ingredients] == [("hero_front.png", "inputTo")]


def test_an_export_passes_down_to_the_reference(studio: Studio) -> None:
    exported = export_of(studio, frame(studio), "kept.png", redact=False)
    assert verify_file(exported, trust=studio.trust).passed
    assert len(read(exported, trust=studio.trust).manifests) == 3


def test_a_redacted_export_passes_and_carries_no_byte_of_the_redacted_assertion(studio: Studio) -> None:
    original = frame(studio)
    exported = export_of(studio, original, "redacted.png", redact=True)
    assert SECRET.encode() in original.read_bytes()
    assert SECRET.encode() not in exported.read_bytes()
    assert verify_file(exported, trust=studio.trust).passed


def test_a_sidecar_beside_the_file_is_found(studio: Studio) -> None:
    path = studio.folder / "LIC-2026-0042.json"
    path.write_bytes(b'{"id":"LIC-2026-0042"}')
    claim = signed_document(document="LIC-2026-0042", digest=digest_file(path), covers=[HERO.entity])
    assert verify_file(path, trust=studio.trust).verdict is Judgment.UNKNOWN
    sidecar = sign_detached(path, "application/json", claim, signer=studio.signer, trust=studio.trust)
    assert verify_file(path, trust=studio.trust, manifest=sidecar).passed
    (studio.folder / "LIC-2026-0042.json.c2pa").write_bytes(sidecar)
    assert verify_file(path, trust=studio.trust).passed
    path.write_bytes(b'{"id":"LIC-2026-0043"}')
    assert verify_file(path, trust=studio.trust).verdict is Judgment.FAIL


def test_every_verdict_of_a_development_authority_says_so(studio: Studio) -> None:
    path = studio.reference()
    with_table = verify_file(path, trust=studio.trust)
    with_anchors = verify_file(path, trust=trust_anchors(studio.authority.anchors_pem))
    for verdict in (with_table, with_anchors):
        assert verdict.passed and verdict.development
        assert "signer.development" in codes(verdict, step=6)
        assert verdict.to_json()["signer"]["development"] is True


def test_without_a_library_steps_6_and_8_are_listed_as_not_checked(studio: Studio) -> None:
    verdict = verify_file(studio.reference(), trust=trust_anchors(studio.authority.anchors_pem))
    assert verdict.passed
    assert "signer.not_checked" in codes(verdict, step=6)
    assert codes(verdict, step=8) == ["catalog.not_checked"]


def test_a_trusted_signer_that_is_not_in_our_table_cannot_claim_to_be_ours(studio: Studio) -> None:
    verdict = verify_file(studio.reference(), trust=replace(studio.trust, signers=()))
    assert (verdict.verdict, codes(verdict, step=6)) == (Judgment.FAIL, ["signer.unknown", "signer.development"])


@pytest.mark.parametrize(("stamped", "passes"), [(-1, True), (0, False), (1, False), (None, False)])
def test_a_revoked_signer_counts_only_with_a_trusted_stamp_from_before(
    studio: Studio, stamped: int | None, passes: bool
) -> None:
    revoked_at = datetime(2026, 11, 1, tzinfo=UTC)
    known = TrustedSigner(
        issuer=studio.signer.issuer, serial=studio.signer.serial, name="Example Films", revoked_at=revoked_at
    )
    reading = read(studio.reference(), trust=studio.trust)
    if stamped is not None:
        reading = with_stamp(reading, revoked_at + timedelta(days=stamped))
    assert judge("a.png", reading, trust=replace(studio.trust, signers=(known,))).passed is passes


def with_stamp(reading: Reading, moment: datetime) -> Reading:
    manifest = reading.active_manifest
    assert manifest is not None and manifest.signer is not None
    stamped = replace(manifest, signer=replace(manifest.signer, signed_at=moment))
    return replace(reading, manifests=(stamped,), successes=(*reading.successes, Status(code="timeStamp.trusted")))


def test_a_gathered_assertion_of_ours_fails(studio: Studio) -> None:
    reading = read(studio.reference(), trust=studio.trust)
    manifest = reading.active_manifest
    assert manifest is not None
    gathered = tuple(replace(a, created=False) for a in manifest.assertions)
    verdict = judge("a.png", replace(reading, manifests=(replace(manifest, assertions=gathered),)), trust=studio.trust)
    assert verdict.verdict is Judgment.FAIL
    assert set(codes(verdict, step=7)) == {"claim.gathered"}


def test_the_catalog_must_know_the_entity_with_these_bytes(studio: Studio) -> None:
    path = frame(studio)
    reference = digest_file(studio.folder / "hero_front.png")

    def knows(entity: str | None, digest: Digest) -> bool:
        return (entity, digest) == (HERO.entity, reference)

    assert verify_file(path, trust=studio.trust, catalog=knows).passed
    unknown = verify_file(path, trust=studio.trust, catalog=lambda entity, digest: False)
    assert (unknown.verdict, codes(unknown, step=8)) == (Judgment.FAIL, ["catalog.mismatch"])


def test_a_file_the_catalog_knows_must_be_signed_by_us(studio: Studio, tmp_path: Path) -> None:
    """Known bytes under a trusted stranger's plain claim: steps 6 to 8 apply all the same."""
    reading = read(studio.reference(), trust=studio.trust)
    manifest = reading.active_manifest
    assert manifest is not None
    plain = tuple(a for a in manifest.assertions if not a.label.startswith("studio."))
    stripped = replace(reading, manifests=(replace(manifest, assertions=plain),))
    assert judge("a.png", stripped, trust=studio.trust).passed
    known = judge("a.png", stripped, trust=studio.trust, digest=ZERO, catalog=lambda entity, digest: entity is None)
    assert "claim.missing" in codes(known, step=7)


def test_a_recorded_untrusted_signer_is_excused_only_by_a_success_about_that_manifest(studio: Studio) -> None:
    reading = read(frame(studio), trust=studio.trust)
    manifest = reading.active_manifest
    assert manifest is not None
    label = manifest.ingredients[0].manifest
    doubt = Status(code="signingCredential.untrusted", url=f"self#jumbf=/c2pa/{label}/c2pa.signature")
    doubted = tuple(replace(i, failures=(doubt,)) for i in manifest.ingredients)
    others = tuple(m for m in reading.manifests if m.label != manifest.label)
    recorded = replace(reading, manifests=(*others, replace(manifest, ingredients=doubted)))

    def passes_with(url: str) -> bool:
        success = Status(code="signingCredential.trusted", url=url)
        deltas = tuple(replace(d, successes=(*d.successes, success)) for d in recorded.deltas)
        return judge("a.png", replace(recorded, deltas=deltas), trust=studio.trust).passed

    assert not judge("a.png", recorded, trust=studio.trust).passed
    assert not passes_with("self#jumbf=/c2pa/urn:c2pa:another/c2pa.signature")
    assert passes_with(doubt.url)


def test_the_json_of_a_verdict_has_the_promised_fields(studio: Studio) -> None:
    document = verify_file(studio.reference(), trust=studio.trust, name="hero.png").to_json()
    assert set(document) == {"file", "verdict", "findings", "signer", "ingredients"}
    assert document["file"] == "hero.png"
    assert all(set(finding) == {"step", "code", "sentence"} for finding in document["findings"])


def test_foreign_text_is_shown_on_one_harmless_line() -> None:
    assert plain_text("a\x1b]8;;http://x\x07\nb\u202egnp\u200b\ud800") == (
        "a\\u{1b}]8;;http://x\\u{7}\\u{a}b\\u{202e}gnp\\u{200b}\\u{d800}"
    )
    assert plain_text("Grüße 東京") == "Grüße 東京"
    assert len(plain_text("x" * 5000)) == 301


def test_a_foreign_intact_ingredient_needs_to_be_called_foreign(studio: Studio, tmp_path: Path) -> None:
    camera = make_studio(tmp_path, name="Camera Maker").reference("camera.png")
    source = studio.image("raw.png")

    def sign(foreign: bool) -> None:
        sign_embedded(
            source,
            studio.folder / "from_camera.png",
            "image/png",
            generated_claim(camera),
            signer=studio.signer,
            trust=studio.trust,
            ingredients=[ingredient(camera, foreign=foreign)],
        )

    with pytest.raises(IngredientRefused, match="Trusted"):
        sign(foreign=False)
    sign(foreign=True)
    assert not verify_file(studio.folder / "from_camera.png", trust=studio.trust).passed


def test_the_self_test_finds_an_engine_or_signer_that_cannot_be_relied_on(studio: Studio, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert self_test(signer=studio.signer, trust=studio.trust, now=now) == ()
    other = make_studio(tmp_path, name="Other")
    assert any("our own picture" in s for s in self_test(signer=studio.signer, trust=other.trust, now=now))


def test_the_table_without_anchors_trusts_nobody(studio: Studio) -> None:
    assert verify_file(studio.reference(), trust=None).verdict is Judgment.FAIL
    with pytest.raises(Exception, match="at least one trust anchor"):
        trust_anchors(b"nothing")


def test_a_verdict_never_raises_for_what_is_not_a_file(studio: Studio, tmp_path: Path) -> None:
    trust: TrustTable = studio.trust
    for path in (tmp_path, tmp_path / "missing.png", tmp_path / ("x" * 300)):
        assert verify_file(path, trust=trust).verdict is Judgment.FAIL


def test_a_tampered_frame_fails(studio: Studio) -> None:
    changed = flip(frame(studio), studio.folder / "tampered.png", -20)
    assert verify_file(changed, trust=studio.trust).verdict is Judgment.FAIL
