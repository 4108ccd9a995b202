from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from assetlib.editorial.compare import difference, match
from assetlib.editorial.read import UnreadableTimeline, exact_rate, read_timeline, shot_code
from assetlib.editorial.write import ShotMedia, UnwritableTimeline, new_timeline, write_cut
from assetlib.model.cut import Edit, Timeline


def edit(code: str, record_in: int = 0, duration: int = 24, **fields: object) -> Edit:
    values = {"shot": code, "name": code, "track": "V1", "record_in": record_in, "duration": duration}
    return Edit(**{**values, "source_in": Fraction(1001), **fields})  # type: ignore[arg-type]


CUT = tuple(edit(f"sq010_sh{n * 10:04d}", record_in=24 * n) for n in range(1, 5))


def media(code: str, url: str = "") -> ShotMedia:
    return ShotMedia(shot=code, cut_in=1001, cut_out=1024, first=993, last=1032, rate=Fraction(24), url=url)


def write(tmp_path: Path, edits: tuple[Edit, ...] = CUT, *, with_media: bool = True) -> Path:
    target = tmp_path / "cut.otio"
    timeline = Timeline(name="sq010", uuid="u", rate=Fraction(24), edits=edits)
    new_timeline(timeline, [media(e.shot) for e in edits if with_media], target)
    return target


def test_a_written_cut_reads_back_with_its_codes_and_frames(tmp_path: Path) -> None:
    read = read_timeline(write(tmp_path))
    assert [(e.shot, e.duration, e.source_in) for e in read.edits] == [(e.shot, 24, 1001) for e in CUT]
    assert read.uuid == "u"


def test_alternates_and_request_survive_the_lossless_form(tmp_path: Path) -> None:
    canonical = tmp_path / "canonical.otio"
    read_timeline(write(tmp_path), canonical=canonical)
    with_takes = replace(
        media(CUT[0].shot, "takes/one.mp4"), alternates=(("take_001", "takes/two.mp4"),), request=(("digest", "d"),)
    )
    out = tmp_path / "out.otio"
    assert write_cut(canonical, {CUT[0].shot: with_takes}, out) == ()
    text = out.read_text(encoding="utf-8")
    assert "takes/one.mp4" in text
    assert "takes/two.mp4" in text
    assert "assetlib.shot.v1" in text


def test_a_lossy_format_says_what_it_loses_and_joins_by_clip_name(tmp_path: Path) -> None:
    canonical = tmp_path / "canonical.otio"
    read_timeline(write(tmp_path), canonical=canonical)
    target = tmp_path / "out.edl"
    losses = write_cut(canonical, {e.shot: media(e.shot, f"{e.shot}.mp4") for e in CUT}, target, kind="edl")
    assert "drops" in losses[0]
    assert [e.shot for e in read_timeline(target, rate=24).edits] == [e.shot for e in CUT]


def test_an_unknown_format_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnwritableTimeline, match="expected one of otio"):
        write_cut(write(tmp_path), {}, tmp_path / "x", kind="mov")


@pytest.mark.parametrize(
    ("rate", "exact"), [(23.976, Fraction(24000, 1001)), (29.97, Fraction(30000, 1001)), (25.0, Fraction(25))]
)
def test_floating_rates_become_exact(rate: float, exact: Fraction) -> None:
    assert exact_rate(rate) == exact


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(UnreadableTimeline, match="positive"):
        exact_rate(0)


@pytest.mark.parametrize(
    ("name", "code"), [("sq010 sh/20", "sq010_sh_20"), ("plate.MOV", "plate"), ("—", ""), ("../etc", "etc")]
)
def test_a_clip_name_becomes_a_plain_code(name: str, code: str) -> None:
    assert shot_code(name) == code


def test_an_import_sorts_every_shot_into_one_change() -> None:
    incoming = (
        CUT[1],
        CUT[0],
        replace(CUT[2], duration=20),
        edit("sq010_sh0050"),
    )
    changes = difference(CUT, match(CUT, incoming))
    assert changes.added == ("sq010_sh0050",)
    assert changes.trimmed == (CUT[2].shot,)
    assert changes.removed == (CUT[3].shot,)
    assert len(changes.moved) == 1
    assert len(changes.unchanged) == 1


def test_clips_of_one_name_keep_their_codes_when_one_is_cut_out() -> None:
    known = tuple(
        edit("clip" if n == 1 else f"clip_{n:02d}", record_in=24 * n, name="clip", source_in=Fraction(n * 100))
        for n in range(1, 5)
    )
    incoming = tuple(replace(e, shot="new") for e in (known[0], known[2], known[3]))
    assert [e.shot for e in match(known, incoming)] == ["clip", "clip_03", "clip_04"]


def test_a_doubled_speed_needs_twice_the_frames_and_a_freeze_one() -> None:
    assert edit("a", duration=25, time_scalar=Fraction(2)).source_frames == 50
    assert edit("a", duration=25, time_scalar=Fraction(-3, 2)).source_frames == 38
    assert edit("a", duration=25, time_scalar=Fraction(0)).source_frames == 1


def test_a_file_that_is_no_timeline_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.otio"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(UnreadableTimeline, match="not a readable timeline"):
        read_timeline(path)
    other = tmp_path / "cut.txt"
    other.write_text("", encoding="utf-8")
    with pytest.raises(UnreadableTimeline, match=r"no reader for \.txt"):
        read_timeline(other)


def test_a_zero_length_clip_makes_no_shot_and_is_named(tmp_path: Path) -> None:
    cut = read_timeline(write(tmp_path, (edit("a", duration=0), edit("b")), with_media=False))
    assert [e.shot for e in cut.edits] == ["b"]
    assert "no length" in cut.warnings[0]
