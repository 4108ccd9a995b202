"""Training signals of real files reach the record as prohibitions that hold without anybody's activation."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from assetlib.documents.training_signals import signals_in
from assetlib.flows.register_asset import register_asset
from assetlib.flows.show_assets import show_asset
from assetlib.flows.sign_references import training_entries
from assetlib.library import Library
from provenance.credentials import read
from tests.shared_data import shared

CAWG = shared("c2pa", "c2pa-rs", "C_with_CAWG_data.jpg")
XMP = """\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" xmlns:cc="http://creativecommons.org/ns#">
<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>
<cc:license rdf:resource="https://creativecommons.org/licenses/by/4.0/"/>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def open_library(folder: Path) -> Library:
    folder.mkdir(exist_ok=True)
    return Library.create(folder / "library", name="Small Films", environ={"XDG_STATE_HOME": str(folder / "state")})


def test_the_assertion_of_a_real_file_is_read_although_its_signer_is_not_trusted() -> None:
    entries = list(training_entries(read(CAWG, media_type="image/jpeg", trust=None)))
    assert sorted(text for _, text in entries) == [
        "cawg.ai_generative_training: notAllowed",
        "cawg.ai_inference: notAllowed",
    ]
    assert [signal.actions for signal in signals_in(sorted(entries, key=lambda e: e[1]))] == [
        ("train.gen", "train.finetune_internal"),
        (),
    ]


def test_what_another_studio_signed_is_a_prohibition_here(tmp_path: Path) -> None:
    path = tmp_path / "front.png"
    Image.new("RGB", (64, 64), (90, 20, 20)).save(path)
    theirs = open_library(tmp_path / "theirs")
    register_asset(theirs, "Gate", kind="plate", references=[path])
    with theirs.catalog.reader() as queries:
        reference = next(file for file in queries.version("gate").files if file.path.startswith("refs/"))
    path.write_bytes(theirs.store.path(reference.digest).read_bytes())
    theirs.close()
    library = open_library(tmp_path / "ours")
    made = register_asset(library, "Gate", kind="plate", references=[path])
    with library.catalog.reader() as queries:
        row = queries.license("LIC-SIGNAL-GATE-V001")
    assert b'"train.gen"' in row.body
    assert (made.rights, made.proposed_licenses) == ("none", ())  # a prohibition is no proposal of a right
    assert any("ai_generative_training: notAllowed" in warning for warning in made.warnings)
    shown = show_asset(library, made.entity)
    assert {entry["license"] for entry in shown["licenses"]} == {"LIC-SIGNAL-GATE-V001"}
    library.close()


def test_xmp_states_a_license_and_a_signal_and_both_are_read(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP)
    path = tmp_path / "front.png"
    Image.new("RGB", (64, 64), (90, 20, 20)).save(path, pnginfo=info)
    made = register_asset(library, "Gate", kind="plate", references=[path])
    assert made.proposed_licenses == ("LIC-PROPOSED-GATE-V001",)
    with library.catalog.reader() as queries:
        signal, proposed = queries.license("LIC-SIGNAL-GATE-V001"), queries.license("LIC-PROPOSED-GATE-V001")
    assert b"train.nongen" in signal.body
    assert b'"mine"' not in signal.body
    assert b"CC-BY-4.0" in proposed.body
    library.close()
