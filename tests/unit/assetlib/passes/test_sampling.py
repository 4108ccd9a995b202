import numpy as np

from assetlib.passes.lens import pixel_centers
from assetlib.passes.sampling import disk, frame_of, hemisphere, square, subpixel


def test_points_cover_the_whole_square_evenly() -> None:
    u, v = square(*pixel_centers(256, 256), sample=0, salt=1)
    counts, _, _ = np.histogram2d(u, v, bins=16, range=[[0, 1], [0, 1]])
    assert counts.min() > 0.7 * counts.mean()
    assert counts.max() < 1.3 * counts.mean()


def test_every_block_of_16_pixels_has_a_point_in_each_cell() -> None:
    u, v = square(*pixel_centers(4, 4), sample=0, salt=0)
    assert len({(int(a * 4), int(b * 4)) for a, b in zip(u, v, strict=True)}) == 16


def test_samples_and_salts_differ() -> None:
    pixels = pixel_centers(32, 32)
    first = square(*pixels, sample=0, salt=1)[0]
    assert np.abs(first - square(*pixels, sample=1, salt=1)[0]).mean() > 0.1
    assert np.abs(first - square(*pixels, sample=0, salt=2)[0]).mean() > 0.1


def test_hemisphere_directions_are_unit_and_cosine_distributed() -> None:
    pixels = pixel_centers(128, 128)
    normal = np.repeat(np.array([[0.48], [0.6], [-0.64]], np.float32), 128 * 128, axis=1)
    direction = hemisphere(normal, *square(*pixels, sample=3, salt=0))
    cosine = (direction * normal).sum(axis=0)
    assert np.allclose(np.linalg.norm(direction, axis=0), 1.0, atol=0.02)
    assert abs(cosine.mean() - 2 / 3) < 0.005
    assert cosine.min() > 0.0


def test_tangents_are_orthonormal_for_every_normal() -> None:
    normals = np.array([[0, 0, 1, 0.6], [0, 1, 0, 0], [1, 0, 0, -0.8]], np.float32)
    a, b = frame_of(normals)
    for x, y in ((a, b), (a, normals), (b, normals)):
        assert np.allclose((x * y).sum(axis=0), 0.0, atol=1e-6)


def test_disk_points_stay_inside_and_subpixels_within_the_pixel() -> None:
    a, b = disk(*square(*pixel_centers(64, 64), sample=0, salt=0))
    assert (a * a + b * b).max() <= 1.0
    offsets = np.array([subpixel(s, 16) for s in range(16)])
    assert np.abs(offsets).max() <= 0.5
    assert np.abs(offsets.mean(axis=0)).max() < 1e-9
