import numpy as np
import pytest

from assetlib.passes.smoothing import spread


@pytest.mark.parametrize("reach", [1, 2, 3, 5, 8])
def test_a_mask_grows_to_every_pixel_within_reach_also_at_the_borders(reach: int) -> None:
    mask = np.random.default_rng(3).random((40, 50)) < 0.004
    mask[0, 0] = mask[-1, -1] = mask[5, -1] = True
    rows, columns = np.nonzero(mask)
    across, down = np.arange(50)[None, :, None], np.arange(40)[:, None, None]
    away = np.maximum(np.abs(down - rows), np.abs(across - columns)).min(axis=-1)
    assert np.array_equal(spread(mask, reach), away <= reach)
