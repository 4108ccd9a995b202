"""Pictures that lie about what they are, how large they are, or what travels behind them."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from assetlib.intake.answers import Unreadable
from assetlib.intake.image import ImageIntake, intake_image, intake_images


def png(width: int = 8, height: int = 8, *, name: bytes = b"PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(stream, name.decode())
    return stream.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that decodes to width × height pixels."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def claimed_size(width: int, height: int) -> bytes:
    """A small PNG whose header claims another size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


REFUSED = {
    "script.png": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "begin like none"),
    "page.jpg": (b"<html><body>hello</body></html>", "begin like none"),
    "program.png": (b"\x7fELF" + b"\0" * 100, "begin like none"),
    "postscript.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "begin like none"),
    "gif.png": (b"GIF89a" + b"\0" * 30, "begin like none"),
    "empty.png": (b"", "begin like none"),
    "only_magic.png": (b"\x89PNG\r\n\x1a\n", "does not open"),
    "only_magic.jpg": (b"\xff\xd8\xff\xe0" + b"\0" * 40, "does not open|cannot be decoded"),
    "cut_short.png": (png(400, 400)[:300], "cannot be decoded"),
    "cut_short.jpg": (png(400, 400, name=b"JPEG")[:700], "cannot be decoded|does not open"),
    "damaged_stream.png": (png(64, 64).replace(b"IDAT", b"IDAT\xff", 1), "cannot be decoded|does not open"),
    "large.png": (bomb(30_000, 3_000), "at most 89478485 pixels"),
    "huge.png": (bomb(60_000, 6_000), "at most 89478485 pixels"),
    "claims_much.png": (claimed_size(2**31 - 1, 2**31 - 1), "at most|does not open|cannot be decoded"),
    "claims_more_than_it_has.png": (claimed_size(4000, 4000), "cannot be decoded"),
    "endless_text.png": (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
        + chunk(b"zTXt", b"Copyright\0\0" + zlib.compress(b"x" * (80 << 20)))
        + chunk(b"IDAT", zlib.compress(b"\0" * 4))
        + chunk(b"IEND", b""),
        "cannot be (read|decoded)|does not open",
    ),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ImageIntake | Unreadable]:
    folder = tmp_path_factory.mktemp("hostile")
    for name, (content, _) in REFUSED.items():
        (folder / name).write_bytes(content)
    before = time.monotonic()
    found = intake_images([folder / name for name in REFUSED])
    assert time.monotonic() - before < 20
    return dict(zip(REFUSED, found, strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_picture_is_refused_with_a_sentence(name: str, answers: dict[str, ImageIntake | Unreadable]) -> None:
    answer = answers[name]
    assert isinstance(answer, Unreadable), answer
    assert str(answer).startswith(f"{name}: ")
    with pytest.raises(Unreadable, match=REFUSED[name][1]):
        raise answer


def test_a_picture_under_the_name_of_another_format_is_what_its_bytes_say(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(png())
    taken = intake_image(tmp_path / "a.jpg")
    assert taken.media_type == "image/png"
    assert taken.warnings == ("it is a PNG picture, but its name ends in .jpg",)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_archive_behind_a_picture_is_named_and_is_not_in_the_canonical_one(kind: str, tmp_path: Path) -> None:
    clean, polyglot = tmp_path / f"clean.{kind.lower()}", tmp_path / f"polyglot.{kind.lower()}"
    clean.write_bytes(png(name=kind.encode()))
    polyglot.write_bytes(png(name=kind.encode()) + b"PK\x03\x04 an archive")
    assert intake_image(clean).warnings == ()
    (tmp_path / "out").mkdir()
    taken = intake_image(polyglot, canonical=tmp_path / "out" / "canonical.png")
    assert "15 bytes follow" in taken.warnings[0]
    assert b"an archive" not in (tmp_path / "out" / "canonical.png").read_bytes()


def test_terminal_escapes_in_metadata_are_made_visible(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x8298] = "Nobody\x1b[2J"
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    taken = intake_image(tmp_path / "a.jpg")
    assert [hint.text for hint in taken.hints] == ["Copyright: Nobody\\u{1b}[2J"]


def test_xmp_that_declares_an_entity_gives_no_hint(tmp_path: Path) -> None:
    packet = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    packet += b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rights>&e;</rights></x:xmpmeta>'
    Image.new("RGB", (8, 8)).save(tmp_path / "a.webp", xmp=packet)
    assert intake_image(tmp_path / "a.webp").hints == ()
