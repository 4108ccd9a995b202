import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assetlib.media import MediaError
from assetlib.media.color import srgb_decode, srgb_encode, to_uint8, to_uint16
from assetlib.media.stills import decode_png16, decode_still, png_bytes, thumbnail, write_png

RAMP = np.linspace(0, 1, 40 * 30 * 3, dtype=np.float32).reshape(30, 40, 3)


@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 3), (30, 40, 4)], ids=["gray", "rgb", "rgba"])
def test_16_bit_samples_survive_exactly(shape: tuple[int, ...]) -> None:
    samples = np.random.default_rng(1).integers(0, 65536, shape).astype(np.uint16)
    assert np.array_equal(decode_png16(png_bytes(samples)), samples)


def test_other_readers_see_the_same_picture() -> None:
    data = png_bytes(RAMP)
    assert np.abs(decode_still(data).astype(int) - to_uint8(RAMP)).max() <= 1


def test_a_png_says_that_it_is_srgb(tmp_path: Path) -> None:
    write_png(RAMP, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        picture.load()
        assert picture.info["srgb"] == 1
        assert picture.info["gamma"] == pytest.approx(0.45455)
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_equal_pixels_give_equal_bytes() -> None:
    assert png_bytes(RAMP) == png_bytes(RAMP.copy())


def test_a_png_says_16_bit_in_its_header() -> None:
    assert struct.unpack(">IIBB", png_bytes(RAMP)[16:26]) == (40, 30, 16, 2)


@pytest.mark.parametrize("shape", [(0, 4, 3), (4, 4, 2), (4,)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MediaError, match="expected a gray, RGB or RGBA picture"):
        png_bytes(np.zeros(shape, np.float32))


def test_nan_and_over_range_become_black_and_white() -> None:
    values = np.array([[np.nan, -1.0, 0.5, 2.0, np.inf]], np.float32)
    assert to_uint16(values).tolist() == [[0, 0, 32768, 65535, 65535]]


def test_8_bit_spreads_over_16_bit_and_back() -> None:
    every = np.arange(256, dtype=np.uint8)[None]
    assert np.array_equal(to_uint8(to_uint16(every)), every)


def test_the_srgb_curve_is_its_own_inverse() -> None:
    assert np.allclose(srgb_decode(srgb_encode(RAMP)), RAMP, atol=1e-5)
    assert srgb_encode(np.array([0.18], np.float32))[0] == pytest.approx(0.4613561, abs=1e-5)


@pytest.mark.parametrize("defect", ["empty", "text", "truncated"])
def test_unreadable_pictures_are_refused_in_a_sentence(defect: str) -> None:
    data = {"empty": b"", "text": b"hello", "truncated": png_bytes(RAMP)[:200]}[defect]
    with pytest.raises(MediaError, match="expected a readable picture"):
        decode_still(data)
    with pytest.raises(MediaError, match="expected a 16-bit PNG"):
        decode_png16(data)


def test_a_flipped_bit_in_a_png_is_noticed() -> None:
    data = bytearray(png_bytes(RAMP))
    data[len(data) // 2] ^= 4
    with pytest.raises(MediaError, match="damaged"):
        decode_png16(bytes(data))


def test_16_bit_gray_is_scaled_and_not_clipped(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 0x8000, np.uint16)).save(tmp_path / "g.png")
    assert (decode_still(tmp_path / "g.png") == 0x80).all()


def test_a_thumbnail_keeps_its_shape_and_never_grows() -> None:
    picture = np.zeros((90, 160, 3), np.uint8)
    assert thumbnail(picture, width=80, height=80).shape == (45, 80, 3)
    assert thumbnail(picture, width=999, height=999).shape == (90, 160, 3)
