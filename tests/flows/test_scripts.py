"""A script comes in, shots name its scenes, a contract's scenes mean the same ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from assetlib.flows.import_script import demand_scenes
from assetlib.library import Library
from assetlib.model.refusals import BadInput
from tests.flows.small_library import SHOTS
from tests.flows.test_people_and_licenses import Studio

SCRIPT = "INT. GATE - NIGHT #12#\n\nRHEA\nLate.\n\nEXT. HARBOR - DAWN #13#\n\nCAPTAIN GREY\nGo.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studio")
    (folder / "passphrase").write_text("correct horse\n", encoding="utf-8")
    studio = Studio(folder)
    studio("init", str(folder / "library"), "--name", "Northlight")
    studio("production", "add", "house-s2", "--purpose", "previs", "--exploit-until", "perpetual", "--default")
    Image.new("RGB", (64, 96), (200, 30, 30)).save(folder / "front.png")
    studio("character", "register", "Rhea", "--reference", str(folder / "front.png"))
    return folder


@pytest.fixture
def studio(made: Path, tmp_path: Path) -> Studio:
    return Studio(Path(shutil.copytree(made, tmp_path / "studio")))


def script(studio: Studio, text: str = SCRIPT) -> str:
    path = studio.folder / "harbor.fountain"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_scenes_and_characters_of_a_script_are_on_file(studio: Studio) -> None:
    planned = studio("script", "import", script(studio), "--dry-run", "--json").json
    assert planned["added"] == ["12", "13"]
    studio("script", "show", code=5)
    done = studio("script", "import", script(studio), "--json").json
    assert done["production"] == "house-s2"
    assert done["characters"] == [
        {"name": "RHEA", "entity": "assetlib:///characters/rhea"},
        {"name": "CAPTAIN GREY", "entity": None},
    ]
    shown = studio("script", "show", "--json").json
    assert [scene["heading"] for scene in shown["scenes"]] == ["INT. GATE - NIGHT", "EXT. HARBOR - DAWN"]
    assert "EXT. HARBOR - DAWN" in studio("script", "show").out
    studio("ledger", "verify")


def test_a_newer_script_says_what_changed_and_the_same_one_nothing(studio: Studio) -> None:
    studio("script", "import", script(studio))
    newer = SCRIPT.replace("GATE", "GATE HOUSE").replace("#13#", "#13A#")
    done = studio("script", "import", script(studio, newer), "--json").json
    assert (done["added"], done["changed"], done["removed"]) == (["13A"], ["12"], ["13"])
    again = studio("script", "import", script(studio, newer), "--json").json
    assert (again["added"], again["changed"], again["removed"], again["unchanged"]) == ([], [], [], 2)


def test_a_file_that_is_no_script_is_refused(studio: Studio) -> None:
    assert "no scene heading" in studio("script", "import", script(studio, "prose"), code=1).err
    studio("script", "import", str(studio.folder / "absent.fdx"), code=1)
    studio("script", "import", script(studio), "--production", "nobody", code=5)


def test_a_shot_cannot_play_in_a_scene_the_script_does_not_have(library: Library, tmp_path: Path) -> None:
    from assetlib.flows.block_shot import block_shot
    from assetlib.flows.import_script import import_script

    path = tmp_path / "harbor.fountain"
    path.write_text(SCRIPT, encoding="utf-8")
    with library.catalog.reader() as queries:
        demand_scenes(queries, "main", ["99"])  # no script yet: any number is taken
    import_script(library, path, production="main")
    with pytest.raises(BadInput, match="scene 99 is not in the script of main, which has 12 to 13"):
        block_shot(library, SHOTS[0], subjects=["hero"], scenes=["99"])
    block_shot(library, SHOTS[0], subjects=["hero"], scenes=["12"])
    with library.catalog.reader() as queries:
        assert queries.shot(SHOTS[0]).scenes == ("12",)
    removed = SCRIPT.replace("#12#", "#12B#")
    path.write_text(removed, encoding="utf-8")
    told = import_script(library, path, production="main", dry_run=True)["warnings"]
    assert told == [f"scene 12 is gone, and {SHOTS[0]} play in it"]
