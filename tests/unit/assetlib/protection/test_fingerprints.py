from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from assetlib.protection.carriers import PLUS_PROHIBITED, delivery_files, write_sidecar, xmp_packet
from assetlib.protection.fingerprints import distance, fingerprints
from assetlib.protection.index import FingerprintIndex
from assetlib.protection.scan import Protected, hash_items, match_items, pictures, read_items
from provenance.digest import digest_file


def picture(seed: int, size: tuple[int, int] = (640, 360)) -> Image.Image:
    """Shapes of many sizes over a gradient: something a camera could have seen, unlike its neighbors."""
    random = np.random.default_rng(seed)
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(image)
    for radius in np.geomspace(160, 8, 60):
        x, y = random.uniform(0, size[0]), random.uniform(0, size[1])
        draw.ellipse((x - radius, y - radius * 0.7, x + radius, y + radius * 0.7), tuple(random.integers(0, 255, 3)))
    return image


def protected(path: Path, name: str) -> Protected:
    with Image.open(path) as image:
        views = tuple(view.bits for view in fingerprints(image) if view.usable)
    return Protected(asset=f"assetlib:///images/{name}", version="v001", digest=digest_file(path), views=views)


@pytest.fixture
def library_picture(tmp_path: Path) -> Path:
    path = tmp_path / "ours.png"
    picture(1).save(path)
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.resize((320, 180)),
        ImageOps.mirror,
        lambda image: ImageOps.expand(image, 60, "black"),
        lambda image: image.crop((140, 0, 500, 360)),
    ],
    ids=["half size", "mirrored", "letterboxed", "center square"],
)
def test_a_changed_copy_is_found(library_picture: Path, tmp_path: Path, change: object) -> None:
    folder = tmp_path / "scraped"
    folder.mkdir()
    change(picture(1)).save(folder / "copy.jpg", quality=60)  # type: ignore[operator]
    picture(2).save(folder / "other.jpg")
    report = match_items(read_items(hash_items(pictures(folder))), [protected(library_picture, "ours")])
    assert [(Path(hit.item).name, hit.how) for hit in report.hits] == [("copy.jpg", "fingerprint")]
    assert report.scanned == 2


def test_equal_bytes_are_found_by_digest(library_picture: Path) -> None:
    report = match_items(read_items(hash_items([library_picture])), [protected(library_picture, "ours")])
    assert (report.hits[0].how, report.hits[0].confidence) == ("digest", 1.0)


def test_an_item_that_cannot_be_read_is_reported_and_the_scan_goes_on(library_picture: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG but no more")
    report = match_items(read_items(hash_items([broken, library_picture])), [protected(library_picture, "ours")])
    assert report.unread[0][0] == str(broken)
    assert len(report.hits) == 1


def test_a_flat_picture_has_no_usable_fingerprint() -> None:
    assert not any(view.usable for view in fingerprints(Image.new("RGB", (400, 300), "gray")))


def test_the_recipe_has_not_shifted() -> None:
    full = fingerprints(picture(7))[0]
    assert (full.view, full.quality) == ("full", 100)
    assert distance(full.bits, bytes.fromhex(GOLDEN)) <= 2


def test_the_index_finds_exactly_what_brute_force_finds() -> None:
    random = np.random.default_rng(3)
    hashes = [random.bytes(32) for _ in range(2000)]
    query = bytearray(hashes[77])
    for bit in random.choice(256, 31, replace=False):
        query[bit // 8] ^= 1 << (bit % 8)
    found = FingerprintIndex(hashes).near(bytes(query))
    assert found == ((77, 31),)
    assert FingerprintIndex([]).near(bytes(32)) == ()


def test_xmp_prohibits_mining_and_keeps_names_harmless(tmp_path: Path) -> None:
    packet = xmp_packet(notice="© <Northlight> & sons", policy="https://policy.example/")
    assert PLUS_PROHIBITED.encode() in packet
    assert b"&lt;Northlight&gt; &amp; sons" in packet
    assert write_sidecar(tmp_path / "a.png", packet).name == "a.png.xmp"


def test_a_delivery_reserves_text_and_data_mining() -> None:
    files = delivery_files("https://policy.example/")
    assert json.loads(files[".well-known/tdmrep.json"])[0]["tdm-reservation"] == 1
    assert b"noai" in files["headers.txt"]


GOLDEN = "ff500fdc06823ad60bd981e039a789e48d1885ef8466fef41cf03e392af343d3"
