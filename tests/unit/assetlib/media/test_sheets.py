import numpy as np
import pytest

from assetlib.media import MediaError
from assetlib.media.sheets import Cell, contact_sheet

BLUE = np.broadcast_to(np.array([20, 40, 220], np.uint8), (90, 160, 3))


def test_cells_stand_in_reading_order() -> None:
    red = np.broadcast_to(np.array([220, 40, 20], np.uint8), (90, 160, 3))
    page = contact_sheet([Cell(pixels=BLUE, title="a"), Cell(pixels=red, title="b")], columns=2)
    assert page[100, 16 + 160, 2] > 200
    assert page[100, 16 + 336 + 160, 0] > 200


def test_a_badge_is_drawn_over_the_picture() -> None:
    plain = contact_sheet([Cell(pixels=BLUE, title="a")])
    denied = contact_sheet([Cell(pixels=BLUE, title="a", badge="denied")])
    assert ((plain != denied).any(axis=2)).sum() > 200


def test_a_long_title_stays_inside_its_cell() -> None:
    page = contact_sheet([Cell(pixels=BLUE, title="x" * 400)], cell_width=160, cell_height=90)
    assert (page[:, -16:] == page[0, 0]).all()


def test_rows_follow_from_columns() -> None:
    cells = [Cell(pixels=BLUE, title=str(i)) for i in range(5)]
    assert contact_sheet(cells, columns=2).shape[0] > 2.5 * contact_sheet(cells, columns=5).shape[0]


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(MediaError, match="at least one picture"):
        contact_sheet([])
