"""A Scene of arrays becomes depth, normals, ids, motion, rest position and light: `render_passes`."""

from assetlib.passes.archive import BadArchive, archive_bytes, controls_for_render, read_passes, write_passes
from assetlib.passes.render import PassesError, Quality, render_passes

__all__ = [
    "BadArchive",
    "PassesError",
    "Quality",
    "archive_bytes",
    "controls_for_render",
    "read_passes",
    "render_passes",
    "write_passes",
]
