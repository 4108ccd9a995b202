"""The characters' reference sheets, pictured from their models: front, side, back and face."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from assetlib.demo.sheets import sheet_views
from assetlib.flows.picture_asset import studio
from assetlib.model.model_description import ModelDescription


def write_reference_sheets(model: ModelDescription, folder: Path) -> tuple[Path, ...]:
    """Render every view of the sheet as an 8-bit PNG; returns their paths, front first."""
    from assetlib.media.stills import write_png
    from assetlib.passes.render import render_passes
    from assetlib.usd.extract import ExtractCache, extract_scene
    from assetlib.usd.sculpt import write_model
    from assetlib.usd.view import camera_of
    from generators.local.render import develop

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with tempfile.TemporaryDirectory() as work:
        root = write_model(model, Path(work))
        cache = ExtractCache()
        for view in sheet_views(model.name):
            scene = extract_scene(root, 0, search_paths=(Path(work),), cache=cache, camera=camera_of(view.camera))
            lit = replace(studio(scene), background=(0.16, 0.165, 0.175))
            passes = render_passes(lit, width=view.size[0], height=view.size[1])
            path = folder / f"{model.name}_{view.role}.png"
            write_png((develop(passes.beauty) * 255 + 0.5).astype(np.uint8), path)
            written.append(path)
    return tuple(written)
