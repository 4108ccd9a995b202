"""A picture comes in as what it is, with what it says about its rights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from assetlib.intake.answers import Unreadable
from assetlib.intake.image import ImageIntake, intake_image, intake_images

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"
 xmlns:cc="http://creativecommons.org/ns#" xmpRights:WebStatement="https://example.com/terms">
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">Example Films</rdf:li></rdf:Alt></dc:rights>
<cc:license rdf:resource="https://creativecommons.org/licenses/by/4.0/"/>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def test_size_mode_orientation_and_camera_are_told(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8298] = 6, "Example Camera", "Example Films"
    Image.new("RGB", (40, 20), (10, 20, 30)).save(tmp_path / "a.jpg", exif=exif)
    taken = intake_image(tmp_path / "a.jpg")
    assert (taken.media_type, taken.width, taken.height, taken.mode) == ("image/jpeg", 40, 20, "RGB")
    assert (taken.orientation, taken.frames, taken.has_alpha) == (6, 1, False)
    assert ("Make", "Example Camera") in taken.exif
    assert [(hint.source, hint.text) for hint in taken.hints] == [("EXIF", "Copyright: Example Films")]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_xmp_statements_about_rights_become_hints(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    picture = Image.new("RGB", (16, 16))
    match suffix:
        case ".png":
            text = PngImagePlugin.PngInfo()
            text.add_itxt("XML:com.adobe.xmp", XMP.decode())
            text.add_text("License", "CC0")
            picture.save(path, pnginfo=text)
        case ".tif":
            picture.save(path, tiffinfo={700: XMP})
        case _:
            picture.save(path, xmp=XMP)
    said = {hint.text for hint in intake_image(path).hints if hint.source == "XMP"}
    assert said == {
        "WebStatement: https://example.com/terms",
        "rights: Example Films",
        "license: https://creativecommons.org/licenses/by/4.0/",
    }


def test_a_canonical_picture_has_the_same_pixels_upright_and_no_metadata(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (6, 9, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112], exif[0x8298] = 6, "Example Films"
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    (tmp_path / "out").mkdir()
    intake_image(tmp_path / "a.png", canonical=tmp_path / "out" / "b.png")
    with Image.open(tmp_path / "out" / "b.png") as image:
        np.testing.assert_array_equal(np.asarray(image), np.rot90(pixels, -1))
        assert not image.getexif()
        assert image.info == {}


def test_many_pictures_are_read_by_one_child_and_a_bad_one_stops_no_other(tmp_path: Path) -> None:
    paths = []
    for i in range(40):
        paths.append(tmp_path / f"{i}.png")
        Image.new("L", (i + 1, 5)).save(paths[-1])
    paths[17].write_bytes(b"no picture")
    answers = intake_images(paths)
    assert isinstance(answers[17], Unreadable)
    widths = [answer.width for answer in answers if isinstance(answer, ImageIntake)]
    assert widths == [i + 1 for i in range(40) if i != 17]


def test_a_missing_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="FileNotFoundError"):
        intake_image(tmp_path / "absent.png")
