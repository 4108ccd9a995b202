"""Tampered, stripped, transplanted and hostile files never pass."""

import random
import shutil
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import c2pa
import pytest
from PIL import Image

from provenance.claims import asset_package, reference_image
from provenance.credentials import read, sign_detached, sign_embedded
from provenance.digest import digest_file
from provenance.errors import IngredientRefused
from provenance.packages import inventory, measure, sign_package
from provenance.trust import c2pa_settings
from provenance.verdict import Judgment
from provenance.verify import verify_file
from tests.provenance_kit import HERO, ZERO, Studio, flip, ingredient, make_studio, reference_of


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return make_studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def signed(studio: Studio) -> Path:
    return studio.reference("signed.png")


def chunk_ranges(data: bytes) -> dict[str, tuple[int, int]]:
    """Name → (start, end) of each PNG chunk, header and checksum included."""
    ranges, offset = {}, 8
    while offset < len(data):
        length = struct.unpack_from(">I", data, offset)[0]
        ranges[data[offset + 4 : offset + 8].decode()] = (offset, offset + 12 + length)
        offset += 12 + length
    return ranges


def test_a_changed_pixel_fails(studio: Studio, signed: Path, tmp_path: Path) -> None:
    start, end = chunk_ranges(signed.read_bytes())["IDAT"]
    verdict = verify_file(flip(signed, tmp_path / "pixel.png", (start + end) // 2), trust=studio.trust)
    assert verdict.verdict is Judgment.FAIL
    assert "assertion.dataHash.mismatch" in [s.code for s in verdict.findings]


def test_bytes_after_the_end_fail(studio: Studio, signed: Path, tmp_path: Path) -> None:
    (tmp_path / "longer.png").write_bytes(signed.read_bytes() + b"\0")
    assert verify_file(tmp_path / "longer.png", trust=studio.trust).verdict is Judgment.FAIL


def test_the_manifest_of_another_picture_fails(studio: Studio, signed: Path, tmp_path: Path) -> None:
    data, other = signed.read_bytes(), studio.image("other.png", color=(9, 9, 9)).read_bytes()
    start, end = chunk_ranges(data)["caBX"]
    place = chunk_ranges(other)["IHDR"][1]
    (tmp_path / "graft.png").write_bytes(other[:place] + data[start:end] + other[place:])
    assert verify_file(tmp_path / "graft.png", trust=studio.trust).verdict is Judgment.FAIL


def test_two_manifests_in_one_file_fail(studio: Studio, signed: Path, tmp_path: Path) -> None:
    data = signed.read_bytes()
    start, end = chunk_ranges(data)["caBX"]
    (tmp_path / "two.png").write_bytes(data[:end] + data[start:end] + data[end:])
    assert verify_file(tmp_path / "two.png", trust=studio.trust).verdict is Judgment.FAIL


def test_a_stripped_picture_is_unknown_and_never_passes(studio: Studio, signed: Path, tmp_path: Path) -> None:
    Image.open(signed).save(tmp_path / "stripped.png")
    assert verify_file(tmp_path / "stripped.png", trust=studio.trust).verdict is Judgment.UNKNOWN


def test_the_sidecar_of_another_picture_does_not_vouch_for_this_one(studio: Studio, tmp_path: Path) -> None:
    one, other = studio.image("one.png"), studio.image("two.png", color=(9, 9, 9))
    sidecar = sign_detached(one, "image/png", reference_of(one), signer=studio.signer, trust=studio.trust)
    shutil.copy(other, tmp_path / "two.png")
    (tmp_path / "two.png.c2pa").write_bytes(sidecar)
    assert verify_file(one, trust=studio.trust, manifest=sidecar).passed
    assert verify_file(tmp_path / "two.png", trust=studio.trust).verdict is Judgment.FAIL


def test_a_stranger_with_our_name_is_not_us(studio: Studio, tmp_path: Path) -> None:
    forger = make_studio(tmp_path, name="Example Films")
    verdict = verify_file(forger.reference(), trust=studio.trust)
    assert verdict.verdict is Judgment.FAIL
    assert "signingCredential.untrusted" in [s.code for s in verdict.findings]


def opened(studio: Studio, original: Path, target: Path, **changes: object) -> None:
    claim = reference_image(title="new.png", asset=HERO, source=ZERO, declared=None, parent="p0")
    given = ingredient(original, label="p0", relationship="parentOf", foreign=bool(changes.get("foreign")))
    source = studio.image("new.png")
    sign_embedded(source, target, "image/png", claim, signer=studio.signer, trust=studio.trust, ingredients=[given])


@pytest.mark.parametrize("foreign", [False, True])
def test_nothing_is_built_upon_a_tampered_reference(
    studio: Studio, signed: Path, tmp_path: Path, foreign: bool
) -> None:
    bad = flip(signed, tmp_path / "bad.png", -20)
    with pytest.raises(IngredientRefused, match="may not be built upon"):
        opened(studio, bad, tmp_path / "new.png", foreign=foreign)
    assert not (tmp_path / "new.png").exists()


def test_a_recorded_bad_ingredient_fails_though_the_engine_trusts_the_file(
    studio: Studio, signed: Path, tmp_path: Path
) -> None:
    """Somebody with our key, but not our code, signs on top of a tampered reference."""

    bad = flip(signed, tmp_path / "bad.png", -20)
    claim = reference_image(title="new.png", asset=HERO, source=ZERO, declared=None, parent="p0")
    context = c2pa.Context.from_dict(c2pa_settings(studio.trust))
    builder = c2pa.Builder(claim.definition, context)
    with bad.open("rb") as stream:
        builder.add_ingredient({"title": "bad.png", "relationship": "parentOf", "label": "p0"}, "image/png", stream)
    engine = c2pa.Signer.from_callback(studio.signer.sign, c2pa.C2paSigningAlg.ES256, studio.signer.chain_pem.decode())
    target = tmp_path / "on_top.png"
    with studio.image("clean.png").open("rb") as source, target.open("w+b") as sink:
        builder.sign(engine, "image/png", source, sink)
    assert read(target, trust=studio.trust).state == "Trusted", "else the case is empty"
    verdict = verify_file(target, trust=studio.trust)
    assert verdict.verdict is Judgment.FAIL
    assert {s.step for s in verdict.findings if s.failed} & {4, 5}


def test_an_escape_sequence_in_a_title_does_not_reach_a_terminal(studio: Studio, tmp_path: Path) -> None:
    source, target = studio.image("esc.png"), tmp_path / "esc.png"
    hostile = "\x1b[2Jpass\u202egnp.exe"
    claim = reference_of(source, title=hostile)
    sign_embedded(source, target, "image/png", claim, signer=studio.signer, trust=studio.trust)
    reading = read(target, trust=studio.trust)
    assert reading.active_manifest is not None and reading.active_manifest.title == hostile
    opened(studio, target, tmp_path / "next.png")
    document = str(verify_file(tmp_path / "next.png", trust=studio.trust, name=hostile).to_json())
    assert "\x1b" not in document and "\u202e" not in document


@pytest.fixture
def canary() -> Iterator[tuple[int, list[bytes]]]:
    """A loopback listener that records whoever connects."""
    hits: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    hits.append(connection.recv(100))

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], hits
        done.set()
        thread.join()


def test_a_remote_manifest_is_never_fetched(studio: Studio, tmp_path: Path, canary: tuple[int, list[bytes]]) -> None:
    port, hits = canary
    url = f"http://127.0.0.1:{port}/manifest.c2pa"
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{url}"/></rdf:RDF></x:xmpmeta>'
    )
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp.encode()
    chunk = struct.pack(">I", len(text)) + b"iTXt" + text + struct.pack(">I", zlib.crc32(b"iTXt" + text))
    data = studio.image("remote.png").read_bytes()
    place = chunk_ranges(data)["IHDR"][1]
    path = tmp_path / "remote.png"
    path.write_bytes(data[:place] + chunk + data[place:])
    verdict = verify_file(path, trust=studio.trust)
    assert (verdict.verdict, verdict.findings[0].code) == (Judgment.UNKNOWN, "manifest.remote")
    assert hits == []


def test_random_damage_never_passes_and_never_raises(studio: Studio, signed: Path, tmp_path: Path) -> None:
    """Flips and cuts; a flip inside the unsigned padding of the signature is the one harmless kind."""
    original, chooser = signed.read_bytes(), random.Random(20261121)
    start, end = chunk_ranges(original)["caBX"]
    path = tmp_path / "damaged.png"
    for round_ in range(150):
        damaged = bytearray(original)
        if round_ % 3 == 0:
            del damaged[chooser.randrange(1, len(damaged)) :]
        else:
            damaged[chooser.choice([*range(start), *range(end, len(original))])] ^= 1 << chooser.randrange(8)
        path.write_bytes(damaged)
        assert not verify_file(path, trust=studio.trust).passed, round_


def test_a_listed_file_replaced_by_a_link_to_another_fails(studio: Studio, tmp_path: Path) -> None:

    (tmp_path / "f.1001.exr").write_bytes(b"one")
    listed = inventory(HERO.entity, HERO.version, "f.1001.exr", measure(tmp_path, ["f.1001.exr"]))
    claim = asset_package(title="frames", asset=HERO, inventory=listed)
    (tmp_path / "frames.json").write_bytes(listed)
    (tmp_path / "frames.c2pa").write_bytes(sign_package(listed, claim, signer=studio.signer, trust=studio.trust))
    assert verify_file(tmp_path / "f.1001.exr", trust=studio.trust).passed
    shutil.move(tmp_path / "f.1001.exr", tmp_path / "elsewhere")
    (tmp_path / "f.1001.exr").symlink_to("elsewhere")
    assert not verify_file(tmp_path / "f.1001.exr", trust=studio.trust).passed
    assert digest_file(tmp_path / "elsewhere") == digest_file(tmp_path / "f.1001.exr")
