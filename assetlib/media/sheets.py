"""Contact sheets: many pictures on one page, each with a line below and a badge that says its clearance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from assetlib.media import MediaError
from assetlib.media.stills import thumbnail

_PAPER, _INK, _FAINT = (24, 26, 30), (232, 232, 228), (150, 154, 160)
_GAP = 16
# Told apart by lightness too, for those who do not tell red from green.
_BADGES = {
    "cleared": (92, 184, 120),
    "expiring": (236, 190, 72),
    "denied": (196, 62, 54),
    "unknown": (128, 132, 140),
    "stand-in": (255, 209, 26),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One picture of a sheet: (H, W, 3) 8-bit, a title, a fainter note, and a badge word or ''."""

    pixels: npt.NDArray[np.uint8]
    title: str
    note: str = ""
    badge: str = ""


def contact_sheet(
    cells: Sequence[Cell], *, columns: int = 4, cell_width: int = 320, cell_height: int = 180, heading: str = ""
) -> npt.NDArray[np.uint8]:
    """(H, W, 3) 8-bit page with `cells` in reading order. Raises MediaError for no cells."""
    if not cells or columns < 1:
        raise MediaError("expected at least one picture and one column for a contact sheet, found none")
    columns = min(columns, len(cells))
    line = max(14, cell_width // 18)
    head = 2 * line + _GAP if heading else 0
    step_x, step_y = cell_width + _GAP, cell_height + 2 * line + _GAP + 8
    rows = -(-len(cells) // columns)
    page = Image.new("RGB", (columns * step_x + _GAP, rows * step_y + _GAP + head), _PAPER)
    draw = ImageDraw.Draw(page)
    if heading:
        draw.text((_GAP, _GAP), heading, fill=_INK, font=_font(int(line * 1.4)))
    for index, cell in enumerate(cells):
        row, column = divmod(index, columns)
        _place(page, draw, cell, (_GAP + column * step_x, _GAP + head + row * step_y), (cell_width, cell_height), line)
    return np.asarray(page, np.uint8)


def _place(
    page: Image.Image, draw: ImageDraw.ImageDraw, cell: Cell, at: tuple[int, int], size: tuple[int, int], line: int
) -> None:
    small = thumbnail(cell.pixels, width=size[0], height=size[1])
    left, top = at[0] + (size[0] - small.shape[1]) // 2, at[1] + (size[1] - small.shape[0]) // 2
    page.paste(Image.fromarray(small), (left, top))
    below = at[1] + size[1] + 6
    font = _font(int(line * 0.82))
    draw.text((at[0], below), _fitted(draw, cell.title, font, size[0]), fill=_INK, font=font)
    draw.text((at[0], below + line), _fitted(draw, cell.note, font, size[0]), fill=_FAINT, font=font)
    if cell.badge:
        width = int(draw.textlength(cell.badge, font=font)) + 14
        box = (at[0] + size[0] - width - 6, at[1] + 6, at[0] + size[0] - 6, at[1] + 10 + line)
        draw.rounded_rectangle(box, radius=4, fill=_BADGES.get(cell.badge, _BADGES["unknown"]))
        center = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
        draw.text(center, cell.badge, fill=_PAPER, font=font, anchor="mm")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _fitted(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int
) -> str:
    """`text` cut with an ellipsis to the width of its cell."""
    while text and draw.textlength(text, font=font) > width:
        text = text[:-2].rstrip("… ") + "…" if len(text) > 2 else ""
    return text
