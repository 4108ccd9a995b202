"""The pacing of a shot: frames are whole, inclusive and in order."""

from __future__ import annotations

from fractions import Fraction

import pytest

from assetlib.model.shot_description import Pacing


def test_handles_lie_on_both_sides_of_the_cut() -> None:
    pacing = Pacing(cut_in=1001, cut_out=1024, handles=8, rate=Fraction(24000, 1001))
    assert (pacing.first, pacing.last) == (993, 1032)


@pytest.mark.parametrize(
    ("cut_in", "cut_out", "handles", "rate"),
    [(1002, 1001, 0, Fraction(24)), (1001, 1002, -1, Fraction(24)), (1001, 1002, 0, Fraction(0))],
)
def test_a_shot_that_ends_before_it_starts_is_refused(cut_in: int, cut_out: int, handles: int, rate: Fraction) -> None:
    with pytest.raises(ValueError, match="expected cut_in ≤ cut_out"):
        Pacing(cut_in=cut_in, cut_out=cut_out, handles=handles, rate=rate)
