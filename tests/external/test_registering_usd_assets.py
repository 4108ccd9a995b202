"""Five foreign assets through the command line: registered, licensed as they say themselves, and judged.

One library for the module; a test asks for the assets it needs.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from assetlib.library import Library
from cli.main import main
from provenance.credentials import read_stream
from tests.shared_data import shared

USD = shared("usd")
ASSETS = {
    "teapot": ("prop", "Teapot/Teapot.usd"),
    "chess-set": ("set", "OpenChessSet/chess_set.usda"),
    "elephant": ("prop", "ElephantWithMonochord/SoC-ElephantWithMonochord.usdc"),
    "blocks": ("set", "McUsd/McUsd.usda"),
    "cookie": ("prop", "UsdCookie/UsdCookie_thumbnail.usda"),
}
ANSWER = {"schema", "entity", "version", "digest", "rights", "proposed_licenses", "unreadable", "warnings"}


class Cli:
    """The commands as a person types them, over one library."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "library"
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text("northlight")
        self.registered: dict[str, dict[str, Any]] = {}

    def run(self, *words: str) -> Result:
        common = ("--library", str(self.library), "--passphrase-file", str(self.passphrase), "--json")
        return CliRunner().invoke(main, [*words, *common])

    def answer(self, *words: str, code: int = 0) -> dict[str, Any]:
        result = self.run(*words)
        assert result.exit_code == code, result.output
        document = json.loads(result.stdout)
        assert isinstance(document, dict)
        return document

    def register(self, name: str) -> dict[str, Any]:
        """What the first registration of an asset answered."""
        if name not in self.registered:
            kind, path = ASSETS[name]
            self.registered[name] = self.answer("asset", "register", name, "--kind", kind, "--usd", str(USD / path))
        return self.registered[name]

    def activate(self, name: str) -> None:
        for license_id in self.register(name)["proposed_licenses"]:
            self.answer("license", "activate", license_id, "--as", "grace")

    def check(self, name: str, code: int) -> dict[str, Any]:
        """May a commercial production use it for previs?"""
        entity = self.register(name)["entity"]
        return self.answer("decision", "check", "--ref", entity, "--purpose", "previs", "-p", "main", code=code)


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    made = Cli(tmp_path_factory.mktemp("studio"))
    made.answer("init", str(made.library))
    made.answer("person", "enroll", "Grace", "--role", "rights-admin")
    made.answer("person", "enroll", "Li", "--role", "librarian")
    return made


@pytest.mark.parametrize("name", list(ASSETS))
def test_every_asset_is_registered_and_its_answer_has_the_documented_shape(cli: Cli, name: str) -> None:
    made = cli.register(name)
    assert made.keys() == ANSWER
    assert (made["schema"], made["version"]) == (1, "v001")
    assert made["digest"].startswith("sha256:")
    assert made["rights"] == ("none" if name == "cookie" else "proposed")


@pytest.mark.parametrize("name", list(ASSETS))
def test_every_asset_verifies_and_has_a_thumbnail(cli: Cli, name: str) -> None:
    entity = cli.register(name)["entity"]
    verdict = cli.answer("asset", "verify", entity)["assets"][0]
    assert (verdict["verdict"], verdict["version"]) == ("pass", "v001")
    files = {file["path"] for file in cli.answer("asset", "show", entity)["files"]}
    assert ("thumbnail.png" in files) is (name != "cookie")  # the cookie's model is not there


def test_nothing_is_usable_before_a_person_activated_it(cli: Cli) -> None:
    decision = cli.check("teapot", code=3)
    assert decision["decision"] == "deny"
    assert decision["findings"]


def test_the_teapot_may_be_used_once_its_cc0_is_active(cli: Cli) -> None:
    cli.register("teapot")
    shown = cli.answer("license", "show", "LIC-PROPOSED-TEAPOT-V001")
    assert (shown["status"], shown["terms"]["spdx"]) in {("proposed", "CC0-1.0"), ("active", "CC0-1.0")}
    cli.activate("teapot")
    assert cli.check("teapot", code=0)["obligations"] == []


def test_only_a_rights_admin_activates(cli: Cli) -> None:
    license_id = cli.register("chess-set")["proposed_licenses"][0]
    result = cli.run("license", "activate", license_id, "--as", "li")
    assert result.exit_code != 0
    assert "rights-admin" in json.loads(result.stdout)["error"]["message"]


def test_the_chess_set_may_be_used_with_a_credit(cli: Cli) -> None:
    cli.activate("chess-set")
    owed = cli.check("chess-set", code=0)["obligations"]
    assert [duty["kind"] for duty in owed] == ["credit"]
    assert "Moeen Sayed" in owed[0]["what"]


def test_the_chess_set_says_which_materials_are_not_read_and_says_it_once(cli: Cli) -> None:
    made = cli.register("chess-set")
    assert len(made["unreadable"]) == 7
    assert all("MaterialX is kept, but not read here" in sentence for sentence in made["unreadable"])
    assert not any(".mtlx" in warning for warning in made["warnings"])


def test_the_share_alike_elephant_needs_approval(cli: Cli) -> None:
    cli.activate("elephant")
    decision = cli.check("elephant", code=6)
    assert decision["decision"] == "needs_approval"
    assert "share-alike" in {finding["code"] for finding in decision["findings"]}


def test_the_blocks_are_denied_to_a_commercial_production_and_their_contradiction_is_told(cli: Cli) -> None:
    warnings = cli.register("blocks")["warnings"]
    assert any("contradict each other" in warning and "CC-NC-BY-SA" in warning for warning in warnings)
    cli.activate("blocks")
    decision = cli.check("blocks", code=3)
    assert any("commercial use" in finding["sentence"] for finding in decision["findings"])


def test_the_cookie_without_a_license_is_denied_and_its_missing_model_is_reported(cli: Cli) -> None:
    made = cli.register("cookie")
    assert made["unreadable"] == ["UsdCookie.usdz, named by UsdCookie_thumbnail.usda: it is not there"]
    assert made["proposed_licenses"] == []
    assert any("no license is stated" in warning for warning in made["warnings"])
    decision = cli.check("cookie", code=3)
    assert any("No license on file grants the" in finding["sentence"] for finding in decision["findings"])


def test_registering_again_changes_nothing(cli: Cli) -> None:
    first = cli.register("teapot")
    size = cli.answer("ledger", "verify")["size"]
    kind, path = ASSETS["teapot"]
    again = cli.answer("asset", "register", "teapot", "--kind", kind, "--usd", str(USD / path))
    assert (again["version"], again["digest"]) == ("v001", first["digest"])
    assert "nothing changed" in again["warnings"][-1]
    assert cli.answer("ledger", "verify")["size"] == size


def test_a_foreign_camera_credential_is_kept_as_the_parent_of_our_signature(cli: Cli) -> None:
    camera = shared("c2pa", "c2pa-rs", "C.jpg")
    made = cli.answer(
        "asset", "register", "camera", "--kind", "plate", "--reference", str(camera), "--source-type", "digitalCapture"
    )
    library = Library.open(cli.library, passphrase_file=cli.passphrase)
    with library.catalog.reader() as queries:
        version = queries.version(made["entity"])
    signed = next(file for file in version.files if file.path.startswith("refs/"))
    with library.store.open(signed.digest) as stream:
        reading = read_stream(stream, media_type="image/jpeg", trust=library.trust)
    active = reading.active_manifest
    assert active is not None
    assert [i.relationship for i in active.ingredients] == ["parentOf"]
    assert len(reading.manifests) >= 2  # the camera's own manifest travels inside
    library.close()
    assert any("does not verify until somebody trusts that signer" in warning for warning in made["warnings"])
    verdict = cli.answer("asset", "verify", made["entity"], code=4)["assets"][0]
    assert all("untrusted" in finding["sentence"] for finding in verdict["findings"] if finding["step"] == 5)


def test_a_tampered_camera_credential_is_refused(cli: Cli) -> None:
    """E-sig-CA.jpg: the signature over the claim does not hold."""
    broken = shared("c2pa", "c2pa-rs", "E-sig-CA.jpg")
    result = cli.run("asset", "register", "broken", "--kind", "plate", "--reference", str(broken))
    assert result.exit_code == 1
    assert "may not be built upon" in json.loads(result.stdout)["error"]["message"]
    assert cli.run("asset", "show", "assetlib:///plates/broken").exit_code == 5


def test_twenty_pictures_of_a_megabyte_are_registered_in_seconds(
    cli: Cli, tmp_path: Path, record_property: Any
) -> None:
    chance = np.random.default_rng(7)
    for number in range(20):
        noise = chance.integers(0, 255, (700, 500, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f"plate_{number:02d}.png", compress_level=1)
    assert all(0.9e6 < path.stat().st_size < 1.2e6 for path in tmp_path.iterdir())
    start = time.perf_counter()
    made = cli.answer(
        "asset",
        "register",
        "plates",
        "--kind",
        "plate",
        "--reference",
        str(tmp_path),
        "--source-type",
        "digitalCapture",
    )
    spent = time.perf_counter() - start
    record_property("seconds_for_20_pictures_of_1_MB", round(spent, 2))
    assert made["version"] == "v001"
    assert spent < 60
