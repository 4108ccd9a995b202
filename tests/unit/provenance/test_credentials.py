"""Signing and reading real files with the real engine."""

import io
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from provenance.claims import signed_document
from provenance.credentials import read, sign_detached, sign_detached_stream, sign_embedded, supported_formats
from provenance.digest import digest_bytes, digest_file
from provenance.errors import IngredientRefused, SigningFailed
from provenance.reading import Outcome
from provenance.trust import CREATED_LABELS, TrustTable, c2pa_settings
from tests.provenance_kit import Studio, flip, ingredient, make_studio, reference_of


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    return make_studio(tmp_path_factory.mktemp("studio"))


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [("png", "image/png"), ("jpg", "image/jpeg"), ("webp", "image/webp"), ("tif", "image/tiff")],
)
def test_a_signed_image_reads_trusted_and_keeps_its_pixels(studio: Studio, suffix: str, media_type: str) -> None:
    source = studio.image(f"plain.{suffix}")
    target = studio.folder / f"signed.{suffix}"
    digest = sign_embedded(source, target, media_type, reference_of(source), signer=studio.signer, trust=studio.trust)
    reading = read(target, trust=studio.trust)
    assert reading.state == "Trusted"
    assert digest == digest_file(target)
    assert Image.open(target).tobytes() == Image.open(source).tobytes()


def test_the_reading_names_the_signer_as_the_signer_does(studio: Studio) -> None:
    signer = read(studio.reference(), trust=studio.trust).signer
    assert signer is not None
    assert (signer.issuer, signer.serial) == (studio.signer.issuer, studio.signer.serial)


def test_every_assertion_of_ours_is_vouched_for(studio: Studio) -> None:
    manifest = read(studio.reference(), trust=studio.trust).active_manifest
    assert manifest is not None
    assert [a.label for a in manifest.assertions if not a.created] == []
    assert set(dict.fromkeys(a.label for a in manifest.assertions)) == {
        "c2pa.actions.v2",
        "cawg.training-mining",
        "c2pa.training-mining",
        "studio.assetlib.asset",
    }


def test_without_trust_an_intact_file_is_only_valid(studio: Studio) -> None:
    reading = read(studio.reference(), trust=None)
    assert reading.state == "Valid"
    assert [s.code for s in reading.failures] == ["signingCredential.untrusted"]


def test_a_sidecar_covers_every_byte_and_leaves_the_file_alone(studio: Studio) -> None:
    path = studio.folder / "LIC-2026-0042.json"
    path.write_bytes(b'{"id":"LIC-2026-0042"}')
    claim = signed_document(document="LIC-2026-0042", digest=digest_file(path), covers=["assetlib:///characters/hero"])
    sidecar = sign_detached(path, "application/json", claim, signer=studio.signer, trust=studio.trust)
    changed = flip(path, studio.folder / "changed.json", 3)
    assert path.read_bytes() == b'{"id":"LIC-2026-0042"}'
    assert read(path, manifest=sidecar, trust=studio.trust).state == "Trusted"
    assert [s.code for s in read(changed, manifest=sidecar, trust=studio.trust).failures] == [
        "assertion.dataHash.mismatch"
    ]


def test_a_sidecar_is_not_signed_for_the_type_of_a_manifest(studio: Studio) -> None:
    claim = signed_document(document="D-000001", digest=digest_bytes(b""))
    with pytest.raises(SigningFailed):
        sign_detached_stream(io.BytesIO(b"x"), "application/c2pa", claim, signer=studio.signer, trust=studio.trust)


def test_a_failed_signature_leaves_no_file_behind(studio: Studio) -> None:
    broken = studio.folder / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    target = studio.folder / "never.png"
    with pytest.raises(SigningFailed):
        sign_embedded(broken, target, "image/png", reference_of(broken), signer=studio.signer, trust=studio.trust)
    assert not target.exists()
    assert not list(studio.folder.glob(".never.png.*"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaky:
    """A back end that repeats its PIN when it fails, as real ones have been seen to."""

    chain_pem: bytes
    algorithm: str = "ES256"
    issuer: str = ""
    serial: str = ""

    def sign(self, data: bytes) -> bytes:
        raise RuntimeError("login failed for PIN 424242")


def test_a_failing_signer_leaks_no_pin_into_logs_or_errors(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    source = studio.image("leak.png")
    with caplog.at_level(logging.DEBUG), pytest.raises(SigningFailed) as failed:
        sign_embedded(
            source,
            studio.folder / "leak_signed.png",
            "image/png",
            reference_of(source),
            signer=Leaky(chain_pem=studio.signer.chain_pem),
            trust=studio.trust,
        )
    assert "424242" not in caplog.text + str(failed.value)
    assert "RuntimeError" in str(failed.value)


def test_an_expired_signer_cannot_sign(tmp_path: Path) -> None:
    late = make_studio(tmp_path, now=datetime.now(UTC) - timedelta(days=900))
    with pytest.raises(SigningFailed):
        late.reference()


def test_an_ingredient_the_claim_does_not_cite_is_refused(studio: Studio) -> None:
    source = studio.image("uncited.png")
    with pytest.raises(IngredientRefused, match="cites"):
        sign_embedded(
            source,
            studio.folder / "uncited_signed.png",
            "image/png",
            reference_of(source),
            signer=studio.signer,
            trust=studio.trust,
            ingredients=[ingredient(studio.reference())],
        )


def test_files_without_anything_to_read_say_why(studio: Studio) -> None:
    folder = studio.folder
    (folder / "empty.png").write_bytes(b"")
    (folder / "note.txt").write_text("hello")
    (folder / "lie.png").write_text("not a picture")
    expected = {
        "empty.png": Outcome.UNREADABLE,
        "note.txt": Outcome.UNSUPPORTED,
        "lie.png": Outcome.UNREADABLE,
        "missing.png": Outcome.UNREADABLE,
        studio.image("bare.png").name: Outcome.ABSENT,
    }
    found = {name: read(folder / name, trust=studio.trust).outcome for name in expected}
    assert found == expected


def test_calls_in_threads_do_not_disturb_each_other(studio: Studio) -> None:
    source = studio.image("thread.png")

    def once(number: int) -> str:
        target = studio.folder / f"thread_{number}.png"
        sign_embedded(source, target, "image/png", reference_of(source), signer=studio.signer, trust=studio.trust)
        return read(target, trust=studio.trust).state

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(once, range(24))) == {"Trusted"}


def test_the_settings_forbid_every_connection_and_every_thumbnail() -> None:
    settings = c2pa_settings(TrustTable(anchors_pem=b"PEM", tsa_anchors_pem=b"TSA", trust_config="1.2.3"))
    assert settings["core"] == {"allowed_network_hosts": [], "allow_redirects": False}
    assert (settings["verify"]["remote_manifest_fetch"], settings["verify"]["ocsp_fetch"]) == (False, False)
    assert settings["builder"]["thumbnail"] == {"enabled": False}
    assert settings["builder"]["created_assertion_labels"] == list(CREATED_LABELS)
    assert [a["trust_kind"] for a in settings["trust"]["anchors"]] == ["manifest", "tsa"]
    assert settings["trust"]["anchors"][0]["trust_config"] == "1.2.3"


def test_the_formats_we_deliver_can_carry_a_manifest() -> None:
    assert {"image/png", "image/jpeg", "video/mp4", "zip"} <= set(supported_formats())
