"""Every public C2PA file gets the verdict that its README lists under "ours"."""

import re
from pathlib import Path

import pytest

from provenance.claims import reference_image, signed_document
from provenance.credentials import Ingredient, read, sign_embedded
from provenance.errors import IngredientRefused
from provenance.reading import Outcome
from provenance.trust import TrustTable, trust_anchors
from provenance.verify import verify_file
from tests.provenance_kit import HERO, ZERO, Studio, make_studio
from tests.shared_data import shared

FILES = shared("c2pa")
_ROW = re.compile(r"^\| `c2pa/([^`]+)` \|[^|]*\|.*\| (pass|fail|unknown) \|[^|]*\|$", re.MULTILINE)


def expected() -> list[tuple[str, str]]:
    return _ROW.findall((FILES.parent / "README.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def trust() -> TrustTable:
    certificates = FILES / "c2pa-rs" / "certs" / "trust"
    return trust_anchors(
        (certificates / "test_cert_root_bundle.pem").read_bytes(), trust_config=(certificates / "store.cfg").read_text()
    )


def test_the_readme_lists_the_files() -> None:
    assert len(expected()) >= 35
    assert {verdict for _, verdict in expected()} == {"pass", "fail", "unknown"}


@pytest.mark.parametrize(("name", "verdict"), expected())
def test_a_public_file_gets_its_verdict(trust: TrustTable, name: str, verdict: str) -> None:
    found = verify_file(FILES / name, trust=trust)
    assert found.verdict == verdict, found.to_json()


@pytest.mark.parametrize("name", [name for name, verdict in expected() if verdict == "pass"])
def test_no_public_file_passes_without_its_anchors(name: str) -> None:
    assert not verify_file(FILES / name, trust=None).passed


def test_a_detached_manifest_beside_its_picture_is_judged_with_it(trust: TrustTable, tmp_path: Path) -> None:
    picture = tmp_path / "cloud.jpg"
    picture.write_bytes((FILES / "c2pa-rs" / "cloud.jpg").read_bytes())
    (tmp_path / "cloud.jpg.c2pa").write_bytes((FILES / "c2pa-rs" / "cloud_manifest.c2pa").read_bytes())
    codes = [step.code for step in verify_file(picture, trust=trust).findings]
    assert "signingCredential.untrusted" in codes
    assert "assertion.dataHash.mismatch" not in codes


def test_a_remote_manifest_is_named_and_not_fetched(trust: TrustTable) -> None:
    reading = read(FILES / "c2pa-rs" / "libpng-test_with_url.png", trust=trust)
    assert reading.outcome is Outcome.REMOTE
    assert "not fetched" in reading.reason


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return make_studio(tmp_path_factory.mktemp("studio"))


@pytest.mark.parametrize("name", ["c2pa-rs/XCA.jpg", "c2pa-rs/CIE-sig-CA.jpg", "c2pa-rs/CACAE-uri-CA.jpg"])
def test_nothing_is_signed_on_top_of_a_bad_file(studio: Studio, trust: TrustTable, name: str) -> None:
    source = studio.image("new.png")
    claim = reference_image(title="new.png", asset=HERO, source=ZERO, declared=None, parent="p0")
    bad = Ingredient(
        path=FILES / name, media_type="image/jpeg", title=name, relationship="parentOf", label="p0", foreign=True
    )
    with pytest.raises(IngredientRefused):
        sign_embedded(
            source,
            studio.folder / "on_top.png",
            "image/png",
            claim,
            signer=studio.signer,
            trust=trust,
            ingredients=[bad],
        )


def test_a_pdf_can_carry_a_license(studio: Studio) -> None:
    target = studio.folder / "contract.pdf"
    claim = signed_document(document="LIC-2026-0001", digest=ZERO, covers=["assetlib:///characters/hero"])
    sign_embedded(
        FILES / "c2pa-rs" / "basic.pdf", target, "application/pdf", claim, signer=studio.signer, trust=studio.trust
    )
    assert verify_file(target, trust=studio.trust).passed
