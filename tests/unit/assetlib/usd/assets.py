"""Asset descriptions for tests, and a small foreign tree: centimeters, Z up, two variants, no class of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from assetlib.model.asset import AssetKind
from assetlib.usd.description import AssetDescription, Authorship, ForeignTree
from assetlib.usd.shading import png_bytes

AUTHORSHIP = Authorship(
    created=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
    instance_id="6f1f64ab-0a4e-4a0e-9b7e-5d1c7a9c2f10",
    digital_source_type="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation",
    creators=("Art department",),
    copyright_owners=("Northlight Pictures",),
    inputs=(("refs/face_front.png", "sha256:" + "0" * 64),),
)
HERO = AssetDescription(
    entity="assetlib:///characters/hero",
    version="v003",
    kind=AssetKind.CHARACTER,
    name="The Hero",
    policy_id="urn:uuid:1b4e28ba-2fa1-11d2-883f-0016d3cca427",
    authorship=AUTHORSHIP,
)
CRATE = replace(HERO, entity="assetlib:///props/crate", kind=AssetKind.PROP, name="Crate")

_CRATE = """#usda 1.0
(
    defaultPrim = "Crate"
    metersPerUnit = 0.01
    upAxis = "Z"
    timeCodesPerSecond = 30
    startTimeCode = 1
    endTimeCode = 60
)
def Xform "Crate" (
    kind = "component"
    variants = {
        string paint = "red"
    }
    prepend variantSets = "paint"
)
{
    double3 xformOp:translate = (0, 100, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Cube "box"
    {
        double size = 200
    }
    variantSet "paint" = {
        "blue" {
            over "box"
            {
                color3f[] primvars:displayColor = [(0, 0, 1)]
            }
        }
        "red" {
            over "box"
            {
                color3f[] primvars:displayColor = [(1, 0, 0)]
            }
        }
    }
}
"""


def crate_tree(folder: Path, text: str = _CRATE, default_prim: str = "Crate") -> ForeignTree:
    """A box of 2 m whose center lies 1 m along the foreign Y axis, which is our -Z."""
    (folder / "textures").mkdir(parents=True)
    (folder / "crate.usda").write_text(text)
    (folder / "textures" / "wood.png").write_bytes(picture())
    return ForeignTree(folder=folder, root="crate.usda", meters_per_unit=0.01, up_axis="Z", default_prim=default_prim)


def picture() -> bytes:
    import numpy as np

    return png_bytes(np.full((4, 4, 3), 128, np.uint8))
