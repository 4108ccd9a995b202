import numpy as np

from assetlib.demo.textures import tiled


def test_noise_on_a_grid_is_the_noise_of_its_points() -> None:
    u, v = np.meshgrid((np.arange(60) + 0.5) / 60, 1 - (np.arange(40) + 0.5) / 40)
    order = np.random.default_rng(1).permutation(u.size)
    shuffled = tiled(u.ravel()[order].reshape(u.shape), v.ravel()[order].reshape(u.shape), 7, 5, 3)
    assert np.array_equal(tiled(u, v, 7, 5, 3).ravel()[order], shuffled.ravel())
