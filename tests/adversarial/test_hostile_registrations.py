"""Damaged models, packages and pictures through the command line: one sentence each, nothing registered."""

from __future__ import annotations

import io
import json
import os
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.adversarial.cli_kit import HostileCli

HEAD = '#usda 1.0\n(\n  defaultPrim = "A"\n  metersPerUnit = 1\n  upAxis = "Y"\n)\n'
CUBE = HEAD + 'def Xform "A"%s\n{\n  def Cube "c"\n  {\n  }\n}\n'


def entry(name: str, data: bytes) -> bytes:
    padding = (-(30 + len(name) + 4)) % 64
    extra = struct.pack("<HH", 0x1986, padding) + b"\0" * padding
    sizes = (zlib.crc32(data), len(data), len(data), len(name), len(extra))
    return struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, *sizes) + name.encode() + extra + data


def package(*files: tuple[str, bytes]) -> bytes:
    """A USDZ as OpenUSD writes it, with whatever names are asked for."""
    body, directory = b"", b""
    for name, data in files:
        offset, record = len(body), entry(name, data)
        body += record + b"\0" * (-len(record) % 64)
        extra = record[30 + len(name) : len(record) - len(data)]
        sizes = (zlib.crc32(data), len(data), len(data), len(name), len(extra), 0, 0, 0, 0, offset)
        directory += struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, *sizes) + name.encode() + extra
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + end


ROOT = ("a.usda", (CUBE % "").encode())
PACKAGES: dict[str, tuple[bytes, str]] = {
    "behind a picture": (b"\x89PNG\r\n\x1a\n" + package(ROOT), "well-formed USD package|USD package"),
    "before a script": (package(ROOT) + b"<script>alert(1)</script>", "well-formed USD package"),
    "file in the parent": (package(ROOT, ("../x.usda", ROOT[1])), "not a path inside the package|USD package"),
    "absolute file": (package(ROOT, ("/tmp/x.usda", ROOT[1])), "not a path inside the package|USD package"),
    "name twice": (package(ROOT, ROOT), "a name occurs twice"),
    "name twice by case": (package(ROOT, ("A.usda", ROOT[1])), "a name occurs twice"),
    "no layer first": (package(("a.png", b"x"), ROOT), "the first file of a package must be a USD layer"),
    "reference out": (
        package(("a.usda", (CUBE % " (\n  references = @../../secret.usda@\n)").encode())),
        "leaves the folder",
    ),
    "an executable": (b"\x7fELF" + b"\0" * 500, "USD package"),
    "cut short": (package(ROOT)[:-30], "USD package"),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_that_is_something_else_too_is_refused(name: str, cli: HostileCli, tmp_path: Path) -> None:
    content, says = PACKAGES[name]
    (tmp_path / "a.usdz").write_bytes(content)
    cli.refused("asset", "register", "a", "--kind", "prop", "--usd", tmp_path / "a.usdz", says=says)


def test_the_same_package_without_its_defect_is_registered(cli: HostileCli, tmp_path: Path) -> None:
    (tmp_path / "a.usdz").write_bytes(package(ROOT))
    cli.accepted("asset", "register", "packaged", "--kind", "prop", "--usd", tmp_path / "a.usdz", says="v001")


MODELS: dict[str, tuple[str, str]] = {
    "absolute reference": (CUBE % " (\n  references = @/etc/passwd@\n)", "is absolute"),
    "reference in the parent": (CUBE % " (\n  payload = @../secret.usda@\n)", "leaves the folder of the asset"),
    "reference bomb": (
        "#usda 1.0\n"
        + "".join(
            f'def "l{n}"\n{{\n  def "a" (\n    references = </l{n + 1}>\n  )\n  {{\n  }}\n'
            f'  def "b" (\n    references = </l{n + 1}>\n  )\n  {{\n  }}\n}}\n'
            for n in range(40)
        ),
        "at most 200000 prims",
    ),
    "deep nesting": ("#usda 1.0\n" + 'def "A"\n{\n' * 20_000 + "}\n" * 20_000, "does not parse|crashed|less deeply"),
    "instancer of itself": (
        '#usda 1.0\n(\n  defaultPrim = "A"\n)\ndef PointInstancer "A"\n{\n  rel prototypes = [</A>]\n'
        "  int[] protoIndices = [0, 0]\n  point3f[] positions = [(0, 0, 0), (0, 0, 0)]\n}\n",
        r"crashed \(SIG|does not",
    ),
    "unit that is no number": ((CUBE % "").replace("metersPerUnit = 1", "metersPerUnit = nan"), "above 0"),
    "unit of nothing": ((CUBE % "").replace("metersPerUnit = 1", "metersPerUnit = 0"), "above 0"),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_hostile_model_is_refused(name: str, cli: HostileCli, tmp_path: Path) -> None:
    text, says = MODELS[name]
    (tmp_path / "a.usda").write_text(text)
    cli.refused("asset", "register", "a", "--kind", "prop", "--usd", tmp_path / "a.usda", says=says)


def damaged(original: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    if seed % 3 == 0:
        return original[: chance.randrange(len(original))]
    data = bytearray(original)
    for _ in range(1 + seed % 8):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def check_damaged(cli: HostileCli, folder: Path, suffix: str, count: int) -> None:
    original = package(ROOT) if suffix == ".usdz" else ROOT[1]
    for seed in range(count):
        path = folder / f"{seed}{suffix}"
        path.write_bytes(damaged(original, seed))
        before = cli.state()
        done = cli.run("asset", "register", f"damaged {suffix[1:]} {seed}", "--kind", "prop", "--usd", path)
        assert done.exit_code in (0, 1)
        assert done.exit_code == 0 or cli.state() == before


@pytest.mark.parametrize("suffix", [".usda", ".usdz"])
def test_six_damaged_files_are_six_answers(suffix: str, cli: HostileCli, tmp_path: Path) -> None:
    check_damaged(cli, tmp_path, suffix, 6)


@pytest.mark.nightly
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("suffix", [".usda", ".usdz"])
def test_200_damaged_files_are_200_answers(suffix: str, cli: HostileCli, tmp_path: Path) -> None:
    check_damaged(cli, tmp_path, suffix, 200)


def test_a_crashing_model_ends_no_process_of_ours(cli: HostileCli, tmp_path: Path) -> None:
    """The command as a person starts it, in a process of its own."""
    (tmp_path / "a.usda").write_text(MODELS["instancer of itself"][0])
    words = ["asset", "register", "a", "--kind", "prop", "--usd", str(tmp_path / "a.usda"), "--json"]
    common = ["--library", str(cli.library), "--passphrase-file", str(cli.passphrase)]
    with cli.unchanged():
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *words, *common],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            timeout=240,
        )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "a.usda: its reader" in json.loads(done.stdout)["error"]["message"]


# Pictures --------------------------------------------------------------------------------------


def encoded(kind: str, mode: str = "RGB", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, kind, **options)
    return stream.getvalue()


def claims(width: int, height: int) -> bytes:
    """A small PNG with another size in its header, and that header's checksum right."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return encoded("PNG")[:12] + chunk + struct.pack(">I", zlib.crc32(chunk)) + encoded("PNG")[33:]


PICTURES: dict[str, tuple[bytes, str]] = {
    "a.png": (claims(100_000, 100_000), "at most 89478485 pixels"),
    "larger.png": (claims(4_000, 4_000), "cannot be decoded"),
    "svg.png": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "begin like none"),
    "postscript.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "begin like none"),
    "exr.png": (struct.pack("<I", 20000630) + b"\xff" * 200, "begin like none"),
    "short.jpg": (encoded("JPEG", size=(400, 400))[:500], "cannot be decoded|does not open"),
    "short.png": (encoded("PNG")[:60], "cannot be decoded|does not open"),
    "empty.png": (b"", "begin like none"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_hostile_picture_is_refused(name: str, cli: HostileCli, tmp_path: Path) -> None:
    content, says = PICTURES[name]
    (tmp_path / name).write_bytes(content)
    cli.refused("character", "register", "hero", "--reference", tmp_path / name, says=says)


ODD: dict[str, bytes] = {
    "jpeg.png": encoded("JPEG"),
    "cmyk.jpg": encoded("JPEG", "CMYK"),
    "deep.png": encoded("PNG", "I;16"),
    "palette.png": encoded("PNG", "P"),
    "moving.png": encoded("PNG", save_all=True, append_images=[Image.new("RGB", (64, 48), (9, 9, 9))]),
    "moving.webp": encoded("WEBP", save_all=True, append_images=[Image.new("RGB", (64, 48), (9, 9, 9))]),
}


def test_odd_pictures_are_what_their_bytes_say(cli: HostileCli, tmp_path: Path) -> None:
    for name, content in ODD.items():
        (tmp_path / name).write_bytes(content)
    done = cli.accepted("character", "register", "odd", "--reference", tmp_path, "--json")
    warnings = " ".join(json.loads(done.stdout)["warnings"])
    assert "jpeg.png: it is a JPEG picture, but its name ends in .png" in warnings
    assert "moving.png: it has 2 frames" in warnings


def test_a_link_out_of_a_folder_of_pictures_is_refused(cli: HostileCli, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(encoded("PNG"))
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "front.png").symlink_to(tmp_path / "secret.png")
    words = ("character", "register", "linked", "--reference")
    cli.refused(*words, tmp_path / "given", says="is a link that leads out of")
    (tmp_path / "given" / "front.png").unlink()
    (tmp_path / "given" / "front.png").write_bytes(encoded("PNG"))
    cli.accepted(*words, tmp_path / "given", says="v001")
