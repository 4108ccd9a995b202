"""The cut, the sheets and the contracts of the demo."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from assetlib.demo.contract_terms import AMENDMENT, CONSENT
from assetlib.demo.contracts import contracts, write_contracts
from assetlib.demo.cut import FIRST, REFUSED_SHOT, CastMember, edits, shots
from assetlib.demo.sheets import HEIGHTS, sheet_lights, sheet_views
from assetlib.documents.license_file import read_license
from assetlib.model.scene import LightKind
from assetlib.model.shot import Pin
from assetlib.model.shot_description import BlockingKey, CameraKey, ShotDescription, Subject
from provenance.digest import Digest

PLACES = {"rhea": "characters", "bruno": "characters", "terrace": "sets", "telescope": "props"}
CAST = {
    name: CastMember(
        pin=Pin(name=name, entity=f"assetlib:///{folder}/{name}", version="v001", digest=Digest("sha256:" + "0" * 64)),
        asset=f"{folder}/{name}/v001/{name}.usda",
    )
    for name, folder in PLACES.items()
}
HEAD = {"rhea": 1.58, "bruno": 0.74}
every_shot = pytest.mark.parametrize("shot", shots(CAST), ids=lambda s: s.code)


def between(keys: tuple[BlockingKey, ...] | tuple[CameraKey, ...], frame: int, field: str, smooth: bool) -> np.ndarray:
    first, last = np.array(getattr(keys[0], field)), np.array(getattr(keys[-1], field))
    if len(keys) == 1:
        return first
    t = float(np.clip((frame - keys[0].frame) / (keys[-1].frame - keys[0].frame), 0, 1))
    t = t * t * (3 - 2 * t) if smooth else t
    return first * (1 - t) + last * t


def on_screen(shot: ShotDescription, subject: Subject, frame: int) -> tuple[float, float, float]:
    """The head's place in the picture, -1…1 to the right and up, and its distance along the lens axis."""
    keys = shot.camera.keys
    eye, at = between(keys, frame, "position", True), between(keys, frame, "look_at", True)
    forward = (at - eye) / np.linalg.norm(at - eye)
    right = np.cross(forward, (0, 1, 0))
    right /= np.linalg.norm(right)
    ray = between(subject.blocking, frame, "position", False) + np.array([0, HEAD[subject.name], 0]) - eye
    depth = float(ray @ forward)
    scale = 2 * keys[0].focal_length / depth
    width, height = shot.camera.aperture
    return float(ray @ right) * scale / width, float(ray @ np.cross(right, forward)) * scale / height, depth


@every_shot
def test_every_shot_frames_its_characters(shot: ShotDescription) -> None:
    edit = next(e for e in edits() if e.code == shot.code)
    players = [s for s in shot.subjects if s.name in HEAD]
    assert tuple(s.name for s in players) == edit.subjects
    for frame in (shot.pacing.cut_in, (shot.pacing.cut_in + shot.pacing.cut_out) // 2, shot.pacing.cut_out):
        for player in players:
            x, y, depth = on_screen(shot, player, frame)
            assert depth > 0.5 and abs(x) < 0.85 and abs(y) < 0.95, (player.name, frame, x, y)


@every_shot
def test_every_shot_is_lit_by_few_lights_and_a_dome(shot: ShotDescription) -> None:
    assert [light.kind for light in shot.lights].count(LightKind.DOME) == 1
    assert 2 <= len(shot.lights) - 1 <= 4


@every_shot
def test_moves_and_walks_cover_the_handles(shot: ShotDescription) -> None:
    assert shot.camera.keys[0].frame <= shot.pacing.first and shot.camera.keys[-1].frame >= shot.pacing.last
    for subject in shot.subjects:
        if len(subject.blocking) > 1:
            assert subject.blocking[0].frame <= shot.pacing.first and subject.blocking[-1].frame >= shot.pacing.last


def test_cameras_stay_inside_the_terrace_and_above_its_floor() -> None:
    for shot in shots(CAST):
        for key in shot.camera.keys:
            x, y, z = key.position
            assert -6.5 < x < 5.0 and 0.3 < y < 4.0 and -5.3 < z < 6.5, shot.code


def test_the_cut_is_eight_shots_without_a_gap() -> None:
    cut, record = edits(), 0
    assert len(cut) == 8
    for edit in cut:
        assert edit.record_in == record and edit.cut_in == FIRST and 24 <= edit.duration <= 36
        assert edit.rate == Fraction(24) and edit.handles == 8
        record += edit.duration


def test_lenses_differ_and_two_shots_show_both_characters() -> None:
    assert len({s.camera.keys[0].focal_length for s in shots(CAST)}) >= 4
    assert sum(set(e.subjects) == {"rhea", "bruno"} for e in edits()) >= 2


def test_only_the_refused_shot_lies_in_the_scene_the_consent_leaves_out() -> None:
    assert [e.code for e in edits() if e.scene == "4"] == [REFUSED_SHOT]


def test_sheets_show_the_whole_figure_and_the_face() -> None:
    for name, (top, eyes) in HEIGHTS.items():
        views = sheet_views(name)
        assert [v.role for v in views] == ["front", "side", "back", "face"]
        for view in views:
            key = view.camera.keys[0]
            away = float(np.linalg.norm(np.subtract(key.position, key.look_at)))
            covers = away * view.camera.aperture[1] / key.focal_length
            assert covers > (top if view.role != "face" else 0.5)
            assert key.look_at[1] == pytest.approx(top / 2 if view.role != "face" else eyes)
        assert sheet_lights(name)[-1].kind is LightKind.DOME


def test_every_license_reads_with_its_own_document(tmp_path: Path) -> None:
    written = write_contracts(tmp_path)
    assert len(written) == len(contracts()) == 6
    for contract in written:
        pages = contract.document.read_bytes()
        assert pages.startswith(b"%PDF-")
        assert read_license(contract.license.read_bytes(), document=pages).id == contract.id


def test_contracts_are_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    first, second = write_contracts(tmp_path / "a"), write_contracts(tmp_path / "b")
    for one, other in zip(first, second, strict=True):
        assert one.document.read_bytes() == other.document.read_bytes()
        assert one.license.read_bytes() == other.license.read_bytes()


def test_a_changed_contract_no_longer_fits_its_license(tmp_path: Path) -> None:
    written = write_contracts(tmp_path)[0]
    with pytest.raises(ValueError, match=r"sha256|digest"):
        read_license(written.license.read_bytes(), document=written.document.read_bytes() + b"\n")


def test_the_amendment_adds_scene_four_and_nothing_else(tmp_path: Path) -> None:
    written = write_contracts(tmp_path)
    read = {w.id: read_license(w.license.read_bytes(), document=w.document.read_bytes()) for w in written}
    before, after = read[CONSENT], read[AMENDMENT]
    assert after.supersedes == before.id
    for name in ("actions", "purposes", "productions", "territories", "media", "recipients"):
        assert getattr(before.grants[0], name) == getattr(after.grants[0], name)
    assert before.grants[0].scenes != after.grants[0].scenes


def test_no_contract_permits_training() -> None:
    for contract in contracts():
        permits, _, prohibits = contract.yaml.partition("prohibits:")
        assert "train" not in permits and "mine" not in permits
        assert "train.gen" in prohibits and "mine" in prohibits


def test_contracts_are_signed_before_the_first_picture_is_made() -> None:
    assert max(date.fromisoformat(c.signed) for c in contracts() if c.id != AMENDMENT) < date(2026, 2, 1)
