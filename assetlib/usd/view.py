"""A camera from a director's words, without a stage around it: for reference sheets and thumbnails."""

from __future__ import annotations

from assetlib.model.scene import Camera
from assetlib.model.shot_description import ShotCamera
from assetlib.usd.extract_camera import facing
from assetlib.usd.moves import aim


def camera_of(shot_camera: ShotCamera) -> Camera:
    """The camera at its first key, standing still; millimeters for the lens, meters for the rest."""
    key = shot_camera.keys[0]
    matrix = facing(key.position, key.look_at, aim)
    return Camera(
        path=shot_camera.name,
        to_world=matrix,
        next_to_world=matrix,
        focal_length=key.focal_length,
        horizontal_aperture=shot_camera.aperture[0],
        vertical_aperture=shot_camera.aperture[1],
        near=0.05,
        far=1000.0,
        focus_distance=key.focus_distance or 0.0,
        f_stop=key.f_stop,
    )
