"""Models that intake lets in and that hurt whoever pictures them: it happens in a limited child, and is said."""

from __future__ import annotations

import os
import signal
import struct
import zlib
from pathlib import Path

import pytest

from assetlib.flows import picture_asset
from assetlib.intake.limits import Limits
from assetlib.intake.tasks import TASKS
from assetlib.usd import extract_textures, extract_walk
from assetlib.usd.extract import extract_scene
from assetlib.usd.extract_textures import Lookup, TextureTable
from tests.adversarial.cli_kit import HostileCli

HEAD = '#usda 1.0\n(\n  defaultPrim = "{}"\n  metersPerUnit = 1\n  upAxis = "Y"\n)\n'


def nested_instances(levels: int) -> str:
    """About 2 to the power of `levels` + 1 cubes that compose to a handful of prims."""
    halves = "".join(
        f'  def "{n}" (\n    instanceable = true\n    references = </l{{0}}>\n  )\n  {{{{\n  }}}}\n' for n in "ab"
    )
    body = "".join(f'def Xform "l{n}"\n{{\n{halves.format(n + 1)}}}\n' for n in range(levels))
    return HEAD.format("l0") + body + f'def Xform "l{levels}"\n{{\n  def Cube "c"\n  {{\n  }}\n}}\n'


def given(folder: Path, text: str) -> Path:
    (folder / "in").mkdir()
    (folder / "in" / "root.usda").write_text(text)
    return folder / "in" / "root.usda"


def test_a_model_that_takes_too_long_to_picture_is_registered_without_a_picture(
    cli: HostileCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = Limits(memory=4 << 30, cpu_seconds=1, wall_seconds=120.0, file_size=1 << 20)
    monkeypatch.setattr(picture_asset, "PICTURE_LIMITS", tight)
    path = given(tmp_path, nested_instances(13))
    cli.accepted("asset", "register", "forest", "--kind", "set", "--usd", path, says="no picture: .* 1 s of CPU")


def test_a_model_that_ends_the_process_that_pictures_it_is_refused(
    cli: HostileCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Registration goes on where the picture is made here: the case is the child's death, and ours without it."""
    monkeypatch.setitem(TASKS, "picture", "tests.adversarial.test_hostile_models:die")
    path = given(tmp_path, nested_instances(1))
    words = ("asset", "register", "bomb", "--kind", "prop", "--usd", path)
    cli.refused(*words, says=r"a picture of it cannot be made: its reader crashed \(SIGSEGV\)")


def die(root: Path, target: Path) -> bool:
    os.kill(os.getpid(), signal.SIGSEGV)
    return target == root


def test_a_walk_through_instances_ends_at_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = given(tmp_path, nested_instances(6))
    assert len(extract_scene(path, 0).meshes) == 127
    monkeypatch.setattr(extract_walk, "MOST_SHAPES", 10)
    scene = extract_scene(path, 0)
    assert len(scene.meshes) == 10
    assert any("the rest is not pictured" in warning for warning in scene.warnings)
    monkeypatch.setattr(extract_walk, "MOST_VISITED", 3)
    assert len(extract_scene(path, 0).meshes) <= 3


@pytest.mark.parametrize("name", ["/A/b", "/Q/none", "//", "A/b"])
def test_a_default_prim_written_as_a_path_does_not_send_the_estimate_in_a_circle(
    name: str, cli: HostileCli, tmp_path: Path
) -> None:
    path = given(tmp_path, HEAD.format("A") + 'def Xform "A" (\n  references = @sub.usda@\n)\n{\n}\n')
    (path.parent / "sub.usda").write_text(HEAD.format(name) + 'def Xform "A"\n{\n  def Cube "b"\n  {\n  }\n}\n')
    done = cli.run("asset", "register", f"default {name}", "--kind", "prop", "--usd", path)
    assert done.exit_code in (0, 1)
    assert "CPU" not in done.output


# Textures ---------------------------------------------------------------------------------------


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def claims(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 4000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"
TEXTURES = {
    "larger than the library pictures": claims(9000, 9000),
    "larger than the decoder takes": claims(100_000, 100_000),
    "cut short": claims(64, 64)[:50],
    "damaged": claims(64, 64).replace(b"IDAT", b"IDAT\xff", 1),
    "postscript": POSTSCRIPT,
    "photoshop": b"8BPS\x00\x01" + b"\xff" * 400,
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "empty": b"",
}


@pytest.mark.parametrize("name", TEXTURES)
def test_a_hostile_texture_is_pictured_as_gray_with_a_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.png").write_bytes(TEXTURES[name])
    table = TextureTable(folders=(tmp_path,))
    assert table.index(Lookup(path=str(tmp_path / "t.png"), channel="rgb")) is None
    assert table.warnings[0].startswith("texture t.png is pictured as gray: ")


def test_postscript_named_png_starts_a_program_where_every_format_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case is not empty: with all of the decoder's formats, a texture runs whatever is called ``gs``."""
    from PIL import EpsImagePlugin

    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "gs").chmod(0o755)
    (tmp_path / "t.png").write_bytes(POSTSCRIPT)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    lookup = Lookup(path=str(tmp_path / "t.png"), channel="rgb")
    TextureTable(folders=(tmp_path,)).index(lookup)
    assert not (tmp_path / "ran").exists()
    monkeypatch.setattr(extract_textures, "_FORMATS", None)
    TextureTable(folders=(tmp_path,)).index(lookup)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "link.png", "a.usdz[../secret.png]"])
def test_a_texture_outside_the_asset_is_not_read(path: str, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "secret.png").write_bytes(claims(8, 8))
    (tmp_path / "tree" / "link.png").symlink_to(tmp_path / "secret.png")
    table = TextureTable(folders=(tmp_path / "tree",))
    assert table.index(Lookup(path=str(tmp_path / "tree" / path), channel="rgb")) is None
    assert table.warnings
