import io
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from assetlib.model.scene import Passes
from assetlib.passes import BadArchive, archive_bytes, controls_for_render, read_passes, render_passes, write_passes
from generators.request import PassKind
from provenance.digest import digest_bytes
from tests.unit.assetlib.passes.small_scenes import ball, scene


@pytest.fixture(scope="module")
def passes() -> Passes:
    return render_passes(scene(ball((0, 0, -3), 1.0, detail=24)), width=32, height=24)


def test_what_is_written_is_read_again(passes: Passes, tmp_path: Path) -> None:
    write_passes(passes, tmp_path / "p.npz")
    again = read_passes(tmp_path / "p.npz")
    for field in fields(Passes):
        if field.name not in ("frame", "info"):
            assert np.array_equal(getattr(again, field.name), getattr(passes, field.name)), field.name
    assert (again.frame, dict(again.info)) == (passes.frame, dict(passes.info))
    assert [p.name for p in tmp_path.iterdir()] == ["p.npz"]


def test_numpy_alone_can_open_an_archive(passes: Passes) -> None:
    with np.load(io.BytesIO(archive_bytes(passes)), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["beauty"], passes.beauty)


def test_the_bytes_hold_no_time(passes: Passes) -> None:
    with zipfile.ZipFile(io.BytesIO(archive_bytes(passes))) as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def _without(data: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            if entry.filename != name:
                target.writestr(entry, source.read(entry))
    return out.getvalue()


@pytest.mark.parametrize("defect", ["no_zip", "truncated", "bit_flipped", "lacks_depth"])
def test_a_damaged_archive_is_refused_in_a_sentence(passes: Passes, defect: str) -> None:
    data = bytearray(archive_bytes(passes))
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    damaged = {
        "no_zip": b"not a zip",
        "truncated": bytes(data[: len(data) // 2]),
        "bit_flipped": bytes(flipped),
        "lacks_depth": _without(bytes(data), "depth.npy"),
    }[defect]
    with pytest.raises(BadArchive, match="expected an archive of passes"):
        read_passes(io.BytesIO(damaged))


def test_render_is_asked_with_one_beauty_archive_a_frame() -> None:
    digests = [(1001, digest_bytes(b"a")), (1002, digest_bytes(b"b"))]
    controls = controls_for_render(digests, width=640, height=360)
    assert [c.kind for c in controls] == [PassKind.BEAUTY] * 2
    assert [c.media.frames for c in controls] == [(1001, 1001), (1002, 1002)]
