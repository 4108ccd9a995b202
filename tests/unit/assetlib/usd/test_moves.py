"""Moves between keys: held outside, through every key, never past a mark."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetlib.model.shot_description import Ease
from assetlib.usd.moves import aim, travel, unwound

MARKS = st.lists(st.floats(-100, 100), min_size=1, max_size=6)


@given(MARKS, st.sampled_from(Ease))
def test_a_move_passes_through_every_key_and_never_overshoots(marks: list[float], ease: Ease) -> None:
    keys = [1001 + 7 * i for i in range(len(marks))]
    frames = range(keys[0] - 3, keys[-1] + 4)
    values = travel(keys, np.array(marks)[:, None], frames, ease)[:, 0]
    assert [values[key - frames[0]] for key in keys] == pytest.approx(marks, abs=1e-6)
    assert values.min() >= min(marks) - 1e-6
    assert values.max() <= max(marks) + 1e-6
    assert values[0] == pytest.approx(marks[0])
    assert values[-1] == pytest.approx(marks[-1])


def test_a_smooth_move_does_not_stop_at_a_key_it_passes() -> None:
    values = travel([0, 10, 20], np.array([[0.0], [10.0], [20.0]]), range(21), Ease.SMOOTH)[:, 0]
    assert values[11] - values[10] > 0.9


@pytest.mark.parametrize(
    ("look_at", "expected"),
    [((0, 0, -1), (0, 0, 0)), ((-1, 0, 0), (0, 90, 0)), ((0, 1, 0), (90, 0, 0)), ((0, 0, 0), (0, 0, 0))],
)
def test_aim_turns_minus_z_toward_the_point(look_at: tuple[float, ...], expected: tuple[float, ...]) -> None:
    assert aim((0.0, 0.0, 0.0), look_at, 0.0) == pytest.approx(expected)  # type: ignore[arg-type]


def test_a_turn_past_180_degrees_does_not_jump_back() -> None:
    assert unwound(np.array([[170.0], [-170.0]]))[:, 0].tolist() == [170.0, 190.0]
