from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from assetlib.editorial.compare import difference, match, restored
from assetlib.editorial.read import UnreadableTimeline, exact_rate, read_timeline, shot_code
from assetlib.editorial.write import ShotMedia, UnwritableTimeline, new_timeline, require_adapter, suffix, write_cut
from assetlib.model.cut import CutDiff, Edit, Timeline


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


def imported(tmp_path: Path, change: Callable[[Any], None], edits: tuple[Edit, ...] = CUT) -> tuple[Path, Timeline]:
    """The cut as if it had come from an editor, after `change` to the opened timeline: its canonical file, read."""
    source, canonical = write(tmp_path, edits, with_media=False), tmp_path / "canonical.otio"
    opened = otio.adapters.read_from_file(str(source))
    change(opened)
    otio.adapters.write_to_file(opened, str(source))
    return canonical, read_timeline(source, canonical=canonical)


def with_sound(timeline: Any) -> None:
    """A sound clip and a picture clip whose media lie on the editor's disks, and paths in names and metadata."""
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(96, 24))
    music = otio.schema.Clip(name="/Volumes/music/theme.wav", source_range=span)
    music.media_reference = otio.schema.ExternalReference(target_url="file:///Volumes/music/theme.wav")
    known = otio.schema.Clip(name="song", source_range=span)
    known.media_reference = otio.schema.ExternalReference(target_url="assetlib:///audio/song?version=v001")
    for clip in (music, known):
        track = otio.schema.Track(name="A1", kind=otio.schema.TrackKind.Audio)
        track.append(clip)
        timeline.tracks.append(track)
    first = next(iter(timeline.find_clips()))
    first.media_reference = otio.schema.ExternalReference(target_url="/Volumes/plates/a.mov")
    first.metadata["nle"] = {"source": "C:\\media\\a.mov", "bins": ["\\\\nas\\share\\a", "day 1"], "speed": 1.0}


def test_what_nobody_asked_about_does_not_leave_with_the_timeline(tmp_path: Path) -> None:
    canonical, cut = imported(tmp_path, with_sound)
    out = tmp_path / "out.otio"
    told = write_cut(canonical, {e.shot: media(e.shot, f"media/{e.shot}.mp4") for e in cut.edits}, out)
    assert told == (
        "2 other clips went offline, since nobody asked about the media",
        "3 paths in names and metadata of the timeline stayed here",
    )
    text = out.read_text("utf-8")
    assert not any(word in text for word in ("/Volumes", "C:", "nas", "assetlib:///"))
    assert "day 1" in text
    assert text.count("media/sq010") == 2 * len(CUT)  # the link, and what was sent


def test_a_registered_asset_that_was_asked_about_keeps_its_entity(tmp_path: Path) -> None:
    canonical, _ = imported(tmp_path, with_sound)
    out = tmp_path / "out.otio"
    write_cut(canonical, {}, out, asked_about={"assetlib:///audio/song"})
    assert "assetlib:///audio/song?version=v001" in out.read_text("utf-8")
    assert "/Volumes" not in out.read_text("utf-8")


def warped(timeline: Any) -> None:
    next(iter(timeline.find_clips())).effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))


def test_a_change_of_speed_makes_no_clip_longer_on_the_record(tmp_path: Path) -> None:
    canonical, cut = imported(tmp_path, warped)
    assert cut.edits[0].source_frames == 48
    shots = {e.shot: replace(media(e.shot), cut_out=1000 + e.source_frames) for e in cut.edits}
    write_cut(canonical, shots, tmp_path / "out.otio")
    back = read_timeline(tmp_path / "out.otio")
    assert [(e.record_in, e.duration) for e in back.edits] == [(e.record_in, e.duration) for e in cut.edits]


def exported(tmp_path: Path, change: Callable[[Any], None]) -> tuple[Timeline, CutDiff]:
    """A cut of foreign media exported, changed by an editor, and what its import says."""
    canonical, cut = imported(tmp_path, with_sound)
    out = tmp_path / "out.otio"
    write_cut(canonical, {e.shot: media(e.shot, f"media/{e.shot}.mp4") for e in cut.edits}, out)
    opened = otio.adapters.read_from_file(str(out))
    change(opened)
    otio.adapters.write_to_file(opened, str(out))
    return cut, difference(cut.edits, match(cut.edits, restored(cut.edits, read_timeline(out).edits)))


def test_our_own_export_comes_back_unchanged(tmp_path: Path) -> None:
    cut, changes = exported(tmp_path, lambda _: None)
    assert changes.unchanged == tuple(e.shot for e in cut.edits)


def trimmed(timeline: Any) -> None:
    clip = next(iter(timeline.find_clips()))
    start, length = clip.source_range.start_time, clip.source_range.duration
    four = otio.opentime.RationalTime(4, 24)
    clip.source_range = otio.opentime.TimeRange(start + four, length - four)


def replaced(timeline: Any) -> None:
    next(iter(timeline.find_clips())).media_reference = otio.schema.ExternalReference(target_url="other.mov")


@pytest.mark.parametrize(("change", "what"), [(trimmed, "trimmed"), (replaced, "replaced")])
def test_what_an_editor_did_to_our_export_is_seen(tmp_path: Path, change: Callable[[Any], None], what: str) -> None:
    cut, changes = exported(tmp_path, change)
    assert getattr(changes, what) == (cut.edits[0].shot,)


@pytest.mark.parametrize("kind", ["edl", "fcpxml", "fcp7", "aaf"])
def test_every_format_brings_a_plain_cut_back_with_equal_ranges(tmp_path: Path, kind: str) -> None:
    canonical, cut = imported(tmp_path, lambda _: None)
    target = tmp_path / f"out{suffix(kind)}"
    write_cut(canonical, {e.shot: media(e.shot, f"media/{e.shot}.mp4") for e in cut.edits[:3]}, target, kind=kind)
    back = read_timeline(target, rate=24 if kind == "edl" else None)
    assert [(e.name, e.duration, e.source_in) for e in back.edits] == [(e.shot, 24, 1001) for e in cut.edits]


def test_a_transition_that_a_format_cannot_hold_is_counted(tmp_path: Path) -> None:
    def dissolve(timeline: Any) -> None:
        six = otio.opentime.RationalTime(6, 24)
        timeline.tracks[0].insert(
            1, otio.schema.Transition(transition_type="SMPTE_Dissolve", in_offset=six, out_offset=six)
        )

    canonical, cut = imported(tmp_path, dissolve)
    told = write_cut(canonical, {e.shot: media(e.shot, "a.mp4") for e in cut.edits}, tmp_path / "out.aaf", kind="aaf")
    assert any("left out: 1 transition" in sentence for sentence in told)


def test_a_missing_adapter_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otio.adapters, "available_adapter_names", lambda: ["otio_json"])
    require_adapter("otio")
    with pytest.raises(UnwritableTimeline, match="pip install otio-aaf-adapter"):
        require_adapter("aaf")
