"""Every timeline of the shared data comes in as a cut, or stops with a sentence that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assetlib.editorial.compare import difference, match, restored
from assetlib.editorial.read import UnreadableTimeline, read_timeline
from assetlib.editorial.write import ShotMedia, UnwritableTimeline, suffix, write_cut
from assetlib.model.cut import Timeline
from tests.shared_data import shared

SHOTS = {
    "core/big_int.otio": 1,
    "core/clip_example.otio": 1,
    "core/generator_reference_test.otio": 1,
    "core/multiple_track.otio": 5,
    "core/nested_example.otio": 7,
    "core/premiere_example.otio": 7,
    "core/screening_example.otio": 9,
    "core/simple_cut.otio": 4,
    "core/transition.otio": 4,
    "core/transition_test.otio": 3,
    "aaf/2997fps-DFTC.aaf": 1,
    "aaf/duplicates.aaf": 4,
    "aaf/gaps.otio": 0,
    "aaf/misc_speed_effects.aaf": 10,
    "aaf/nesting_test.aaf": 4,
    "aaf/nesting_test_preflattened.aaf": 4,
    "aaf/one_clip.aaf": 1,
    "aaf/test_muted_clip.aaf": 0,
    "aaf/transitions.aaf": 4,
    "aaf/utf8.aaf": 1,
    "cmx3600/cdl.edl": 2,
    "cmx3600/dissolve_test.edl": 3,
    "cmx3600/dissolve_test_4.edl": 6,
    "cmx3600/gap_test.edl": 3,
    "cmx3600/multi_audio.edl": 0,
    "cmx3600/screening_example.edl": 9,
    "cmx3600/speed_effects_small.edl": 5,
    "fcp/hiero_xml_export.xml": 2,
    "fcp/premiere_example.xml": 7,
    "fcp/sample_just_track.xml": 0,
}
REFUSED_FORMATS = {
    ("aaf/2997fps-DFTC.aaf", "fcpxml"),
    ("core/premiere_example.otio", "fcpxml"),
    ("fcp/premiere_example.xml", "fcpxml"),
}
REFUSED = {
    "cmx3600/25fps.edl": "--rate",
    "cmx3600/dissolve_test_fail.edl": "not a readable timeline",
    "fcpx-xml/fcpx_example.fcpxml": "--timeline",
    "fcpx-xml/fcpx_clips.fcpxml": "no timeline in this file",
    "newer-schema/screening_example.otio": "Marker",
}


@pytest.mark.parametrize(("name", "count"), SHOTS.items())
def test_a_timeline_becomes_shots_and_its_import_again_changes_nothing(name: str, count: int, tmp_path: Path) -> None:
    cut = read_timeline(shared("otio", name), canonical=tmp_path / "canonical.otio")
    assert len(cut.edits) == count
    assert len({edit.shot for edit in cut.edits}) == count
    again = read_timeline(shared("otio", name))
    through_ours = read_timeline(tmp_path / "canonical.otio")
    for incoming in (again, through_ours):
        changes = difference(cut.edits, match(cut.edits, incoming.edits))
        assert len(changes.unchanged) == count
        assert not changes.added + changes.removed + changes.moved + changes.trimmed + changes.replaced


@pytest.mark.parametrize(("name", "sentence"), REFUSED.items())
def test_what_cannot_be_read_without_guessing_stops_with_a_sentence(name: str, sentence: str) -> None:
    with pytest.raises(UnreadableTimeline, match=sentence):
        read_timeline(shared("otio", name))


def test_an_edl_at_25_reads_once_its_rate_is_said() -> None:
    cut = read_timeline(shared("otio", "cmx3600/25fps.edl"), rate=25)
    assert (len(cut.edits), cut.rate) == (4, 25)


def test_one_of_two_timelines_is_chosen_by_name() -> None:
    cut = read_timeline(shared("otio", "fcpx-xml/fcpx_example.fcpxml"), timeline="OpenTimeline_Project 1")
    assert cut.name == "OpenTimeline_Project 1"


def test_disabled_clips_make_no_shot_and_are_named() -> None:
    cut = read_timeline(shared("otio", "aaf/test_muted_clip.aaf"))
    assert not cut.edits
    assert "disabled" in cut.warnings[0]


def test_speed_effects_ask_for_duration_times_speed_frames() -> None:
    cut = read_timeline(shared("otio", "aaf/misc_speed_effects.aaf"))
    for edit in cut.edits:
        if edit.time_scalar == 0:
            assert edit.source_frames == 1
        else:
            assert edit.source_frames >= edit.duration * abs(edit.time_scalar)
    assert any(edit.time_scalar < 0 for edit in cut.edits)


def test_transitions_reach_beyond_the_cut() -> None:
    cut = read_timeline(shared("otio", "core/transition_test.otio"))
    assert [(edit.head, edit.tail) for edit in cut.edits][:2] == [(10, 10), (10, 0)] or cut.edits[0].head == 10


PICTURES = tuple(name for name, count in SHOTS.items() if count)
DISK = re.compile(r"file:/|/tmp/|/Users/|/Volumes/|/home/|[A-Z]:\\\\")


def sent(cut: Timeline, *, every: int = 1) -> dict[str, ShotMedia]:
    """Takes for every `every`-th shot; the others are offline."""
    return {
        edit.shot: ShotMedia(
            shot=edit.shot,
            cut_in=1001,
            cut_out=1000 + edit.source_frames,
            first=993,
            last=1008 + edit.source_frames,
            rate=cut.rate,
            url="" if number % every else f"media/{edit.shot}/take_001.mp4",
        )
        for number, edit in enumerate(cut.edits)
    }


@pytest.mark.parametrize("name", PICTURES)
def test_a_cut_exported_and_imported_again_is_unchanged_and_leaves_no_path_behind(name: str, tmp_path: Path) -> None:
    cut = read_timeline(shared("otio", name), canonical=tmp_path / "canonical.otio")
    out = tmp_path / "out.otio"
    write_cut(tmp_path / "canonical.otio", sent(cut, every=2), out)
    back = read_timeline(out)
    changes = difference(cut.edits, match(cut.edits, restored(cut.edits, back.edits)))
    assert changes.unchanged == tuple(edit.shot for edit in cut.edits)
    assert back.uuid == cut.uuid
    assert not DISK.findall(out.read_text("utf-8"))


@pytest.mark.parametrize("kind", ["edl", "fcpxml", "fcp7", "aaf"])
@pytest.mark.parametrize("name", PICTURES)
def test_a_lossy_format_brings_every_clip_back_or_is_not_written(name: str, kind: str, tmp_path: Path) -> None:
    cut = read_timeline(shared("otio", name), canonical=tmp_path / "canonical.otio")
    out = tmp_path / f"out{suffix(kind)}"
    if (name, kind) in REFUSED_FORMATS:
        with pytest.raises(UnwritableTimeline, match="export otio"):
            write_cut(tmp_path / "canonical.otio", sent(cut, every=2), out, kind=kind)
        assert not out.exists()
        return
    told = write_cut(tmp_path / "canonical.otio", sent(cut, every=2), out, kind=kind)
    back = read_timeline(out, rate=float(cut.rate) if kind == "edl" else None)
    start = cut.edits[0].record_in - back.edits[0].record_in if kind == "edl" else 0
    found = {(edit.name, edit.record_in + start, edit.duration, back.rate) for edit in back.edits}
    wanted = {(edit.shot, edit.record_in, edit.duration, cut.rate) for edit in cut.edits}
    if not any("what lies on top" in sentence for sentence in told):
        assert found == wanted
    raw = out.read_bytes()
    assert not DISK.findall(raw.decode("utf-8", "replace") + raw.decode("utf-16-le", "replace"))
