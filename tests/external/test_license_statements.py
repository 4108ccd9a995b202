"""License statements of real published assets, and the decision each gives to a commercial production."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assetlib.documents.license_json import license_digest
from assetlib.documents.license_statements import Proposal, propose
from assetlib.documents.open_licenses import open_license
from assetlib.model.asset import Facet
from assetlib.model.license import LicenseStatus, Selector
from assetlib.model.world import FiledLicense
from provenance.decision import Outcome
from tests.shared_data import shared
from tests.unit.rights.worlds import ask, facts, missing, version, world

USD = shared("usd")
ASSET = version("found", Facet.UNDERLYING_WORK)


def proposal(name: str) -> Proposal:
    return propose((path.name, path.read_text(encoding="utf-8")) for path in sorted((USD / name).glob("[Rr]*.md")))


def decide(spdx: str, *, activated: bool = True) -> object:
    license_ = open_license(
        spdx,
        license_id="LIC-1",
        selector=Selector(entities=(ASSET.entity,)),
        licensor="author",
        licensee="studio",
        credit="the author",
    )
    status = LicenseStatus.ACTIVE if activated else LicenseStatus.PROPOSED
    held = FiledLicense(license=license_, digest=license_digest(license_), status=status, activated=activated)
    return ask(world(held, assets=(facts(ASSET),)), ASSET)


@pytest.mark.parametrize(
    ("name", "spdx", "outcome"),
    [
        ("Teapot", "CC0-1.0", Outcome.ALLOW),
        ("OpenChessSet", "CC-BY-4.0", Outcome.ALLOW),
        ("ElephantWithMonochord", "CC-BY-SA-4.0", Outcome.NEEDS_APPROVAL),
        ("McUsd", "LicenseRef-CC-BY-NC-SA", Outcome.DENY),
    ],
)
def test_a_stated_license_is_proposed_and_decides_once_activated(name: str, spdx: str, outcome: Outcome) -> None:
    assert proposal(name).spdx == spdx
    assert decide(spdx).outcome is outcome
    assert decide(spdx, activated=False).outcome is Outcome.DENY


def test_an_asset_that_states_nothing_proposes_nothing() -> None:
    assert proposal("UsdCookie").spdx is None and proposal("UsdCookie").needs_counsel


def test_contradictory_statements_are_shown_to_a_lawyer_and_never_read_mildly() -> None:
    found = proposal("McUsd")
    assert found.contradictory and found.needs_counsel and "contradict" in found.warnings[0]
    assert missing(decide(found.spdx or "")) == {"commercial use", "approval before use"}


def test_attribution_is_owed_where_the_license_asks_for_it() -> None:
    assert decide("CC-BY-4.0").obligations == (("credit", "the author"),)
    assert decide("CC0-1.0").obligations == ()
    assert replace(proposal("Teapot"), statements=()).spdx == "CC0-1.0"
