"""Open licenses: what is found is proposed, the strictest reading counts, and the unknown stays denied."""

from __future__ import annotations

from typing import Any

import pytest

from assetlib.documents.explain_license import explain_license
from assetlib.documents.license_statements import propose
from assetlib.documents.open_licenses import UnknownOpenLicense, open_license, open_terms
from assetlib.model.license import LicenseStatus, Selector
from assetlib.rights.vocabulary import NEVER_IMPLIED, actions_granted
from provenance.decision import Outcome
from tests.unit.rights.worlds import IP, LIKENESS, ask, filed, missing, world

RHEA = Selector(entities=("assetlib:///characters/rhea",))


def decide(spdx: str, **asked: Any):
    license_ = open_license(
        spdx, license_id="LIC-1", selector=RHEA, licensor="author", licensee="studio", credit="the author"
    )
    held = filed("LIC-1", IP)
    opened = type(held)(license=license_, digest=held.digest, status=LicenseStatus.ACTIVE, activated=True)
    return ask(world(opened, filed("LIC-2", LIKENESS)), **asked)


@pytest.mark.parametrize(
    ("spdx", "outcome"),
    [
        ("CC0-1.0", Outcome.ALLOW),
        ("CC-BY-3.0", Outcome.ALLOW),
        ("CC-BY-SA-4.0", Outcome.NEEDS_APPROVAL),
        ("CC-BY-NC-4.0", Outcome.DENY),
        ("CC-BY-NC-SA-4.0", Outcome.DENY),
        ("CC-BY-ND-4.0", Outcome.DENY),
    ],
)
def test_each_open_license_decides_as_its_elements_say(spdx: str, outcome: Outcome) -> None:
    assert decide(spdx).outcome is outcome


def test_no_derivatives_refuses_to_generate() -> None:
    assert missing(decide("CC-BY-ND-4.0")) == {"action", "depth"}


@pytest.mark.parametrize("spdx", ["MIT", "CC-BY-9.0", "CC-BY-ND-SA-4.0", "cc0-1.0", "", "CC-BY"])
def test_an_unknown_id_is_refused(spdx: str) -> None:
    with pytest.raises(UnknownOpenLicense, match="Have counsel read"):
        open_terms(spdx)


@pytest.mark.parametrize("spdx", ["CC0-1.0", "CC-BY-4.0"])
def test_no_open_license_implies_training(spdx: str) -> None:
    license_ = open_license(spdx, license_id="L", selector=RHEA, licensor="a", licensee="s", credit="c")
    assert not actions_granted(license_.grants[0].actions) & NEVER_IMPLIED
    assert "not permitted, since not named: mine" in explain_license(license_).lower()


def test_attribution_without_a_credit_line_is_refused() -> None:
    with pytest.raises(ValueError, match="give the credit line"):
        open_license("CC-BY-4.0", license_id="L", selector=RHEA, licensor="a", licensee="s")


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("PolyHaven | Public Domain - CC0 | https://polyhaven.com/a/tea_set_01", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("licensed under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)", "CC-BY-4.0"),
        ("Creative Commons Attribution-NonCommercial-ShareAlike 3.0 Unported", "CC-BY-NC-SA-3.0"),
        ("SPDX-License-Identifier: CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("CC-NC-BY-SA", "LicenseRef-CC-BY-NC-SA"),
        ("CC BY-SA\nhttps://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("CC BY 4.0, for non-commercial use", "LicenseRef-CC-BY-NC"),
        ("CC BY 3.0\nCC BY 4.0", "LicenseRef-CC-BY"),
        ("CC0 for the model, CC BY-SA 4.0 for the textures", "CC-BY-SA-4.0"),
    ],
)
def test_statements_are_read_together_and_strictly(text: str, spdx: str) -> None:
    assert propose([("README", text)]).spdx == spdx


@pytest.mark.parametrize(
    "text",
    [
        "",
        "free to use",
        "This is in the public domain.",
        "All rights reserved.",
        "CC0, all rights reserved",
        "SPDX-License-Identifier: MIT",
        "Apache License, Version 2.0",
        "Please credit with attribution to the author.",
        "Editorial use only. CC BY 4.0",
    ],
)
def test_what_is_no_open_license_proposes_nothing(text: str) -> None:
    found = propose([("README", text)])
    assert found.spdx is None and found.needs_counsel and found.warnings


def test_contradictions_across_files_are_told_with_their_places() -> None:
    found = propose([("README.md", "CC BY 4.0"), ("credits", "CC BY-NC 4.0")])
    assert found.contradictory and found.spdx == "CC-BY-NC-4.0"
    assert "README.md: 'CC BY 4.0'; credits: 'CC BY-NC 4.0'" in found.warnings[0]


def test_a_badge_is_read_by_its_name_and_long_words_end_at_a_word() -> None:
    badge = "> [![CC-BY-SA](https://example.org/88x31.png)](http://creativecommons.org/licenses/by-sa/4.0/)  "
    (first, *_), (long,) = (propose([("README", text)]).statements for text in (badge, "CC BY 4.0 " + "words " * 90))
    assert first.text == "CC-BY-SA"
    assert len(long.text) <= 300 and long.text.endswith("words …")
