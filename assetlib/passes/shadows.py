"""Shadows of a whole picture: few rays where neighbors agree, more where a half shadow is narrow.

Every second pixel asks each lamp first. Where all within reach agree, the pixels between take their answer; elsewhere
every pixel asks again. Two answers of one pixel that differ tell a half shadow from the border of a hard one: a broad
half shadow is smoothed over a broad neighborhood, only a narrow one gets further rays.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats
from assetlib.passes.ground import Ground
from assetlib.passes.lighting import lamp_sample
from assetlib.passes.smoothing import spread
from assetlib.passes.world import World

# Less light than this, of a diffuse white of 1, is not worth a ray: it is below one step of an 8-bit display.
_FAINT = np.float32(5e-4)
_SOFT_REACH, _BROAD, _LARGE = 3, 5, 8
_OFTEN = 8  # one in so many pixels of a half shadow contradicts itself
_GLOSSY = 0.4
HARD, NARROW, WIDE = 0, 1, 2
_SAME_DEPTH, _SAME_DIRECTION = np.float32(0.02), np.float32(0.98)

_Mask = npt.NDArray[np.bool_]


def cast_shadows(world: World, ground: Ground, more: int, turn: int) -> tuple[Floats, npt.NDArray[np.uint8], _Mask]:
    """(L, H, W) visible share of every lamp; how far it wants smoothing: 0 not at all (hard), 1 near, 2 wide; and
    (H, W) borders of hard shadows. `more` rays go into narrow half shadows, `turn` numbers repeated pictures."""
    shape = (len(world.lamps), ground.lens.height, ground.lens.width)
    shares, soft, border = np.ones(shape, np.float32), np.zeros(shape, np.uint8), np.zeros(shape[1:], bool)
    asking, eighth = _asking_first(ground, turn), _every_eighth(ground)
    places = _lattice(ground.x, ground.y)
    for lamp in range(shape[0]):
        shares[lamp], soft[lamp], edges = _one_lamp(
            world, ground, lamp, (asking, eighth), places, more, turn * (more + 2)
        )
        border |= edges
    return shares, soft, border


def _one_lamp(
    world: World,
    ground: Ground,
    lamp: int,
    turns: tuple[_Mask, _Mask],
    places: tuple[Floats, Floats],
    more: int,
    first: int,
) -> tuple[Floats, npt.NDArray[np.uint8], _Mask]:
    asking, eighth = turns
    # What no light would reach counts as unseen: an outline's ray may borrow it where the surface turns to the light.
    matters = (ground.arriving[lamp] * world.lamps[lamp].radiance.max() > _FAINT) & ground.asks
    total, rays = np.zeros(len(ground.hits), np.float32), np.zeros(len(ground.hits), np.float32)

    def ask(chosen: npt.NDArray[np.intp], sample: int) -> None:
        x, y = places[0].take(chosen), places[1].take(chosen)
        total[chosen] += lamp_sample(world, ground.hits, lamp, x, y, sample, chosen)
        rays[chosen] += 1.0

    ask(np.flatnonzero(matters & asking), first)
    disputed = matters & _of(
        ground, _both_within(ground.marked(total > 0.0), ground.marked((rays > 0.0) & (total == 0.0)))
    )
    within = disputed & ~_of(ground, spread(~ground.marked(disputed), _BROAD))
    ask(np.flatnonzero(disputed & ~(within & (rays > 0.0) & ~eighth)), first + 1)
    mixed = _mixed(ground, within, total, rays)
    ask(np.flatnonzero(within & ~_of(ground, mixed) & (rays == 1.0)), first + 1)
    rare = _rare(ground, total, rays, disputed) & ~mixed
    doubtful = spread(ground.marked((total > 0.0) & (total < rays)), _SOFT_REACH) | mixed
    broad = ~spread(~doubtful, _BROAD) | rare
    # One answer too bright turns a glossy rim into a glint.
    glossy = ground.marked(disputed & (ground.look.roughness < _GLOSSY))
    narrow = np.flatnonzero(matters & _of(ground, (doubtful | glossy) & ~broad))
    for sample in range(more if len(narrow) else 0):
        ask(narrow, first + 2 + sample)
    total /= np.maximum(rays, np.float32(1.0))
    share = _filled_in(ground, ground.picture(total, 1.0), matters & (rays == 0))
    half = spread((share > 0.01) & (share < 0.99), _SOFT_REACH) | mixed | rare
    plain = ground.marked(matters) & ~half
    edges = _both_within(plain & (share > 0.5), plain & (share < 0.5), reach=1)
    ground.fill_in(share.reshape(-1), ground.filled)
    return share, np.where(half, np.where(broad, WIDE, NARROW), HARD).astype(np.uint8), edges


def _every_eighth(ground: Ground) -> _Mask:
    """(N,) one in eight pixels, of those that ask first."""
    x, y = ground.x.astype(np.int32), ground.y.astype(np.int32)
    return np.asarray(((x + y) % 4 == 0) & (y % 2 == 0))


def _mixed(ground: Ground, within: _Mask, total: Floats, rays: Floats) -> _Mask:
    """(H, W) the inside of broad half shadows: lit and dark answers all around, and pixels that were asked twice often
    contradict themselves. In a fine pattern of hard shadows they do not."""
    inside = ground.marked(within)
    if not within.any():
        return inside
    twice = within & (rays == 2.0)
    contradicted = _around(ground.marked(twice & (total == 1.0)))
    return inside & (contradicted * np.uint16(_OFTEN) > _around(ground.marked(twice)))


def _rare(ground: Ground, total: Floats, rays: Floats, disputed: _Mask) -> _Mask:
    """(H, W) where lone answers deviate and none is confirmed nearby: something thin near the lamp hides a little of
    it from everywhere, or lets a little through."""
    sure = (rays > 0.0) & ((rays > 1.0) | ~disputed)
    dark, lit = ground.marked(sure & (total == 0.0)), ground.marked(sure & (total == rays))
    lone = ground.marked((total > 0.0) & (total < rays))
    near = spread(lone, _LARGE)
    return near & ~(spread(dark, _LARGE) & spread(lit, _LARGE))


def _around(mask: _Mask) -> npt.NDArray[np.uint16]:
    """(H, W) how many marks lie within _LARGE to every side: 16 = 8 + 8 = … of them from ever wider sums, and one."""
    total = np.pad(mask, _LARGE).astype(np.uint16)
    for _ in (0, 1):
        single, reach = total, 1
        while reach < 2 * _LARGE:
            total = total[:-reach] + total[reach:]
            reach *= 2
        total = (total[:-1] + single[reach:]).T
    return total


def _lattice(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Numbers of a checkerboard's fields of one color along its diagonals: neighbors there are one apart, so that
    any 4x4 of them get samples from all over the lamp."""
    column, row = np.floor(x), np.floor(y)
    return np.floor((column + row) * 0.5), np.floor((row - column) * 0.5)


def _asking_first(ground: Ground, turn: int) -> _Mask:
    """(N,) every second pixel, and those between whose neighbor to the left or right is another surface."""
    guide = ground.guide
    normal, inverse = guide.normal, guide.inverse
    alike = normal[0, :, 1:] * normal[0, :, :-1]
    alike += normal[1, :, 1:] * normal[1, :, :-1]
    alike += normal[2, :, 1:] * normal[2, :, :-1]
    off = np.abs(inverse[:, 1:] - inverse[:, :-1] - guide.slope_x[:, :-1])
    same = (alike > _SAME_DIRECTION) & (off < _SAME_DEPTH * np.abs(inverse[:, 1:]))
    mask = np.zeros(inverse.shape, bool)
    mask[:, 1:] |= ~same
    mask[:, :-1] |= ~same
    mask[:, [0, -1]] = True
    mask[0::2, turn % 2 :: 2] = True
    mask[1::2, (turn + 1) % 2 :: 2] = True
    return _of(ground, mask)


def _filled_in(ground: Ground, share: Floats, unasked: _Mask) -> Floats:
    """Pixels between take their left neighbor's answer: wherever that could differ from the right one's, all asked."""
    at = ground.filled[unasked]
    flat = share.ravel()
    flat[at] = flat[at - 1]
    return share


def _of(ground: Ground, mask: _Mask) -> _Mask:
    flat = mask.reshape(-1)
    chosen: _Mask = flat if len(ground.filled) == len(flat) else flat[ground.filled]
    return chosen


def _both_within(lit: _Mask, dark: _Mask, reach: int = 2) -> _Mask:
    """Where both lit and dark pixels lie within `reach`."""
    return spread(lit, reach) & spread(dark, reach)
