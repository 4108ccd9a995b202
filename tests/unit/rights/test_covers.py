"""One document clears a house's own library: `covers` by list, collection and kind, through the evaluator."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assetlib.documents.license_file import read_license
from assetlib.model.asset import AssetKind, AssetVersion, Facet
from assetlib.model.license import LicenseStatus
from assetlib.model.world import FiledLicense, World
from assetlib.rights.evaluate import evaluate
from provenance.decision import Outcome
from provenance.digest import digest_bytes, hex_of
from tests.unit.rights.worlds import NOW, codes, facts, question, version, world

PAPER = b"work made for hire"
FILE = """\
assetlib_license: 1
id: LIC-HOUSE
kind: work_for_hire
timezone: UTC
from: {{party: northlight}}
to: northlight
document: {{file: house.pdf, sha256: {sha256}}}
covers: {{{covers}, facets: [character_ip]}}
permits:
  - clause: "1"
    actions: [view, generate.previs, generate.final]
    purposes: [previs, final_shot, review]
    productions: [HOUSE]
    territories: [WW]
    media: [svod]
    recipients: [local]
    use_until: perpetual
"""
HOUSE = tuple(version(f"own-{n}", Facet.CHARACTER_IP, collections=("house",)) for n in range(1000))
FOREIGN = version("foreign", Facet.CHARACTER_IP, collections=("bought",), kind=AssetKind.PLATE)


def where(covers: str, *assets: AssetVersion) -> World:
    license_ = read_license(FILE.format(covers=covers, sha256=hex_of(digest_bytes(PAPER))).encode(), document=PAPER)
    standing = FiledLicense(
        license=license_, digest=digest_bytes(b"house"), status=LicenseStatus.ACTIVE, activated=True
    )
    return replace(world(standing), assets=tuple(map(facts, assets)))


@pytest.mark.parametrize(
    "covers",
    [
        "collection: house",
        "kind: character",
        "character: [" + ", ".join(f"own-{n}" for n in range(1000)) + "]",
        "collection: [archive, house], kind: [set]",
    ],
    ids=["collection", "kind", "list", "several"],
)
def test_a_thousand_assets_of_the_house_are_cleared_by_one_document(covers: str) -> None:
    decision = evaluate(where(covers, *HOUSE, FOREIGN), question(*HOUSE))
    assert decision.outcome is Outcome.ALLOW
    assert decision.cited == ("LIC-HOUSE#1",)
    assert len(decision.closure) == 1000
    with_foreign = evaluate(where(covers, *HOUSE, FOREIGN), question(*HOUSE[:3], FOREIGN))
    assert with_foreign.outcome is Outcome.DENY
    assert {finding.asset for finding in with_foreign.findings} == {FOREIGN.pinned}


def test_a_collection_is_expanded_when_the_question_is_asked() -> None:
    """What joins the collection later is covered from then on; what left it is not."""
    newcomer = version("newcomer", Facet.CHARACTER_IP, created_at=NOW)
    covered = replace(newcomer, collections=("house",))
    assert evaluate(where("collection: house", covered), question(covered)).outcome is Outcome.ALLOW
    assert codes(evaluate(where("collection: house", newcomer), question(newcomer))) == ["no-grant"]


def test_another_facet_of_the_same_asset_is_not_cleared_by_the_house() -> None:
    face = version("own-1", Facet.CHARACTER_IP, Facet.LIKENESS, collections=("house",))
    decision = evaluate(where("collection: house", face), question(face))
    assert {finding.facet for finding in decision.findings} == {"likeness"}
