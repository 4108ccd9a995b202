"""Every command of README and of the task pages runs as it is written there, in the page's order, on real files."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from assetlib.usd.mannequin import mannequin
from tests.contracts import scenes
from tests.contracts.narrator import ROOT, Line, Narrator, blocks
from tests.flows.small_library import picture
from tests.flows.studio import yard

PAGES = ("README.md", "docs/librarian.md", "docs/director.md", "docs/lawyer.md", "docs/td.md")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("torch"), pytest.mark.timeout(600)]


def block(page: str, start: str) -> list[Line]:
    """The one block of the page that has a line that begins so."""
    (found,) = [block for block in blocks(page) if any(line.text.startswith(start) for line in block)]
    return found


def test_readme_a_refused_shot_is_repaired_and_then_a_model_makes_one(tmp_path: Path, tiny_model: Path) -> None:
    terminal = scenes.story(tmp_path)
    shutil.copytree(tiny_model, tmp_path / "path" / "to" / "sd15-controlnet")
    told = block("README.md", "assetlib decision explain"), block("README.md", "assetlib model register")
    said = Narrator(terminal=terminal).tell(*told)
    refused = said["assetlib shot generate sq010_sh0070"]  # the second time it is allowed
    assert "take_002" in refused.out
    assert "scene" in said["assetlib decision explain D-000050"].out
    assert (tmp_path / "audit.html").stat().st_size > 10_000 and not (tmp_path / "set").exists()


def test_readme_your_own_library(tmp_path: Path) -> None:
    terminal = scenes.desk(tmp_path)
    scenes.model_file(tmp_path / "hero.usd", mannequin("hero"))
    scenes.portraits(tmp_path / "refs")
    scenes.paper(tmp_path, "hero_contract.pdf")
    scenes.reel(tmp_path / "ep201.otio", {"sq010_sh0010": 1})
    Narrator(terminal=terminal, typed={"license new": WORK_FOR_HIRE}).tell(block("README.md", "assetlib init studio"))


WORK_FOR_HIRE = """\
LIC-2026-0001
ada-reyes
studio
hero
America/Los_Angeles
2026-07-14
1
main
WW
svod
local


perpetual
"""
PERFORMER_CONSENT = """\
LIC-2026-0042
jane-doe
northlight
david
America/Los_Angeles
2026-07-14
3.1
house-s2
WW
svod
local


perpetual
self

David cooks and talks, scenes 12 to 19
12-19

nudity
employment_based
true

"""


def test_librarian(tmp_path: Path) -> None:
    terminal = scenes.desk(tmp_path)
    scenes.portraits(tmp_path / "refs" / "david")
    scenes.model_file(tmp_path / "models" / "david" / "david.usda", mannequin("david"))
    scenes.model_file(tmp_path / "sets" / "kitchen" / "kitchen.usda", yard("kitchen"))
    scenes.delivery(tmp_path / "delivery")
    scenes.paper(tmp_path, "consent-signed.pdf")
    narrator = Narrator(
        terminal=terminal,
        typed={"license new": PERFORMER_CONSENT},
        after={"--template delivery.csv": lambda: scenes.fill_sheet(tmp_path / "delivery.csv")},
    )
    said = narrator.tell(*blocks("docs/librarian.md"))
    assert "v002" in next(answer.out for line, answer in said.items() if "david.usda" in line)
    assert "David Aster" in next(answer.out for line, answer in said.items() if "asset rename" in line)


def test_director(tmp_path: Path, tiny_model: Path) -> None:
    terminal = scenes.northlight(tmp_path)
    scenes.reel(tmp_path / "cut.otio", {scenes.SHOT: 1, "sq010_sh0020": 1})
    scenes.with_job_77(terminal)
    shutil.copytree(tiny_model, tmp_path / "models" / "own-small")
    others = {
        "cut import": lambda: scenes.with_ruth(terminal),
        "model register": lambda: scenes.house_model_terms(terminal),
    }
    narrator = Narrator(terminal=as_person(terminal, "lee-park"), after=others)
    narrator.tell(*blocks("docs/director.md"))
    assert (tmp_path / "cut.mp4").stat().st_size > 1000


def test_lawyer(tmp_path: Path) -> None:
    terminal = scenes.northlight(tmp_path)
    scenes.with_a_take(terminal)
    scenes.decision_123(terminal)
    scenes.signed_picture(terminal, tmp_path / "frame.png")
    scenes.signed_clip(terminal, tmp_path / "clip.mp4")
    (tmp_path / "agreement.yaml").write_text(scenes.AGREEMENT, encoding="utf-8")
    (tmp_path / "terms.pdf").write_bytes(scenes.TERMS)
    said = Narrator(terminal=terminal).tell(*blocks("docs/lawyer.md"))
    assert all((tmp_path / page).stat().st_size > 10_000 for page in ("sh0010.html", "cut.html"))
    assert (tmp_path / "delivery" / "receipt.json").is_file() and said


def test_td(tmp_path: Path) -> None:
    terminal = scenes.northlight(tmp_path)
    scenes.with_a_take(terminal)
    scenes.with_job_77(terminal)
    scenes.with_a_vendor(terminal)
    picture(tmp_path / "scraped" / "one.png", seed=99, width=160, height=100)
    said = Narrator(terminal=as_person(terminal, "lee-park")).tell(*blocks("docs/td.md"))
    assert "JOB-77: done" in said["assetlib work"].out


def as_person(terminal: scenes.Terminal, person: str) -> scenes.Terminal:
    return scenes.Terminal(folder=terminal.folder, environ={**terminal.environ, "ASSETLIB_PERSON": person})


def test_no_line_of_a_page_is_left_out() -> None:
    """Whatever is no command of ours is a target of the Makefile, an extra of the package, or a setting."""
    targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for line in (line for page in PAGES for block in blocks(page) for line in block):
        match line.words:
            case ["assetlib", *_]:
                continue
            case ["make", *wanted]:
                assert set(wanted) <= targets, line
            case ["pip", "install", what]:
                assert what.removeprefix("assetlib").strip("[]") in {"", *extras}, line
            case ["export", setting]:
                assert setting.startswith("ASSETLIB_"), line
            case _:
                pytest.fail(f"no test runs {line}")


def test_every_assetlib_line_of_readme_is_in_a_block_that_is_told() -> None:
    told = ("assetlib decision explain", "assetlib model register", "assetlib init studio")
    run = [line for start in told for line in block("README.md", start)]
    written = [line for block in blocks("README.md") for line in block if line.text.startswith("assetlib ")]
    assert [line for line in written if line not in run] == []
