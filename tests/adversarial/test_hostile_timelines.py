"""Timelines with impossible numbers, names that are paths, and structures that end their reader."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from assetlib.editorial import read
from assetlib.editorial.read import read_timeline
from tests.adversarial.cli_kit import HostileCli

Item = dict[str, Any]
NAN, INFINITY = math.nan, math.inf


def time(value: float, rate: float = 24) -> Item:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": value}


def span(start: float, duration: float, rate: float = 24) -> Item:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": time(start, rate), "duration": time(duration, rate)}


def item(schema: str, name: str = "", **fields: Any) -> Item:
    return {"OTIO_SCHEMA": schema, "name": name, "metadata": {}, "effects": [], "markers": [], **fields}


def clip(name: str = "sh0010", start: float = 0, duration: float = 24, rate: float = 24, **fields: Any) -> Item:
    return item("Clip.1", name, source_range=span(start, duration, rate), **fields)


def labeled(name: str, label: Any) -> Item:
    return clip(name) | {"metadata": {"assetlib": {"shot": label}}}


def gap(duration: float) -> Item:
    return item("Gap.1", source_range=span(0, duration))


def dissolve(reach: float) -> Item:
    return {**item("Transition.1"), "in_offset": time(reach), "out_offset": time(reach), "transition_type": "x"}


def warped(scalar: float) -> Item:
    return clip(effects=[{**item("LinearTimeWarp.1"), "effect_name": "", "time_scalar": scalar}])


def timeline(*tracks: list[Item], name: str = "reel", label: Any = None) -> Item:
    stacked = [item("Track.1", f"V{n}", kind="Video", children=children) for n, children in enumerate(tracks, 1)]
    metadata = {} if label is None else {"assetlib": {"timeline": label}}
    tracks_ = item("Stack.1", "tracks", children=stacked)
    return item("Timeline.1", name, tracks=tracks_) | {"metadata": metadata}


def nested(levels: int) -> bytes:
    begin = b'{"OTIO_SCHEMA":"Timeline.1","name":"x","metadata":{},"tracks":'
    return begin + b'{"OTIO_SCHEMA":"Stack.1","name":"","metadata":{},"children":[' * levels + b"]}" * levels + b"}"


XML = b'<?xml version="1.0"?><!DOCTYPE l [%s]>'
LAUGHS = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
REFUSED: dict[str, tuple[Item | bytes, str]] = {
    "nan_rate.otio": (timeline([clip(rate=NAN)]), "expected a positive frame rate"),
    "infinite_rate.otio": (timeline([clip(rate=INFINITY)]), "expected a positive frame rate"),
    "zero_rate.otio": (timeline([clip(rate=0)]), "expected a positive frame rate"),
    "negative_rate.otio": (timeline([clip(rate=-24)]), "expected a positive frame rate"),
    "vanishing_rate.otio": (timeline([clip(rate=1e-300)]), "expected a positive frame rate"),
    "nan_length.otio": (timeline([clip(duration=NAN)]), "expected a time of at most"),
    "infinite_length.otio": (timeline([clip(duration=INFINITY)]), "expected a time of at most"),
    "endless_length.otio": (timeline([clip(duration=1e300)]), "expected a time of at most"),
    "years.otio": (timeline([clip(duration=1e10)]), "clip sh0010: expected at most 10000000 frames"),
    "endless_start.otio": (timeline([clip(start=1e300)]), "expected a time of at most"),
    "endless_gap.otio": (timeline([gap(1e18), clip()]), "expected a time of at most"),
    "nan_gap.otio": (timeline([gap(NAN), clip()]), "expected a time of at most"),
    "nan_transition.otio": (timeline([clip("a"), dissolve(NAN), clip("b")]), "expected a time of at most"),
    "nan_warp.otio": (timeline([warped(NAN)]), "expected a time warp by a number, found nan"),
    "endless_warp.otio": (timeline([warped(1e300)]), "expected at most 10000000 frames"),
    "deep.otio": (nested(100_000), "reader crashed|not a readable"),
    "deep_metadata.otio": (
        b'{"OTIO_SCHEMA":"Timeline.1","metadata":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        "reader crashed|not a readable",
    ),
    "no_tracks.otio": (item("Timeline.1", tracks=None), "reader crashed|not a readable|cannot be read"),
    "not_json.otio": (b"[1, 2", "not a readable timeline"),
    "utf16.otio": (json.dumps(timeline([clip()])).encode("utf-16"), "not a readable timeline"),
    "another_schema.otio": (timeline([{"OTIO_SCHEMA": "Evil.1"}]), "not a readable timeline"),
    "newer_schema.otio": (timeline([clip() | {"OTIO_SCHEMA": "Clip.99"}]), r"does not read Clip\.99"),
    "no_timecode.edl": (b"001  AX V C 99:99:99:99 00:00:00:00 00:00:01:00 00:00:00:00\n", "say the rate"),
    "binary.edl": (b"\0\xff" * 1000, "not a readable timeline"),
    "laughs.fcpxml": (XML % (b'<!ENTITY a "aaaaaaaaaa">' + LAUGHS) + b"<fcpxml>&j;</fcpxml>", "amplification"),
    "entity.xml": (
        XML % b'<!ENTITY a SYSTEM "file:///etc/passwd">' + b"<xmeml><sequence><name>&a;</name></sequence></xmeml>",
        "not a readable timeline",
    ),
    "archive.otioz": (b"PK\x03\x04" + b"\0" * 100, "not a readable timeline"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_timeline_is_refused_with_a_sentence_and_changes_nothing(
    name: str, cli: HostileCli, tmp_path: Path
) -> None:
    content, says = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    said = cli.refused("cut", "import", path, says=says)
    assert said.startswith(f"error: {name}: ")


def imported(cli: HostileCli, folder: Path, content: Item) -> dict[str, Any]:
    path = folder / "cut.otio"
    path.write_text(json.dumps(content))
    done = cli.accepted("cut", "import", path, "--json")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_clips_without_length_make_no_shot_and_are_named(cli: HostileCli, tmp_path: Path) -> None:
    answer = imported(cli, tmp_path, timeline([clip("a", duration=0), clip("b", duration=-5), clip("c")], name="empty"))
    assert answer["added"] == ["c"]
    assert answer["warnings"] == [f"clip {name} has no length and makes no shot" for name in "ab"]


def test_clips_that_overlap_on_two_tracks_are_two_shots(cli: HostileCli, tmp_path: Path) -> None:
    answer = imported(cli, tmp_path, timeline([clip("under")], [clip("over")], name="tracks"))
    assert answer["added"] == ["under", "over"]


def test_a_transition_that_reaches_further_than_its_clips_is_no_longer_than_they_are_handled(
    cli: HostileCli, tmp_path: Path
) -> None:
    answer = imported(cli, tmp_path, timeline([clip("d1"), dissolve(-1000), clip("d2")], name="dissolve"))
    assert answer["added"] == ["d1", "d2"]


# Labels are what we noted in a clip's metadata before; anybody can write them, and codes name folders.
LABELS = ["../../../tmp/evil", "a/b", "/etc/passwd", "..", ".hidden", "a\x00b", "x" * 4000, {"a": 1}, 7, ["q"]]


@pytest.mark.parametrize("label", LABELS, ids=lambda label: str(label)[:12])
def test_a_label_that_is_no_code_is_not_taken(label: Any, cli: HostileCli, tmp_path: Path) -> None:
    answer = imported(cli, tmp_path, timeline([labeled("lab", label)], name="labels"))
    assert answer["added"] + answer["unchanged"] == ["lab"]
    assert any("which is no free shot code" in warning for warning in answer["warnings"])


def test_the_same_label_is_a_path_where_labels_are_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The case is not empty: without the check, the code is the label."""
    path = tmp_path / "cut.otio"
    path.write_text(json.dumps(timeline([labeled("lab", "../../../tmp/evil")])))
    assert [edit.shot for edit in read_timeline(path).edits] == ["lab"]
    monkeypatch.setattr(read, "_CODE", read.re.compile(".*"))
    assert [edit.shot for edit in read_timeline(path).edits] == ["../../../tmp/evil"]


def test_two_clips_with_one_label_are_two_shots(cli: HostileCli, tmp_path: Path) -> None:
    answer = imported(cli, tmp_path, timeline([labeled("p", "same"), labeled("q", "same")], name="twice"))
    assert answer["added"] == ["same", "q"]


def test_names_that_differ_by_case_only_get_codes_that_differ_everywhere(cli: HostileCli, tmp_path: Path) -> None:
    answer = imported(cli, tmp_path, timeline([clip("Wide"), clip("wide"), clip("WIDE")], name="case"))
    assert answer["added"] == ["Wide", "wide_02", "WIDE_03"]


def test_names_that_steer_a_terminal_or_fill_a_page_are_cut_to_a_code(cli: HostileCli, tmp_path: Path) -> None:
    hostile = timeline([clip("\x1b[2Jred\u202e"), clip("n" * 100_000), clip("../../up")], name="t" * 100_000)
    answer = imported(cli, tmp_path, hostile)
    assert answer["added"] == ["2Jred", "n" * 72, "up"]
    assert len(answer["cut"]) == 255


@pytest.mark.parametrize("label", ["../../x", "x" * 5000, ["a"], {}], ids=["path", "long", "list", "dictionary"])
def test_a_timeline_label_that_is_no_id_is_not_taken(label: Any, tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    path.write_text(json.dumps(timeline([clip()], label=label)))
    plain = tmp_path / "plain.otio"
    plain.write_text(json.dumps(timeline([clip()])))
    assert read_timeline(path).uuid == read_timeline(plain).uuid


def test_more_clips_than_a_film_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cut.otio"
    path.write_text(json.dumps(timeline([clip(str(n)) for n in range(20)])))
    assert len(read_timeline(path).edits) == 20
    monkeypatch.setattr(read, "_MOST_CLIPS", 19)
    with pytest.raises(read.UnreadableTimeline, match="at most 19 clips"):
        read_timeline(path)
