from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from assetlib.media import MediaError
from assetlib.media.color import ColorSpace, to_acescg
from assetlib.media.exr import read_exr, write_exr

BEAUTY = np.linspace(0, 12, 24 * 16 * 3, dtype=np.float32).reshape(16, 24, 3)
IDS = np.arange(24 * 16, dtype=np.uint16).reshape(16, 24) + 60000
DEPTH = np.full((16, 24), 123.456, np.float32)


def test_beauty_is_half_and_data_layers_keep_every_bit(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    write_exr(path, BEAUTY, alpha=DEPTH / 200, layers={"depth": DEPTH, "entity": IDS, "normal": BEAUTY})
    channels, _ = read_exr(path)
    assert np.array_equal(channels["R"], BEAUTY[..., 0].astype(np.float16).astype(np.float32))
    assert np.array_equal(channels["entity"], IDS.astype(np.float32))
    assert np.array_equal(channels["depth.Z"], DEPTH)
    assert {"A", "normal.X", "normal.Y", "normal.Z"} < set(channels)
    assert [p.name for p in tmp_path.iterdir()] == ["a.exr"]


@pytest.mark.parametrize(("space", "red_x"), [(ColorSpace.LINEAR, 0.64), (ColorSpace.ACESCG, 0.713)])
def test_the_header_names_primaries_color_space_and_rate(tmp_path: Path, space: ColorSpace, red_x: float) -> None:
    path = tmp_path / "a.exr"
    write_exr(path, BEAUTY, space=space, attributes={"assetlib:shot": "sq010_sh0010"}, rate=Fraction(24000, 1001))
    _, header = read_exr(path)
    assert header["chromaticities"][0] == pytest.approx(red_x)
    assert header["colorspace"] == str(space)
    assert tuple(header["FramesPerSecond"]) == (24000, 1001)
    assert header["assetlib:shot"] == "sq010_sh0010"


def test_equal_pixels_give_equal_bytes_at_any_time(tmp_path: Path) -> None:
    for name in ("a.exr", "b.exr"):
        write_exr(tmp_path / name, BEAUTY, layers={"depth": DEPTH})
    data = (tmp_path / "a.exr").read_bytes()
    assert data == (tmp_path / "b.exr").read_bytes()
    assert b"1970:01:01" in data


def test_radiance_beyond_half_is_clipped_and_not_infinite(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", BEAUTY * 1e6)
    assert np.isfinite(read_exr(tmp_path / "a.exr")[0]["R"]).all()


def test_display_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="scene-linear"):
        write_exr(tmp_path / "a.exr", BEAUTY, space=ColorSpace.SRGB)


def test_a_layer_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="layer depth of 24x16, found 5x5"):
        write_exr(tmp_path / "a.exr", BEAUTY, layers={"depth": np.zeros((5, 5), np.float32)})


def test_a_text_file_is_no_exr(tmp_path: Path) -> None:
    (tmp_path / "a.exr").write_text("no")
    with pytest.raises(MediaError, match="expected a readable EXR"):
        read_exr(tmp_path / "a.exr")


def test_acescg_keeps_gray_and_moves_red_inside() -> None:
    pixels = np.array([[[0.18, 0.18, 0.18], [1.0, 0.0, 0.0]]], np.float32)
    converted = to_acescg(pixels, ColorSpace.LINEAR)
    assert np.allclose(converted[0, 0], 0.18, atol=1e-4)
    assert np.allclose(converted[0, 1], [0.6131, 0.0702, 0.0206], atol=1e-3)


def test_data_is_never_converted_as_color() -> None:
    with pytest.raises(MediaError, match="data"):
        to_acescg(BEAUTY, ColorSpace.DATA)
