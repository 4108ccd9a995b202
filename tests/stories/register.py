"""A character comes in: a model in USD with a texture, two reference pictures, and a license text beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assetlib.flows.enroll_person import enroll_person
from assetlib.flows.register_asset import Registered, register_asset
from assetlib.library import Library
from assetlib.model.asset import AssetVersion
from assetlib.upkeep import sweep
from tests.flows.small_library import Place, picture
from tests.stories.checks import damage, left_after_sweep

_LAYER = """\
#usda 1.0
(
    defaultPrim = "Rhea"
    metersPerUnit = 1
    upAxis = "Y"
)

def Xform "Rhea"
{
    def Mesh "body"
    {
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 2, 0)]
        asset skin = @./skin.png@
    }
}
"""


def build(folder: Path) -> None:
    library = Library.create(folder / "library", name="Small Films", environ=environ(folder))
    enroll_person(library, "Lee Park", ["librarian"])
    library.close()
    (folder / "incoming").mkdir()
    (folder / "incoming" / "rhea.usda").write_text(_LAYER)
    picture(folder / "incoming" / "skin.png", seed=3)
    (folder / "incoming" / "LICENSE.txt").write_text("All rights reserved by Jane Doe.")
    for number in (1, 2):
        picture(folder / "references" / f"view{number}.png", seed=number, width=160, height=100)


def environ(folder: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(folder / "state")}


def command(folder: Path) -> list[str]:
    sent = ["--usd", str(folder / "incoming" / "rhea.usda"), "--reference", str(folder / "references")]
    named = ["character", "register", "Rhea", "--source-type", "digitalCreation", *sent]
    return ["-L", str(folder / "library"), "--as", "lee-park", *named]


def opened(folder: Path) -> Library:
    return Place(directory=folder / "library", environ=environ(folder)).open(person="lee-park")


def live(folder: Path) -> None:
    library = opened(folder)
    register(library, folder)
    library.close()


def register(library: Library, folder: Path) -> Registered:
    return register_asset(
        library,
        "Rhea",
        kind="character",
        usd=folder / "incoming" / "rhea.usda",
        references=(folder / "references",),
        source_type="digitalCreation",
    )


def outcome(folder: Path) -> list[str]:
    library = opened(folder)
    (version,) = versions(library)
    library.close()
    return sorted(file.path for file in version.files)


def versions(library: Library) -> tuple[AssetVersion, ...]:
    with library.catalog.reader() as queries:
        return queries.versions("assetlib:///characters/rhea")


def examine(folder: Path, expected: list[str]) -> tuple[list[str], list[str]]:
    library = opened(folder)
    faults = damage(library)
    before = versions(library)
    faults += not_whole(before, expected)
    done = register(library, folder)
    after = versions(library)
    if before and after != before:
        faults.append("registering again changed what was registered")
    faults += not_whole(after, expected)
    faults += [] if (len(after), done.version) == (1, "v001") else [f"found {len(after)} versions and {done.version}"]
    sweep(library.catalog, library.store, now=library.clock(), grace=-1)  # what nobody refers to goes, nothing else
    library.close()
    library = opened(folder)
    faults += [f"again: {fault}" for fault in (*damage(library), *left_after_sweep(library))]
    library.close()
    return faults, []


def not_whole(found: tuple[AssetVersion, ...], expected: list[str]) -> list[str]:
    listed = [sorted(file.path for file in version.files) for version in found]
    return [f"expected {expected}, found {files}" for files in listed if files != expected]


def after_two(folder: Path, expected: list[str], ends: list[list[Any]]) -> list[str]:
    """Two of the same thing make one version; who came second is told so, or finds it registered."""
    library = opened(folder)
    codes = sorted(code for code, _ in ends)
    found = versions(library)
    faults = damage(library) + not_whole(found, expected)
    faults += [] if len(found) == 1 else [f"found {len(found)} versions"]
    faults += [] if codes in ([0, 7], [0, 0]) else [f"ended with {codes}"]
    faults += [f"in staging: {p.name}" for p in library.staging.iterdir()]
    library.close()
    return faults
