"""Registering: pictures and models come in through the limited child and leave signed, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from assetlib.flows.activate_license import activate_license
from assetlib.flows.ask import check_use
from assetlib.flows.enroll_person import enroll_person
from assetlib.flows.register_asset import Registered, register_asset
from assetlib.flows.verify_asset import verify_assets
from assetlib.flows.verify_ledger import verify_ledger
from assetlib.intake.answers import Unreadable
from assetlib.library import Library
from assetlib.model.refusals import BadInput
from assetlib.protection.fingerprints import distance, fingerprints
from provenance.credentials import read
from provenance.errors import IngredientRefused
from provenance.reading import Outcome

CREDIT = "Creative Commons Attribution 4.0 International (CC BY 4.0), pictures by Jane Doe"
TRIANGLE = """#usda 1.0
(
    defaultPrim = "Gate"
    metersPerUnit = 1
    upAxis = "Y"
)
def Xform "Gate" (
    assetInfo = {{ string credits = "{credits}" }}
)
{{
    def Mesh "Wall"
    {{
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        point3f[] points = [(0, 0, 0), ({width}, 0, 0), (0, 1, 0)]
    }}
}}
"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    (tmp_path / "passphrase").write_text("northlight")
    made = Library.create(tmp_path / "library", name="Northlight", environ={}, passphrase_file=tmp_path / "passphrase")
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming"


def picture(path: Path, seed: int = 1, *, size: tuple[int, int] = (160, 120), words: str = "") -> Path:
    chance = np.random.default_rng(seed)
    coarse = Image.fromarray(chance.integers(0, 255, (12, 16, 3), dtype=np.uint8))
    info = PngInfo()
    if words:
        info.add_text("Copyright", words)
    coarse.resize(size, Image.Resampling.BICUBIC).save(path, pnginfo=info)
    return path


def model(folder: Path, *, credit: str = "", width: int = 1) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "gate.usda").write_text(TRIANGLE.format(credits=credit, width=width))
    return folder / "gate.usda"


def register_pictures(library: Library, *paths: Path, name: str = "Rhea") -> Registered:
    return register_asset(library, name, kind="character", references=paths, source_type="digitalCapture")


def files_of(library: Library, entity: str) -> dict[str, Path]:
    with library.catalog.reader() as queries:
        return {file.path: library.store.path(file.digest) for file in queries.version(entity).files}


def nothing_is_kept(library: Library) -> bool:
    with library.catalog.reader() as queries:
        return not queries.assets() and not list(library.store.digests()) and not list(library.staging.iterdir())


def test_a_character_from_pictures_alone_gets_a_figure_and_its_references_by_role(
    library: Library, folder: Path
) -> None:
    made = register_pictures(library, picture(folder / "rhea_front.png"), picture(folder / "rhea_side.jpg", 2))
    assert (made.entity, made.version, made.rights) == ("assetlib:///characters/rhea", "v001", "none")
    files = files_of(library, made.entity)
    assert {"refs/front_rhea-front.png", "refs/side_rhea-side.jpg", "rhea.usda", "thumbnail.png"} <= files.keys()
    with Image.open(files["thumbnail.png"]) as thumbnail:
        assert thumbnail.size == (512, 512)
        assert len(thumbnail.convert("L").getcolors() or ()) > 20  # a lit figure, not an empty field
    assert verify_assets(library, None)[0]["verdict"] == "pass"


def test_the_pixels_of_a_signed_reference_are_those_that_came(library: Library, folder: Path) -> None:
    source = picture(folder / "rhea_front.png")
    made = register_pictures(library, source)
    signed = files_of(library, made.entity)["refs/front_rhea-front.png"]
    with Image.open(source) as before, Image.open(signed) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))
    reading = read(signed, media_type="image/png", trust=library.trust)
    assert (reading.outcome, reading.state) == (Outcome.READ, "Trusted")


def test_the_fingerprint_of_a_reference_is_on_record_under_the_digest_of_its_signed_bytes(
    library: Library, folder: Path
) -> None:
    source = picture(folder / "rhea_front.png", size=(640, 480))
    made = register_pictures(library, source)
    with library.catalog.reader() as queries:
        version = queries.version(made.entity)
        digests = {file.digest for file in version.files}
        kept = [entry for entry in queries.fingerprints() if entry.digest in digests]
    with Image.open(source) as image:
        full = fingerprints(image)[0]
    assert {entry.what for entry in kept} >= {"reference:front/full", "reference:front/mirror"}
    assert any(distance(entry.pdq, full.bits) == 0 for entry in kept)


def test_the_same_files_again_change_nothing(library: Library, folder: Path) -> None:
    source = picture(folder / "rhea_front.png", words=CREDIT)
    first = register_pictures(library, source)
    size = verify_ledger(library)["size"]
    again = register_pictures(library, source)
    assert (again.version, again.digest, again.rights) == (first.version, first.digest, "proposed")
    assert again.proposed_licenses == first.proposed_licenses
    assert "nothing changed" in again.warnings[-1]
    assert verify_ledger(library)["size"] == size


def test_another_picture_makes_the_next_version(library: Library, folder: Path) -> None:
    register_pictures(library, picture(folder / "rhea_front.png"))
    second = register_pictures(library, picture(folder / "rhea_front.png", 2))
    assert second.version == "v002"
    with library.catalog.reader() as queries:
        assert [v.version for v in queries.versions(second.entity)] == ["v001", "v002"]


def test_a_strangers_file_beside_the_model_makes_no_new_version(library: Library, folder: Path) -> None:
    usd = model(folder)
    first = register_asset(library, "Gate", kind="set", usd=usd)
    picture(folder / "holiday.png")
    assert register_asset(library, "Gate", kind="set", usd=usd).digest == first.digest
    assert register_asset(library, "Gate", kind="set", usd=model(folder, width=2)).version == "v002"


def test_a_text_that_is_called_a_picture_is_refused_and_nothing_is_kept(library: Library, folder: Path) -> None:
    (folder / "rhea_front.png").write_text("no picture at all")
    with pytest.raises(Unreadable, match=r"rhea_front\.png: expected a PNG, JPEG, WebP or TIFF"):
        register_pictures(library, folder / "rhea_front.png", picture(folder / "rhea_side.png"))
    assert nothing_is_kept(library)


def test_every_picture_that_cannot_be_read_is_named(library: Library, folder: Path) -> None:
    whole = picture(folder / "a.png").read_bytes()
    (folder / "b.png").write_bytes(whole[: len(whole) // 2])
    (folder / "c.jpg").write_bytes(b"MZ\x90\x00")
    with pytest.raises(Unreadable) as refused:
        register_pictures(library, folder)
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["b.png", "c.jpg"]


def test_a_picture_whose_name_says_another_type_is_taken_as_what_it_is(library: Library, folder: Path) -> None:
    picture(folder / "rhea_front.jpg").rename(folder / "rhea_front.png")
    made = register_pictures(library, folder / "rhea_front.png")
    assert "it is a JPEG picture, but its name ends in .png" in made.warnings[0]
    assert "refs/front_rhea-front.jpg" in files_of(library, made.entity)


def test_a_reference_with_edited_text_inside_its_seal_is_refused(library: Library, folder: Path) -> None:
    """The pixels still decode, so only the signature can tell."""
    made = register_pictures(library, picture(folder / "rhea_front.png", words=CREDIT))
    data = files_of(library, made.entity)["refs/front_rhea-front.png"].read_bytes()
    edited = with_text(data, CREDIT, CREDIT.replace("Jane", "John"))
    (folder / "copy_front.png").write_bytes(edited)
    with pytest.raises(IngredientRefused, match="may not be built upon"):
        register_pictures(library, folder / "copy_front.png", name="Copy")


def with_text(png: bytes, old: str, new: str) -> bytes:
    """`png` with another text in the same chunk, and a checksum that fits it."""
    import struct
    import zlib

    at = png.index(old.encode())
    start = png.rindex(b"tEXt", 0, at)
    length = struct.unpack(">I", png[start - 4 : start])[0]
    chunk = png[start : start + 4 + length].replace(old.encode(), new.encode())
    return png[:start] + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[start + 8 + length :]


def test_words_in_a_picture_are_proposed_for_this_version_only(library: Library, folder: Path) -> None:
    enroll_person(library, "Grace", ["rights-admin"])
    made = register_pictures(library, picture(folder / "rhea_front.png", words=CREDIT))
    assert (made.rights, made.proposed_licenses) == ("proposed", ("LIC-PROPOSED-RHEA-V001",))
    assert check_use(library, (made.entity,), purpose="previs").exit_code == 3
    activate_license(library, "LIC-PROPOSED-RHEA-V001")
    assert check_use(library, (made.entity,), purpose="previs").exit_code == 0
    register_pictures(library, picture(folder / "rhea_front.png", 2))
    assert check_use(library, (made.entity,), purpose="previs").exit_code == 3


def test_two_assets_of_one_name_have_each_their_proposal(library: Library, folder: Path) -> None:
    gate = register_asset(library, "Gate", kind="set", usd=model(folder / "a", credit=CREDIT))
    prop = register_asset(library, "Gate", kind="prop", usd=model(folder / "b", credit=CREDIT))
    assert gate.proposed_licenses == ("LIC-PROPOSED-GATE-V001",)
    assert prop.proposed_licenses == ("LIC-PROPOSED-PROP-GATE-V001",)


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(library: Library, folder: Path) -> None:
    made = register_asset(library, "Gate", kind="set", usd=model(folder, credit=CREDIT), dry_run=True)
    assert (made.rights, made.warnings[-1]) == ("proposed", "nothing was kept (dry run)")
    assert nothing_is_kept(library)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"kind": "character"}, "nothing to register"),
        ({"kind": "prop", "references": ["a.png"]}, "a prop needs a model"),
        ({"kind": "image", "references": ["none.png"]}, "found nothing"),
        ({"kind": "image", "references": ["empty"]}, "no pictures in"),
        ({"kind": "image", "references": ["a.png"], "source_type": "painting"}, "painting"),
        ({"kind": "image", "references": ["a.png"], "facets": ["soul=rhea"]}, "soul"),
        ({"kind": "image", "references": ["a.png"], "height": 900.0}, "height"),
        ({"kind": "set", "usd": "none.usda"}, "expected a USD file"),
    ],
)
def test_what_cannot_be_registered_is_refused_in_a_sentence(
    library: Library, folder: Path, wanted: dict[str, object], told: str
) -> None:
    picture(folder / "a.png")
    (folder / "empty").mkdir()
    fields = dict(wanted)
    if "references" in fields:
        fields["references"] = [folder / name for name in wanted["references"]]  # type: ignore[attr-defined]
    if "usd" in fields:
        fields["usd"] = folder / str(fields["usd"])
    with pytest.raises(BadInput, match=told):
        register_asset(library, "Thing", **fields)  # type: ignore[arg-type]
    assert nothing_is_kept(library)


_KILLED = """
import sys, pathlib
from assetlib.flows.register_asset import register_asset
from assetlib.library import Library
library = Library.open(pathlib.Path(sys.argv[1]), environ={}, passphrase_file=pathlib.Path(sys.argv[2]))
print("opened", flush=True)
register_asset(library, "Rhea", kind="character", references=[pathlib.Path(sys.argv[3])], source_type="digitalCapture")
"""


@pytest.mark.parametrize("after", [0.15, 0.6, 1.2])
def test_kill_9_in_the_middle_leaves_no_half_asset(library: Library, folder: Path, after: float) -> None:
    for seed in range(6):
        picture(folder / f"rhea_{seed}.png", seed, size=(800, 600))
    words = [str(library.directory), str(library.directory.parent / "passphrase"), str(folder)]
    child = subprocess.Popen(
        [sys.executable, "-c", _KILLED, *words],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"opened\n"
    time.sleep(after)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with library.catalog.reader() as queries:
        assets = queries.assets()
    for version in assets:  # it was faster than the signal: then it is whole
        assert all(library.store.has(file.digest) for file in version.files)
    assert not [d for d in library.staging.iterdir() if not d.name.startswith("register-")]
    made = register_pictures(library, folder)
    assert made.version == "v001"
    assert verify_assets(library, None)[0]["verdict"] == "pass"
