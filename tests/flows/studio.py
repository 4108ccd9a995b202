"""A studio's library with bodies in it: two licensed characters and a set, and a blocked cut of two shots.

Everything is registered, licensed and blocked by the flows that the commands use; frames are 64×36, a shot has three.
Ann may be used; Ben may be used in the second shot's scene only after his amendment, which `add_amendment` files.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from assetlib.editorial.write import new_timeline
from assetlib.flows.activate_license import activate_license
from assetlib.flows.add_license import add_license
from assetlib.flows.add_party import add_party
from assetlib.flows.block_shot import block_shot
from assetlib.flows.enroll_person import enroll_person
from assetlib.flows.import_cut import import_cut
from assetlib.flows.register_asset import register_asset
from assetlib.library import Library
from assetlib.model.cut import Edit, Timeline
from assetlib.model.model_description import MeshDescription, ModelDescription
from assetlib.model.production import Production
from assetlib.model.scene import Material
from assetlib.usd.mannequin import mannequin
from provenance.digest import digest_file, hex_of
from tests.flows.small_library import picture

ALONE, TOGETHER = "sq010_sh0010", "sq010_sh0020"
FRAMES = range(1001, 1004)
RATE = Fraction(24)
_PRODUCTION = Production(
    id="main", name="Small Films", rate=RATE, width=64, height=36, handles=4, territories=("US",), media=("svod",)
)
_LICENSE = """\
assetlib_license: 1
id: {id}
kind: license
timezone: America/Los_Angeles
from: {{party: jane-doe, capacity: owner}}
to: small-films
document: {{file: "{id}.pdf", sha256: {sha256}}}
signed: 2026-01-14
covers: {{{covers}}}
permits:
  - clause: "3.1"
    actions: [view, generate.previs, export.delivery]
    purposes: [previs, review, editorial, delivery]
    productions: [main]
    territories: [WW]
    media: [svod]
    recipients: [local]
    generate: {{from: 2026-01-15, until: 2031-12-31}}
    use_until: perpetual
    survival: perpetual
prohibits:
  - {{clause: "6", actions: [train.gen, train.nongen, mine]}}
  {more}
"""


@dataclass(frozen=True, kw_only=True)
class Studio:
    """Where the library lies; every test opens its own copy of it."""

    folder: Path
    database: str = ""  # the URL of a server's database; the library's own SQLite file where there is none

    @property
    def directory(self) -> Path:
        return self.folder / "library"

    @property
    def environ(self) -> dict[str, str]:
        here = {"XDG_STATE_HOME": str(self.folder / "state")}
        return {**here, "ASSETLIB_CATALOG_URL": self.database} if self.database else here

    @property
    def passphrase_file(self) -> Path:
        return self.folder / "passphrase.txt"

    def open(self, person: str = "lee-park") -> Library:
        return Library.open(self.directory, environ=self.environ, passphrase_file=self.passphrase_file, person=person)

    def copy(self, folder: Path) -> Studio:
        shutil.copytree(self.folder, folder)
        return Studio(folder=folder)


def build(folder: Path, database: str = "") -> Studio:
    """The library of the module's first line."""
    studio = Studio(folder=folder, database=database)
    folder.mkdir(parents=True, exist_ok=True)
    studio.passphrase_file.write_text("a small studio\n")
    studio.passphrase_file.chmod(0o600)
    Library.create(
        studio.directory,
        name="Small Films",
        environ=studio.environ,
        passphrase_file=studio.passphrase_file,
        production=_PRODUCTION,
    ).close()
    library = studio.open()
    try:
        _people(library)
        _assets(library, folder / "work")
        _shots(library, folder / "work")
    finally:
        library.close()
    shutil.rmtree(folder / "work")
    return studio


def _people(library: Library) -> None:
    enroll_person(library, "Lee Park", ["librarian", "rights-admin", "counsel", "director"])
    add_party(library, "jane-doe", name="Jane Doe", kind="person")
    add_party(library, "small-films", name="Small Films", kind="org")


def _assets(library: Library, work: Path) -> None:
    for name, seed in (("Ann", 1), ("Ben", 2)):
        front = picture(work / name / "front.png", seed=seed, width=320, height=200)
        register_asset(
            library,
            name,
            kind="character",
            model=mannequin(name.lower(), height=1.5 + 0.2 * seed),
            references=(front,),
            facets=("character_ip=jane-doe",),
            source_type="digitalCreation",
        )
    register_asset(library, "Yard", kind="set", model=yard("yard"), facets=("underlying_work=jane-doe",))
    add_terms(library, work, "LIC-2026-0001", covers="character: [characters/ann], facets: [character_ip]")
    add_terms(library, work, "LIC-2026-0002", covers="asset: [sets/yard], facets: [underlying_work]")


def yard(name: str) -> ModelDescription:
    """A floor to stand on."""
    floor = MeshDescription(
        name="floor",
        points=np.array([[-6, 0, -6], [-6, 0, 6], [6, 0, 6], [6, 0, -6]], np.float32),
        face_counts=np.array([4], np.int32),
        face_indices=np.array([0, 1, 2, 3], np.int32),
    )
    return ModelDescription(name=name, meshes=(floor,), materials=(Material(name="gravel"),))


def add_terms(
    library: Library,
    work: Path,
    license_id: str,
    *,
    covers: str,
    more: str = "",
    limits: str = "",
    activate: bool = True,
) -> str:
    """File and, unless told otherwise, sign into force a license for previs at home; `limits` as ``{shots: 1}``."""
    file = write_terms(work, license_id, covers=covers, more=more, limits=limits)
    add_license(library, file, document=file.with_suffix(".pdf"))
    if activate:
        activate_license(library, license_id)
    return license_id


def write_terms(work: Path, license_id: str, *, covers: str, more: str = "", limits: str = "") -> Path:
    """The license file, and beside it the paper that it names."""
    work.mkdir(parents=True, exist_ok=True)
    paper = work / f"{license_id}.pdf"
    paper.write_bytes(f"%PDF-1.7 {license_id}, signed by Jane Doe".encode())
    file = work / f"{license_id}.yaml"
    words = _LICENSE.format(id=license_id, sha256=hex_of(digest_file(paper)), covers=covers, more=more)
    file.write_text(words.replace("    survival:", f"    limits: {limits}\n    survival:") if limits else words)
    return file


def license_ben(library: Library, work: Path, *, more: str = "") -> str:
    """What is missing for the second shot."""
    covers = "character: [characters/ben], facets: [character_ip]"
    return add_terms(library, work, "LIC-2026-0003", covers=covers, more=more)


def _shots(library: Library, work: Path) -> None:
    edits = tuple(
        Edit(
            shot=shot,
            name=shot,
            track="V1",
            record_in=index * len(FRAMES),
            duration=len(FRAMES),
            source_in=Fraction(FRAMES[0]),
        )
        for index, shot in enumerate((ALONE, TOGETHER))
    )
    reel = work / "reel.otio"
    new_timeline(Timeline(name="reel", uuid="small-reel", rate=RATE, edits=edits), (), reel)
    import_cut(library, reel)
    block_shot(library, ALONE, subjects=("ann",), set_asset="yard", prompt="a figure in a yard")
    block_shot(library, TOGETHER, subjects=("ann", "ben"), set_asset="yard")


def laid_out(library: Library, shot: str, number: int, folder: Path) -> Path:
    """A take's files as a delivery would lay them out."""
    with library.catalog.reader() as queries:
        files = queries.take_files(shot, number)
    for file in files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        library.store.copy_to(file.digest, target)
    return folder


def rows(library: Library, ask: Any) -> Any:
    """One answer from the catalog."""
    with library.catalog.reader() as queries:
        return ask(queries)
